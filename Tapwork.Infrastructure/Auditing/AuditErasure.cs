using Microsoft.EntityFrameworkCore;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Accounts;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Auditing;

/// <summary>Erases values of one record from its entries, for a person who asks to be forgotten: what happened, when and by whom stays proved.</summary>
public sealed class AuditErasure(Database database, AuditedFields audited, TimeProvider clock)
{
    /// <summary>Told of each erasure; without it, erased values count as tampering.</summary>
    public const string Action = "audit.values_erased";

    /// <summary>How many values.</summary>
    internal const string CountField = "Values";

    /// <summary>Of which fields; none for all.</summary>
    internal const string FieldsField = "Fields";

    /// <summary>The <see cref="ErasedValues"/> themselves; entries of earlier versions have no such field.</summary>
    internal const string ListField = "Erased";

    /// <param name="actor">An administrator.</param>
    /// <param name="recordType">Kind of record, e.g. <c>Intervention</c>.</param>
    /// <param name="recordId">Its key, as entries bear it.</param>
    /// <param name="fields">Whose values go; null for all.</param>
    /// <param name="cancel">Gives up; nothing is erased then.</param>
    /// <returns>How many values were erased.</returns>
    public Task<int> EraseAsync(Actor actor, string recordType, string recordId, IReadOnlySet<string>? fields, CancellationToken cancel)
    {
        actor.MustBe(Role.Admin);
        var now = clock.GetUtcNow();
        return database.ActAsync(actor, now, async db =>
        {
            // Not while they are sealed: that would write what they are found by from what they said before.
            await AuditHead.LockAsync(db, cancel);
            var entries = await db.AuditEntries.Where(e => e.RecordType == recordType && e.RecordId == recordId && e.Action != Action).ToListAsync(cancel);
            var erased = new ErasedValues();
            foreach (var entry in entries)
                Erase(entry, fields, erased);
            if (erased.Count == 0)
                return 0;
            await AuditToken.RemoveAsync(db, [.. entries.Select(e => e.Id)], cancel);
            await AuditToken.AddAsync(db, entries.Where(e => e.Sequence is not null), audited, cancel);
            db.Tell(Action, recordType, recordId, now, new() { [CountField] = [null, erased.Count], [FieldsField] = [null, fields], [ListField] = [null, erased.ToJson()] });
            return erased.Count;
        }, cancel);
    }

    private static void Erase(AuditEntry entry, IReadOnlySet<string>? fields, ErasedValues into)
    {
        try
        {
            (entry.Changes, entry.Salts, var lost) = AuditChanges.Erase(entry.Changes, entry.Salts, fields);
            into.Add(entry.Mac, lost);
        }
        catch (FormatException)
        {
            // One that somebody made unreadable has no values to erase; the verification tells of it.
        }
    }
}

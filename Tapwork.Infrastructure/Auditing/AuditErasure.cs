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
            var count = 0;
            var entries = await db.AuditEntries.Where(e => e.RecordType == recordType && e.RecordId == recordId && e.Action != Action).ToListAsync(cancel);
            // One that somebody made unreadable has no values to erase; the verification tells of it.
            foreach (var entry in entries.Where(e => AuditChanges.ValuesOf(e.Changes).Count > 0))
            {
                (entry.Changes, entry.Salts, var erased) = AuditChanges.Erase(entry.Changes, entry.Salts, fields);
                count += erased;
            }
            if (count == 0)
                return 0;
            await AuditToken.RemoveAsync(db, [.. entries.Select(e => e.Id)], cancel);
            await AuditToken.AddAsync(db, entries.Where(e => e.Sequence is not null), audited, cancel);
            db.Tell(Action, recordType, recordId, now, new() { ["Values"] = [null, count], ["Fields"] = [null, fields] });
            return count;
        }, cancel);
    }
}

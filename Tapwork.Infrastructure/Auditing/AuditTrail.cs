using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Auditing;

/// <summary>What managers read of the trail, page by page.</summary>
public sealed class AuditTrail(Database database, AuditedFields fields, AuditHeadsFile outside, AuditKeys keys)
{
    public const int PageSize = 50;

    private const int ChunkSize = 500;

    /// <summary>One page, the latest first.</summary>
    /// <param name="actor">Manager or Admin.</param>
    /// <param name="filter">What is wanted.</param>
    /// <param name="after">Id of the last row of the page before.</param>
    /// <param name="before">Id of the first row of the page after.</param>
    /// <param name="cancel">Gives up.</param>
    public async Task<AuditPage> PageAsync(Actor actor, AuditFilter filter, long? after, long? before, CancellationToken cancel)
    {
        await using var db = Open(actor);
        // An entry that was retired meanwhile is no place any more: the trail is shown from its end.
        var place = (before ?? after) is { } id ? await PlaceOf(db, id, cancel) : null;
        var newer = before is not null && place is not null;
        var entries = await AuditReading.NextToAsync(db, fields, filter, place, newer, PageSize + 1, cancel);
        var more = entries.Count > PageSize;
        if (more)
            entries.RemoveAt(PageSize);
        if (newer)
            entries.Reverse();
        return new AuditPage(await RowsAsync(db, actor, entries, cancel), newer ? more : place is not null, newer || more);
    }

    /// <summary>All that is told of one record, the latest first; at most so many.</summary>
    public async Task<IReadOnlyList<AuditRow>> HistoryAsync(Actor actor, string recordType, string recordId, int most, CancellationToken cancel)
    {
        await using var db = Open(actor);
        var entries = await AuditReading.NextToAsync(db, fields, new AuditFilter(RecordType: recordType, RecordId: recordId), null, newer: false, most, cancel);
        return await RowsAsync(db, actor, entries, cancel);
    }

    /// <summary>All rows, the latest first, in pieces; for exports.</summary>
    internal async IAsyncEnumerable<IReadOnlyList<AuditRow>> AllAsync(Actor actor, AuditFilter filter, [EnumeratorCancellation] CancellationToken cancel)
    {
        await using var db = Open(actor);
        AuditPlace? place = null;
        List<AuditEntry> entries;
        do
        {
            entries = await AuditReading.NextToAsync(db, fields, filter, place, newer: false, ChunkSize, cancel);
            if (entries is [.., var last])
                place = new AuditPlace(last.At, last.Id);
            yield return await RowsAsync(db, actor, entries, cancel);
        }
        while (entries.Count == ChunkSize);
    }

    /// <summary>How far the trail is sealed and verified.</summary>
    public async Task<AuditStanding> StandingAsync(Actor actor, CancellationToken cancel)
    {
        await using var db = Open(actor);
        var head = await db.AuditHeads.AsNoTracking().OrderByDescending(h => h.Sequence).FirstAsync(cancel);
        var report = await db.LatestReportAsync(keys, cancel);
        return new AuditStanding(head.Sequence, head.Sequence == AuditHead.Origin ? null : head.At, await db.AuditEntries.CountAsync(e => e.Sequence == null, cancel), report,
            report is null ? null : await db.AuditHeads.Where(h => h.Sequence >= report.Sequence && h.Sequence > AuditHead.Origin).OrderBy(h => h.Sequence).Select(h => (DateTimeOffset?)h.At).FirstOrDefaultAsync(cancel),
            outside.StateAt(head));
    }

    /// <summary>The kind and key of what a person means by a reference, a delivery's number or an identifier; null when there is none.</summary>
    public async Task<(string Type, string Id)?> FindRecordAsync(Actor actor, string text, CancellationToken cancel)
    {
        await using var db = Open(actor);
        return await RecordNames.FindAsync(db, fields.Records, text.Trim(), cancel);
    }

    /// <summary>Who can be filtered by: everybody who has an account.</summary>
    public async Task<IReadOnlyList<(Guid Id, string Name)>> PeopleAsync(Actor actor, CancellationToken cancel)
    {
        await using var db = Open(actor);
        return [.. (await db.People.OrderBy(p => p.Name).Select(p => new { p.Id, p.Name }).ToListAsync(cancel)).Select(p => (p.Id, p.Name))];
    }

    private async Task<IReadOnlyList<AuditRow>> RowsAsync(TapworkDbContext db, Actor actor, List<AuditEntry> entries, CancellationToken cancel)
    {
        var names = await RecordNames.ReadAsync(db, entries.Select(e => (e.RecordType, e.RecordId)), cancel);
        var changes = entries.Select(e => ReadableBy(actor, e)).ToList();
        var mentioned = await RecordNames.OfAnyAsync(db, changes.SelectMany(c => c).SelectMany(c => c.Identifiers()), cancel);
        return [.. entries.Zip(changes, (e, c) => new AuditRow(e, names.GetValueOrDefault((e.RecordType, e.RecordId)), c, mentioned))];
    }

    private IReadOnlyList<FieldValues> ReadableBy(Actor actor, AuditEntry entry) =>
        [.. AuditChanges.ValuesOf(entry.Changes).Where(change => entry.Action != AuditErasure.Action || change.Field != AuditErasure.ListField).Select(change => fields.IsRead(actor, entry.RecordType, change.Field) ? change : change.Mask())];

    private TapworkDbContext Open(Actor actor)
    {
        actor.MustBe(Role.Manager, Role.Admin);
        return database.Open(actor);
    }

    private static async Task<AuditPlace?> PlaceOf(TapworkDbContext db, long id, CancellationToken cancel) =>
        await db.AuditEntries.Where(e => e.Id == id).Select(e => new AuditPlace(e.At, e.Id)).SingleOrDefaultAsync(cancel);
}

/// <summary>Where a page begins, in the order of pages.</summary>
internal sealed record AuditPlace(DateTimeOffset At, long Id);

/// <param name="Rows">The latest first.</param>
public sealed record AuditPage(IReadOnlyList<AuditRow> Rows, bool HasPrevious, bool HasNext);

/// <param name="Entry">As it stands.</param>
/// <param name="RecordName">Reference or name of the record, as far as it still exists.</param>
/// <param name="Changes">Its values, those masked that this reader may not read.</param>
/// <param name="Mentioned">Names of the records whose identifiers stand in the values.</param>
public sealed record AuditRow(AuditEntry Entry, string? RecordName, IReadOnlyList<FieldValues> Changes, IReadOnlyDictionary<Guid, string> Mentioned);

/// <param name="Sealed">How many entries the chain has.</param>
/// <param name="SealedAt">When the last of them was sealed; null when there is none.</param>
/// <param name="Unsealed">Entries that wait for it.</param>
/// <param name="LastReport">How the last verification ended; null when there was none.</param>
/// <param name="VerifiedUntil">When the last entry it read was sealed.</param>
/// <param name="Outside">Whether the end of the chain is kept outside the database.</param>
public sealed record AuditStanding(long Sealed, DateTimeOffset? SealedAt, int Unsealed, AuditReport? LastReport, DateTimeOffset? VerifiedUntil, HeadsFileState Outside);

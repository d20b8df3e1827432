using System.Buffers.Binary;
using Microsoft.EntityFrameworkCore;
using Tapwork.Core;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Auditing;

/// <summary>Whether entries tell of every version of every record: what was removed before it was sealed has left no place in the chain.</summary>
internal sealed class AuditedVersions(TapworkDbContext db, AuditWalk walk, AuditFindings findings)
{
    private const int PageSize = 500;

    public async Task CheckAsync(CancellationToken cancel)
    {
        // Of one record an earlier version is sealed before a later one, so among the sealed none is missing; the unsealed are looked at below.
        var holes = db.AuditEntries.Where(e => e.Sequence != null && e.RecordVersion != null).GroupBy(e => new { e.RecordType, e.RecordId })
            .Select(g => new { g.Key.RecordType, g.Key.RecordId, First = g.Min(e => e.RecordVersion!.Value), Last = g.Max(e => e.RecordVersion!.Value), Told = g.LongCount() })
            .Where(g => g.Last != g.Told).Select(g => new Hole(g.RecordType, g.RecordId, g.First, g.Last, g.Told)).AsAsyncEnumerable();
        var suspect = new List<Hole>();
        await foreach (var hole in holes.WithCancellation(cancel))
            if (Missing(hole) != 0)
                suspect.Add(hole);
        // Entries may have been retired since the chain was read; how many versions that explains is asked after they were missed.
        if (suspect.Count > 0)
            await LearnRetirementAsync(cancel);
        foreach (var hole in suspect)
            if (Missing(hole) is not 0 and var missing)
                Find(hole.RecordType, hole.RecordId, Math.Abs(missing));
        foreach (var type in db.Model.GetEntityTypes().Where(t => !t.IsOperational() && typeof(Entity).IsAssignableFrom(t.ClrType)))
            await (Task)typeof(AuditedVersions).GetMethod(nameof(CheckEndsAsync), System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Instance)!
                .MakeGenericMethod(type.ClrType).Invoke(this, [cancel])!;
    }

    private long Missing(Hole hole) => hole.Last - (IsOlder(hole.RecordId) ? hole.First - 1 : 0) - hole.Told;

    // The records first: what is changed meanwhile has an entry by the time those are read.
    private async Task CheckEndsAsync<T>(CancellationToken cancel) where T : Entity
    {
        var last = Guid.Empty;
        while (true)
        {
            var records = await db.Set<T>().Where(r => r.Id > last).OrderBy(r => r.Id).Take(PageSize).Select(r => new { r.Id, r.Version }).ToListAsync(cancel);
            if (records.Count == 0)
                return;
            var ids = records.Select(r => r.Id.ToString()).ToList();
            // The unsealed first: what is sealed meanwhile is then found twice rather than not at all.
            var later = (await Versions<T>(db, ids).Where(e => e.Sequence == null).Select(e => new { e.RecordId, e.RecordVersion }).ToListAsync(cancel))
                .ToLookup(e => e.RecordId, e => e.RecordVersion!.Value);
            var ends = await Versions<T>(db, ids).Where(e => e.Sequence != null).GroupBy(e => e.RecordId)
                .Select(g => new { g.Key, Last = g.Max(e => e.RecordVersion!.Value) }).ToDictionaryAsync(g => g.Key, g => g.Last, cancel);
            if (records.Any(r => !ends.ContainsKey(r.Id.ToString())))
                await LearnRetirementAsync(cancel);
            foreach (var (id, version) in records.Select(r => (r.Id.ToString(), r.Version)))
            {
                if (!ends.TryGetValue(id, out var end) && IsOlder(id))
                    continue;
                if (version - end - later[id].Count(v => v > end && v <= version) is > 0 and var missing)
                    Find(typeof(T).Name, id, missing);
            }
            last = records[^1].Id;
        }
    }

    private void Find(string type, string id, long versions) => findings.Add(new AuditFinding(AuditFault.Unrecorded, null, null, $"{type} {id}", null, versions));

    private async Task LearnRetirementAsync(CancellationToken cancel)
    {
        var since = walk.ChangesRetiredUntil ?? DateTimeOffset.MinValue;
        await foreach (var summary in db.AuditSummaries.AsNoTracking().Where(s => s.Class == AuditClass.Changes && s.LastAt > since).AsAsyncEnumerable().WithCancellation(cancel))
            walk.Retire(summary);
    }

    // What it was at first may have been retired with its time. An id tells when it was made (RFC 9562, version 7).
    private bool IsOlder(string recordId) => walk.ChangesRetiredUntil is { } until && Guid.TryParse(recordId, out var id)
        && BinaryPrimitives.ReadInt64BigEndian(id.ToByteArray(bigEndian: true)) >>> 16 <= until.ToUnixTimeMilliseconds();

    private static IQueryable<AuditEntry> Versions<T>(TapworkDbContext db, List<string> ids) =>
        db.AuditEntries.Where(e => e.RecordType == typeof(T).Name && e.RecordVersion != null && ids.Contains(e.RecordId));

    private sealed record Hole(string RecordType, string RecordId, long First, long Last, long Told);
}

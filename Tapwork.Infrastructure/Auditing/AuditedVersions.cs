using System.Buffers.Binary;
using Microsoft.EntityFrameworkCore;
using Tapwork.Core;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Auditing;

/// <summary>Whether entries tell of every version of every record: what was removed before it was sealed has left no place in the chain.</summary>
internal static class AuditedVersions
{
    private const int PageSize = 500;

    public static async Task CheckAsync(TapworkDbContext db, AuditWalk walk, CancellationToken cancel)
    {
        // Of one record an earlier version is sealed before a later one, so among the sealed none is missing; the unsealed are looked at below.
        var holes = db.AuditEntries.Where(e => e.Sequence != null && e.RecordVersion != null).GroupBy(e => new { e.RecordType, e.RecordId })
            .Select(g => new { g.Key.RecordType, g.Key.RecordId, First = g.Min(e => e.RecordVersion!.Value), Last = g.Max(e => e.RecordVersion!.Value), Told = g.LongCount() })
            .Where(g => g.Last != g.Told).AsAsyncEnumerable();
        await foreach (var hole in holes.WithCancellation(cancel))
            if (hole.Last - (IsOlder(hole.RecordId, walk) ? hole.First - 1 : 0) - hole.Told is not 0 and var missing)
                walk.TakeUnrecorded($"{hole.RecordType} {hole.RecordId}", Math.Abs(missing));
        foreach (var type in db.Model.GetEntityTypes().Where(t => !t.IsOperational() && typeof(Entity).IsAssignableFrom(t.ClrType)))
            await (Task)typeof(AuditedVersions).GetMethod(nameof(CheckEndsAsync), System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Static)!
                .MakeGenericMethod(type.ClrType).Invoke(null, [db, walk, cancel])!;
    }

    // The records first: what is changed meanwhile has an entry by the time those are read.
    private static async Task CheckEndsAsync<T>(TapworkDbContext db, AuditWalk walk, CancellationToken cancel) where T : Entity
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
            foreach (var (id, version) in records.Select(r => (r.Id.ToString(), r.Version)))
            {
                if (!ends.TryGetValue(id, out var end) && IsOlder(id, walk))
                    continue;
                if (version - end - later[id].Count(v => v > end && v <= version) is > 0 and var missing)
                    walk.TakeUnrecorded($"{typeof(T).Name} {id}", missing);
            }
            last = records[^1].Id;
        }
    }

    // What it was at first may have been retired with its time. An id tells when it was made (RFC 9562, version 7).
    private static bool IsOlder(string recordId, AuditWalk walk) => walk.ChangesRetiredUntil is { } until && Guid.TryParse(recordId, out var id)
        && BinaryPrimitives.ReadInt64BigEndian(id.ToByteArray(bigEndian: true)) >>> 16 <= until.ToUnixTimeMilliseconds();

    private static IQueryable<AuditEntry> Versions<T>(TapworkDbContext db, List<string> ids) =>
        db.AuditEntries.Where(e => e.RecordType == typeof(T).Name && e.RecordVersion != null && ids.Contains(e.RecordId));
}

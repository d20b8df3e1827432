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
        var holes = db.AuditEntries.Where(e => e.RecordVersion != null).GroupBy(e => new { e.RecordType, e.RecordId })
            .Select(g => new { g.Key.RecordType, g.Key.RecordId, Last = g.Max(e => e.RecordVersion!.Value), Told = g.LongCount() })
            .Where(g => g.Last != g.Told).AsAsyncEnumerable();
        await foreach (var hole in holes.WithCancellation(cancel))
            walk.TakeUnrecorded($"{hole.RecordType} {hole.RecordId}", Math.Abs(hole.Last - hole.Told));
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
            var told = await db.AuditEntries.Where(e => e.RecordType == typeof(T).Name && ids.Contains(e.RecordId)).GroupBy(e => e.RecordId)
                .Select(g => new { g.Key, Last = g.Max(e => e.RecordVersion) ?? 0 }).ToDictionaryAsync(g => g.Key, g => g.Last, cancel);
            foreach (var record in records)
                if (record.Version - told.GetValueOrDefault(record.Id.ToString()) is > 0 and var missing)
                    walk.TakeUnrecorded($"{typeof(T).Name} {record.Id}", missing);
            last = records[^1].Id;
        }
    }
}

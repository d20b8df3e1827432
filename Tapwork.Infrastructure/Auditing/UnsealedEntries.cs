using System.Buffers.Binary;
using Microsoft.EntityFrameworkCore;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Auditing;

/// <summary>
/// The entries that are sealed next, without true copies of others. One that bears another's HMAC wrongly is no copy: it is sealed like whatever else was inserted.
/// </summary>
internal static class UnsealedEntries
{
    /// <returns>The first so many, in the order they were written.</returns>
    public static async Task<List<AuditEntry>> NextAsync(TapworkDbContext db, AuditKeys keys, int count, CancellationToken cancel)
    {
        var latest = await db.AuditEntries.Where(e => e.Sequence != null).OrderByDescending(e => e.At).ThenByDescending(e => e.Id).Select(e => (DateTimeOffset?)e.At).FirstOrDefaultAsync(cancel);
        // Most are later than everything that is sealed, and a copy has its original's moment.
        var repeated = await RepeatedEntries.AfterAsync(db, latest, cancel);
        var (next, last) = (new List<AuditEntry>(), long.MinValue);
        var originals = new Dictionary<UInt128, AuditEntry>();

        // Whether one before it that stands as it was written, of this page or an earlier one, has the same HMAC.
        bool IsTaken(AuditEntry entry)
        {
            var mac = BinaryPrimitives.ReadUInt128BigEndian(entry.Mac);
            if (originals.TryGetValue(mac, out var original) && AuditChain.IsAsWritten(original.At) && keys.HasAuthenticated(original))
                return true;
            originals[mac] = entry;
            repeated.Take(entry);
            return false;
        }

        while (true)
        {
            var page = await db.AuditEntries.AsNoTracking().Where(e => e.Sequence == null && e.Id > last).OrderBy(e => e.Id).Take(count).ToListAsync(cancel);
            var copies = page.Where(e => e.Mac.Length == AuditChain.HashLength && IsTaken(e)).ToHashSet();
            copies.UnionWith(await repeated.FindAsync(db, cancel));
            copies.RemoveWhere(e => !keys.HasAuthenticated(e));
            next.AddRange(page.Where(e => !copies.Contains(e)).Take(count - next.Count));
            if (next.Count == count || page.Count < count)
                return next;
            last = page[^1].Id;
        }
    }
}

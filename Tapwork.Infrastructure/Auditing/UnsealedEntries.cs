using System.Security.Cryptography;
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
        var last = long.MinValue;
        while (true)
        {
            var page = await db.AuditEntries.AsNoTracking().Where(e => e.Sequence == null && e.Id > last).OrderBy(e => e.Id).Take(count).ToListAsync(cancel);
            var copies = page.Where(e => e.Mac.Length == AuditChain.HashLength && repeated.Take(e)).Where(e => page.Exists(o => o.Id < e.Id && HasMacOf(o, e) && IsTrue(o, keys))).ToHashSet();
            copies.UnionWith(await repeated.FindAsync(db, cancel));
            copies.RemoveWhere(e => !IsTrue(e, keys));
            if (copies.Count < page.Count || page.Count == 0)
                return [.. page.Where(e => !copies.Contains(e))];
            last = page[^1].Id;
        }
    }

    private static bool HasMacOf(AuditEntry one, AuditEntry other) => one.Mac.AsSpan().SequenceEqual(other.Mac);

    private static bool IsTrue(AuditEntry entry, AuditKeys keys)
    {
        try
        {
            return keys.Find(entry.KeyId) is { } key && CryptographicOperations.FixedTimeEquals(key.Authenticate(AuditChain.MessageOf(entry)), entry.Mac);
        }
        catch (FormatException)
        {
            return false;
        }
    }
}

using System.Buffers.Binary;
using Microsoft.EntityFrameworkCore;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Auditing;

/// <summary>
/// Finds copies: a true entry that stands twice has the same MAC, and with it the same moment. The latest MACs are kept; an entry that is older than what has left
/// them is looked for by its moment in the database. So whole trails are compared in the same little memory. The moment is the authenticated one, in whole
/// microseconds: a true entry was written so, and a copy whose moment bears more is looked for by the same.
/// </summary>
internal sealed class RepeatedEntries
{
    private const int Kept = 65_536;
    private const int AtOnce = 200;

    private readonly HashSet<UInt128> _macs = [];
    private readonly Queue<(DateTimeOffset At, UInt128 Mac)> _latest = [];
    private readonly List<AuditEntry> _older = [];
    private readonly List<AuditEntry> _maybeRetired = [];
    private readonly IReadOnlyDictionary<AuditClass, DateTimeOffset> _retiredUntil;
    private DateTimeOffset? _forgotten;

    private RepeatedEntries(DateTimeOffset? forgotten, IReadOnlyDictionary<AuditClass, DateTimeOffset> retiredUntil) => (_forgotten, _retiredUntil) = (forgotten, retiredUntil);

    /// <param name="db">Where they stand.</param>
    /// <param name="latest">Of entries that are not taken here and may be older; null when all are taken from the first on.</param>
    /// <param name="cancel">Gives up.</param>
    public static async Task<RepeatedEntries> AfterAsync(TapworkDbContext db, DateTimeOffset? latest, CancellationToken cancel) =>
        new(latest, await db.AuditSummaries.GroupBy(s => s.Class).Select(g => new { g.Key, Last = g.Max(s => s.LastAt) }).ToDictionaryAsync(g => g.Key, g => g.Last, cancel));

    /// <summary>Remembers an authentic entry.</summary>
    /// <returns>Whether it stands among the latest already.</returns>
    public bool Take(AuditEntry entry)
    {
        var mac = BinaryPrimitives.ReadUInt128BigEndian(entry.Mac);
        if (!_macs.Add(mac))
            return true;
        var moment = AuditChain.Kept(entry.At);
        _latest.Enqueue((moment, mac));
        if (_latest.Count > Kept)
        {
            var (at, first) = _latest.Dequeue();
            _macs.Remove(first);
            _forgotten = at < _forgotten ? _forgotten : at;
        }
        if (moment <= _forgotten)
            _older.Add(entry);
        if (_retiredUntil.TryGetValue(AuditRetention.ClassOf(entry.Action), out var until) && moment <= until)
            _maybeRetired.Add(entry);
        return false;
    }

    /// <summary>Of those taken since the last call, the ones that the database holds at an earlier place, or held before they were retired.</summary>
    public async Task<IReadOnlyList<AuditEntry>> FindAsync(TapworkDbContext db, CancellationToken cancel)
    {
        var found = new List<AuditEntry>();
        foreach (var some in _older.Chunk(AtOnce))
        {
            var (moments, macs) = (some.Select(e => AuditChain.Kept(e.At)).Distinct().ToList(), some.Select(e => e.Mac).ToList());
            var same = (await db.AuditEntries.AsNoTracking().Where(e => e.Sequence != null && moments.Contains(e.At) && macs.Contains(e.Mac)).Select(e => new { e.Id, e.Sequence, e.Mac }).ToListAsync(cancel))
                .ToLookup(e => Convert.ToBase64String(e.Mac));
            found.AddRange(some.Where(e => same[Convert.ToBase64String(e.Mac)].Any(s => s.Id != e.Id && !(s.Sequence > e.Sequence))));
        }
        foreach (var entry in _maybeRetired.Except(found).ToList())
            if (await IsRetiredAsync(db, entry, cancel))
                found.Add(entry);
        _older.Clear();
        _maybeRetired.Clear();
        return found;
    }

    // Its digest is in a summary, at another place: the entry itself may be retired between two reads.
    private static async Task<bool> IsRetiredAsync(TapworkDbContext db, AuditEntry entry, CancellationToken cancel)
    {
        var (kind, digest, moment) = (AuditRetention.ClassOf(entry.Action), AuditChain.DigestOf(entry), AuditChain.Kept(entry.At));
        await foreach (var summary in db.AuditSummaries.AsNoTracking().Where(s => s.Class == kind && s.FirstAt <= moment && s.LastAt >= moment).AsAsyncEnumerable().WithCancellation(cancel))
            if (summary.Places().Any(p => p.Sequence != entry.Sequence && p.Digest.AsSpan().SequenceEqual(digest)))
                return true;
        return false;
    }
}

using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Accounts;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Auditing;

/// <summary>
/// Reads the whole trail once, in the order of the chain, and tells what does not agree with its keys, its signed heads and the heads kept outside the
/// database. Holds one page of entries at a time.
/// </summary>
public sealed class AuditVerification(Database database, AuditKeys keys, AuditHeadsFile outside, TimeProvider clock, ILogger<AuditVerification> logger)
{
    /// <summary>So many findings are named; all are counted.</summary>
    public const int MostNamed = 100;

    private const int PageSize = 2000;

    /// <summary>Verifies, keeps how it ended, and shouts when it is broken.</summary>
    /// <param name="actor">Manager, Admin or the system.</param>
    /// <param name="progress">Told how many entries of how many are read, page by page.</param>
    /// <param name="cancel">Gives up; nothing is kept then.</param>
    public async Task<AuditVerdict> RunAsync(Actor actor, IProgress<(long Done, long Expected)>? progress, CancellationToken cancel)
    {
        var verdict = await ReadAsync(actor, progress, cancel);
        if (!verdict.IsWhole)
            logger.LogCritical("the audit trail is broken: {Found} findings, the first {First}", verdict.Found, verdict.Findings[0]);
        var now = clock.GetUtcNow();
        await database.ActAsync(actor, now, db => Task.FromResult(db.AuditReports.Add(AuditReport.Of(verdict, actor.Name, now))), cancel);
        return verdict;
    }

    /// <summary>Verifies, and writes nothing.</summary>
    /// <param name="actor">Manager, Admin or the system.</param>
    /// <param name="progress">Told how many entries of how many are read, page by page.</param>
    /// <param name="cancel">Gives up.</param>
    public async Task<AuditVerdict> ReadAsync(Actor actor, IProgress<(long Done, long Expected)>? progress, CancellationToken cancel)
    {
        actor.MustBe(Role.Manager, Role.Admin);
        var walk = new AuditWalk(keys);
        await using (var db = database.Open(actor))
        {
            // First the outside and the heads: what is sealed meanwhile is later than both, and only makes the chain longer.
            walk.Expect(outside.Read().ToList(), isOutside: true);
            walk.Expect(await db.AuditHeads.AsNoTracking().Where(h => h.Sequence > AuditHead.Origin).OrderBy(h => h.Sequence).ToListAsync(cancel), isOutside: false);
            var expected = await db.AuditEntries.LongCountAsync(cancel);
            var retired = new RetiredEntries(db) { Opened = walk.Open };
            for (var page = await SealedAsync(db, 0, cancel); page.Count > 0; page = await SealedAsync(db, page[^1].Sequence!.Value, cancel))
            {
                foreach (var entry in page)
                {
                    if (entry.Sequence > walk.Next)
                        await foreach (var place in retired.ReadAsync(walk.Next, entry.Sequence.Value, cancel))
                            walk.TakeRetired(place.Sequence, place.Digest);
                    walk.Take(entry);
                }
                progress?.Report((walk.Count, expected));
            }
            await foreach (var place in retired.ReadAsync(walk.Next, long.MaxValue, cancel))
                walk.TakeRetired(place.Sequence, place.Digest);
            walk.EndChain();
            long last = 0;
            for (var page = await UnsealedAsync(db, last, cancel); page.Count > 0; page = await UnsealedAsync(db, last, cancel))
            {
                page.ForEach(walk.TakeUnsealed);
                last = page[^1].Id;
                progress?.Report((walk.Count, expected));
            }
            await AuditedVersions.CheckAsync(db, walk, cancel);
        }
        return walk.Verdict();
    }

    private static Task<List<AuditEntry>> SealedAsync(TapworkDbContext db, long after, CancellationToken cancel) =>
        db.AuditEntries.AsNoTracking().Where(e => e.Sequence > after).OrderBy(e => e.Sequence).Take(PageSize).ToListAsync(cancel);

    private static Task<List<AuditEntry>> UnsealedAsync(TapworkDbContext db, long after, CancellationToken cancel) =>
        db.AuditEntries.AsNoTracking().Where(e => e.Sequence == null && e.Id > after).OrderBy(e => e.Id).Take(PageSize).ToListAsync(cancel);
}

/// <summary>Verifies every night.</summary>
public sealed class VerifyAuditJob(AuditVerification verification)
{
    public Task RunAsync(CancellationToken cancel) => verification.RunAsync(Actor.System(nameof(VerifyAuditJob)), null, cancel);
}

/// <summary>One reading of the trail, entry by entry.</summary>
internal sealed class AuditWalk(AuditKeys keys)
{
    private readonly SortedDictionary<long, List<ExpectedHead>> _heads = [];
    private readonly List<AuditFinding> _findings = [];
    private readonly Dictionary<string, AuditKey?> _known = [];
    private readonly Dictionary<(string, string), AuditEntry> _erased = [];
    private byte[] _hash = AuditChain.Origin;
    private long _sequence, _found, _newestHead;
    private bool _isBroken;

    public long Count { get; private set; }

    public void Expect(IReadOnlyList<AuditHead> heads, bool isOutside)
    {
        foreach (var head in heads)
        {
            if (KeyOf(head.KeyId) is not { } key || !key.HasSealed(AuditChain.MessageOf(head), head.Signature))
            {
                Find(isOutside ? AuditFault.ForgedHeadOutside : AuditFault.ForgedHead, head.Sequence, null);
                continue;
            }
            if (!_heads.TryGetValue(head.Sequence, out var same))
                _heads[head.Sequence] = same = [];
            same.Add(new ExpectedHead(head.Hash, isOutside));
            _newestHead = Math.Max(_newestHead, head.Sequence);
        }
    }

    /// <summary>The sequence that should come next.</summary>
    public long Next => _sequence + 1;

    /// <summary>The latest moment of a change that was retired.</summary>
    public DateTimeOffset? ChangesRetiredUntil { get; private set; }

    public void Open(AuditSummary summary)
    {
        if (KeyOf(summary.KeyId) is not { } key || !key.HasSealed(AuditChain.MessageOf(summary), summary.Signature))
            Find(AuditFault.ForgedSummary, summary.FirstSequence, null);
        else if (summary.Class == AuditClass.Changes && !(summary.LastAt < ChangesRetiredUntil))
            ChangesRetiredUntil = summary.LastAt;
    }

    public void TakeRetired(long sequence, byte[] digest)
    {
        Reach(sequence);
        _hash = AuditChain.Link(_hash, sequence, digest);
        if (!_isBroken)
            CompareHeads(sequence, _hash, null);
    }

    public void Take(AuditEntry entry)
    {
        Count++;
        var sequence = entry.Sequence!.Value;
        Reach(sequence);
        var digest = DigestOf(entry, out var isAuthentic);
        if (!isAuthentic)
            Find(entry.Mac.Length == 0 || KeyOf(entry.KeyId) is null ? AuditFault.Inserted : AuditFault.Altered, sequence, entry);
        var link = AuditChain.Link(_hash, sequence, digest);
        if (!_isBroken && isAuthentic && !Same(link, entry.Hash))
            Find(AuditFault.Recomputed, sequence, entry);
        _isBroken = false;
        if (isAuthentic)
            TakeErasure(entry);
        _hash = entry.Hash ?? link;
        CompareHeads(sequence, entry.Hash, entry);
    }

    private void Reach(long sequence)
    {
        if (sequence > Next)
        {
            Find(AuditFault.Removed, Next, null, sequence - Next);
            // What followed the missing ones is taken at its word, so that one hole is told once; its heads tell whether the word was true.
            _isBroken = true;
        }
        _sequence = sequence;
    }

    public void EndChain()
    {
        if (_newestHead > _sequence)
            Find(AuditFault.CutOff, _sequence + 1, null, _newestHead - _sequence);
        else if (_sequence > _newestHead)
            Find(AuditFault.Unsigned, _newestHead + 1, null, _sequence - _newestHead);
    }

    public void TakeUnsealed(AuditEntry entry)
    {
        Count++;
        _ = DigestOf(entry, out var isAuthentic);
        if (isAuthentic)
            TakeErasure(entry);
        else
            Find(AuditFault.Inserted, null, entry);
    }

    public void TakeUnrecorded(string record, long versions) =>
        Add(new AuditFinding(AuditFault.Unrecorded, null, null, record, null, versions));

    public AuditVerdict Verdict()
    {
        foreach (var entry in _erased.Values)
            Find(AuditFault.ErasedUnseen, entry.Sequence, entry);
        _erased.Clear();
        return new AuditVerdict(Count, _sequence, _found, _findings);
    }

    // The entry that tells of it comes after all that it erased.
    private void TakeErasure(AuditEntry entry)
    {
        var record = (entry.RecordType, entry.RecordId);
        if (entry.Action == AuditErasure.Action)
            _erased.Remove(record);
        else if (AuditChanges.HasErased(entry.Changes))
            _erased.TryAdd(record, entry);
    }

    private void CompareHeads(long sequence, byte[]? hash, AuditEntry? entry)
    {
        if (!_heads.TryGetValue(sequence, out var heads))
            return;
        foreach (var head in heads.Where(h => !Same(h.Hash, hash)))
            Find(head.IsOutside ? AuditFault.NotAsKeptOutside : AuditFault.Recomputed, sequence, entry);
    }

    private byte[] DigestOf(AuditEntry entry, out bool isAuthentic)
    {
        try
        {
            var message = AuditChain.MessageOf(entry);
            isAuthentic = KeyOf(entry.KeyId) is { } key && Same(key.Authenticate(message), entry.Mac);
            return AuditChain.DigestOf(message, entry.Mac);
        }
        catch (FormatException)
        {
            isAuthentic = false;
            return AuditChain.DigestOf([], entry.Mac);
        }
    }

    private AuditKey? KeyOf(string id)
    {
        if (!_known.TryGetValue(id, out var key))
            _known[id] = key = keys.Find(id);
        return key;
    }

    private void Find(AuditFault fault, long? sequence, AuditEntry? entry, long count = 1) =>
        Add(new AuditFinding(fault, sequence, entry?.Id, entry is null ? null : $"{entry.RecordType} {entry.RecordId}", entry?.At, count));

    private void Add(AuditFinding finding)
    {
        _found += finding.Count;
        if (_findings.Count < AuditVerification.MostNamed)
            _findings.Add(finding);
    }

    private static bool Same(byte[] one, byte[]? other) => other is not null && CryptographicOperations.FixedTimeEquals(one, other);

    private sealed record ExpectedHead(byte[] Hash, bool IsOutside);
}

/// <summary>What may be wrong with a trail.</summary>
public enum AuditFault
{
    /// <summary>The entry says other than when it was written.</summary>
    Altered,

    /// <summary>There is none with this sequence any more.</summary>
    Removed,

    /// <summary>Written without the key.</summary>
    Inserted,

    /// <summary>A record has versions that no entry tells of: entries were removed, sealed or not, or the record was changed by other hands.</summary>
    Unrecorded,

    /// <summary>Values were erased and nothing says by whom.</summary>
    ErasedUnseen,

    /// <summary>The chain was made anew from here on: entry and hash do not belong together, or the hash is not the one that was signed.</summary>
    Recomputed,

    /// <summary>Signed heads tell of entries after the last one.</summary>
    CutOff,

    /// <summary>Sealed entries after the last signed head.</summary>
    Unsigned,

    /// <summary>A head in the database whose signature is wrong.</summary>
    ForgedHead,

    /// <summary>A summary of retired entries whose signature is wrong: they were removed by other hands.</summary>
    ForgedSummary,

    /// <summary>A head outside the database whose signature is wrong.</summary>
    ForgedHeadOutside,

    /// <summary>The hash is not the one that was kept outside the database.</summary>
    NotAsKeptOutside,
}

/// <param name="Sequence">Place in the chain; null before sealing.</param>
/// <param name="EntryId">Null where there is no entry.</param>
/// <param name="Record">Kind and id.</param>
/// <param name="Count">Entries concerned, from this place on.</param>
public sealed record AuditFinding(AuditFault Fault, long? Sequence, long? EntryId, string? Record, DateTimeOffset? At, long Count);

/// <param name="Entries">Read.</param>
/// <param name="Sequence">The last one sealed.</param>
/// <param name="Found">Entries that something is wrong with, all counted.</param>
/// <param name="Findings">The first of them.</param>
public sealed record AuditVerdict(long Entries, long Sequence, long Found, IReadOnlyList<AuditFinding> Findings)
{
    public bool IsWhole => Found == 0;
}

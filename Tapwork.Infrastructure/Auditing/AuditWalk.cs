using System.Security.Cryptography;

namespace Tapwork.Infrastructure.Auditing;

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

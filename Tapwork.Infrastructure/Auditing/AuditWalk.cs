using System.Security.Cryptography;

namespace Tapwork.Infrastructure.Auditing;

/// <summary>One reading of the trail, entry by entry, from a signed head or from the origin on.</summary>
internal sealed class AuditWalk(AuditKeys keys, HeadsCheck heads, RepeatedEntries repeated, AuditFindings findings, AuditHead after)
{
    private readonly ErasureCheck _erasures = new();
    private readonly Dictionary<string, AuditKey?> _known = [];
    private byte[] _hash = after.Hash;
    private bool _isBroken;

    /// <summary>Of entries that were read.</summary>
    public long Count { get; private set; }

    /// <summary>The last one of the chain so far.</summary>
    public long Sequence { get; private set; } = after.Sequence;

    /// <summary>The sequence that should come next.</summary>
    public long Next => Sequence + 1;

    /// <summary>The latest moment of a change that was retired.</summary>
    public DateTimeOffset? ChangesRetiredUntil { get; private set; }

    public void Open(AuditSummary summary)
    {
        if (!Retire(summary))
            findings.Add(AuditFault.ForgedSummary, summary.FirstSequence);
    }

    /// <summary>Learns until when changes were retired.</summary>
    /// <returns>Whether the summary is true.</returns>
    public bool Retire(AuditSummary summary)
    {
        if (KeyOf(summary.KeyId) is not { } key || !key.HasSealed(AuditChain.MessageOf(summary), summary.Signature))
            return false;
        if (summary.Class == AuditClass.Changes && !(summary.LastAt < ChangesRetiredUntil))
            ChangesRetiredUntil = summary.LastAt;
        return true;
    }

    public void TakeRetired(long sequence, byte[] digest)
    {
        Reach(sequence);
        _hash = AuditChain.Link(_hash, sequence, digest);
        heads.Compare(sequence, _isBroken ? null : _hash, null);
    }

    public void Take(AuditEntry entry)
    {
        Count++;
        var sequence = entry.Sequence!.Value;
        // No sealing gives such a place: it would keep the entry out of the chain, and on the page.
        if (sequence <= AuditHead.Origin)
        {
            findings.Add(AuditFault.Inserted, sequence, entry);
            return;
        }
        Reach(sequence);
        var digest = DigestOf(entry, out var commitments);
        if (commitments is null)
            findings.Add(entry.Mac.Length == 0 || KeyOf(entry.KeyId) is null ? AuditFault.Inserted : AuditFault.Altered, sequence, entry);
        var link = AuditChain.Link(_hash, sequence, digest);
        if (!_isBroken && commitments is not null && !Same(link, entry.Hash))
            findings.Add(AuditFault.Recomputed, sequence, entry);
        _isBroken = false;
        if (commitments is not null)
            TakeAuthentic(entry, commitments);
        _hash = entry.Hash ?? link;
        heads.Compare(sequence, entry.Hash ?? [], entry);
    }

    /// <summary>Notes that there is none before this sequence, unless it is the next.</summary>
    private void Reach(long sequence)
    {
        if (sequence > Next)
        {
            findings.Add(AuditFault.Removed, Next, null, sequence - Next);
            // What followed the missing ones is taken at its word, so that one hole is told once; its heads tell whether the word was true.
            _isBroken = true;
        }
        Sequence = sequence;
    }

    public void TakeUnsealed(AuditEntry entry)
    {
        Count++;
        _ = DigestOf(entry, out var commitments);
        if (commitments is null)
            findings.Add(AuditFault.Inserted, null, entry);
        else
            TakeAuthentic(entry, commitments);
    }

    /// <summary>One that was sealed after the chain's end was read: it may tell of what was found before.</summary>
    public void TakeLater(AuditEntry entry)
    {
        _ = DigestOf(entry, out var commitments);
        if (commitments is not null)
            _erasures.Take(entry, commitments);
    }

    /// <summary>Tells of values that no erasure lists.</summary>
    public void End()
    {
        foreach (var entry in _erasures.Uncovered())
            findings.Add(AuditFault.ErasedUnseen, entry.Sequence, entry);
    }

    private void TakeAuthentic(AuditEntry entry, IReadOnlyList<FieldCommitments> commitments)
    {
        _erasures.Take(entry, commitments);
        if (repeated.Take(entry))
            findings.Add(AuditFault.Repeated, entry.Sequence, entry);
        if (AuditAnchoring.SequenceOf(entry) is { } anchor)
            heads.TakeAnchor(anchor);
    }

    // The commitments are null when the entry is not as it was written.
    private byte[] DigestOf(AuditEntry entry, out IReadOnlyList<FieldCommitments>? commitments)
    {
        commitments = null;
        try
        {
            var read = AuditChanges.CommitmentsOf(entry.Changes, entry.Salts);
            var message = AuditChain.MessageOf(entry, read);
            if (AuditChain.IsAsWritten(entry.At) && KeyOf(entry.KeyId) is { } key && Same(key.Authenticate(message), entry.Mac))
                commitments = read;
            return AuditChain.DigestOf(message, entry.Mac);
        }
        catch (FormatException)
        {
            return AuditChain.DigestOf([], entry.Mac);
        }
    }

    private AuditKey? KeyOf(string id)
    {
        if (!_known.TryGetValue(id, out var key))
            _known[id] = key = keys.Find(id);
        return key;
    }

    private static bool Same(byte[] one, byte[]? other) => other is not null && CryptographicOperations.FixedTimeEquals(one, other);
}

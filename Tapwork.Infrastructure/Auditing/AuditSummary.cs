using System.Buffers.Binary;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Auditing;

/// <summary>What remains of entries whose term is over: how many of what there were, and their digests, so that the chain still verifies. Signed.</summary>
public sealed class AuditSummary
{
    private const int PlaceLength = sizeof(long) + AuditChain.HashLength;

    public long Id { get; private set; }
    public required AuditClass Class { get; init; }

    /// <summary>Of the first one; of one class, those of a later summary are later.</summary>
    public required long FirstSequence { get; init; }

    public required long LastSequence { get; init; }
    public required DateTimeOffset FirstAt { get; init; }
    public required DateTimeOffset LastAt { get; init; }

    /// <summary>JSON: action → how many.</summary>
    public required string Counts { get; init; }

    /// <summary>Of each entry its sequence (8 bytes, most significant first) and its digest (32 bytes).</summary>
    public required byte[] Digests { get; init; }

    public required DateTimeOffset RetiredAt { get; init; }
    public required string KeyId { get; init; }

    /// <summary>ECDSA P-256 over SHA-256, 64 bytes.</summary>
    public required byte[] Signature { get; set; }

    /// <summary>Of entries in the order of the chain; signed by the key.</summary>
    internal static AuditSummary Of(AuditClass kind, IReadOnlyList<AuditEntry> entries, AuditKey key, DateTimeOffset now)
    {
        var digests = new byte[entries.Count * PlaceLength];
        for (var n = 0; n < entries.Count; n++)
        {
            BinaryPrimitives.WriteInt64BigEndian(digests.AsSpan(n * PlaceLength), entries[n].Sequence!.Value);
            AuditChain.DigestOf(entries[n]).CopyTo(digests, (n * PlaceLength) + sizeof(long));
        }
        var summary = new AuditSummary
        {
            Class = kind,
            FirstSequence = entries[0].Sequence!.Value,
            LastSequence = entries[^1].Sequence!.Value,
            FirstAt = entries.Min(e => e.At),
            LastAt = entries.Max(e => e.At),
            Counts = JsonSerializer.Serialize(entries.GroupBy(e => e.Action).OrderBy(g => g.Key, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Count())),
            Digests = digests,
            RetiredAt = AuditChain.Kept(now),
            KeyId = key.Id,
            Signature = [],
        };
        summary.Signature = key.Seal(AuditChain.MessageOf(summary));
        return summary;
    }

    internal IEnumerable<(long Sequence, byte[] Digest)> Places()
    {
        for (var at = 0; at + PlaceLength <= Digests.Length; at += PlaceLength)
            yield return (BinaryPrimitives.ReadInt64BigEndian(Digests.AsSpan(at)), Digests[(at + sizeof(long))..(at + PlaceLength)]);
    }
}

/// <summary>What entries are about, as far as their term goes.</summary>
public enum AuditClass
{
    /// <summary>Who came in, or tried to, and looked at what is sensitive.</summary>
    Access,

    /// <summary>What records said before and after.</summary>
    Changes,

    /// <summary>What people did that changed no record: replays, exports.</summary>
    Acts,

    /// <summary>That values were erased, and which.</summary>
    Erasures,
}

internal sealed class AuditSummaryMapping : IEntityTypeConfiguration<AuditSummary>
{
    public void Configure(EntityTypeBuilder<AuditSummary> summary)
    {
        summary.IsOperational();
        summary.Property(s => s.KeyId).IsOrdinal(AuditKey.IdLength);
        summary.Property(s => s.Signature).HasMaxLength(64);
        summary.HasIndex(s => new { s.Class, s.FirstSequence }).IsUnique();
    }
}

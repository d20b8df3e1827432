using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Auditing;

/// <summary>Who changed what, when and from where.</summary>
public sealed class AuditEntry
{
    public long Id { get; private set; }
    public required DateTimeOffset At { get; init; }
    public Guid? ActorId { get; init; }
    public required string ActorName { get; init; }
    public string? Role { get; init; }
    public string? Ip { get; init; }
    public string? UserAgent { get; init; }
    public required string CorrelationId { get; init; }

    /// <summary>For the system: what it acted for.</summary>
    public string? Cause { get; init; }

    /// <summary><c>created</c>, <c>changed</c>, <c>removed</c>, or the act of a person on an operational row, e.g. <c>delivery.replayed</c>.</summary>
    public required string Action { get; init; }

    /// <summary>Kind of record, e.g. <c>Intervention</c>.</summary>
    public required string RecordType { get; init; }

    public required string RecordId { get; init; }

    /// <summary>The record's version after the change, where it counts its saves: a version that is missing is an entry that was removed.</summary>
    public long? RecordVersion { get; init; }

    /// <summary>JSON: field → [old, new]; a secret's values are told as <c>•••</c>, erased ones as <c>{"erased": "…"}</c>.</summary>
    public required string Changes { get; set; }

    /// <summary>16 random bytes for each value, in order: its commitment tells nothing of it once both are erased.</summary>
    public required byte[] Salts { get; set; }

    /// <summary>Of its values, while it is being written.</summary>
    internal IReadOnlyList<FieldCommitments>? Commitments { get; init; }

    /// <summary>Of the key that authenticated it.</summary>
    public string KeyId { get; internal set; } = "";

    /// <summary>HMAC-SHA-256 of what it says, made when it was written: a row inserted by hand has none that is right.</summary>
    public byte[] Mac { get; internal set; } = [];

    /// <summary>Its place in the chain, from 1 and without a gap; null until it is sealed.</summary>
    public long? Sequence { get; internal set; }

    /// <summary>Of the chain up to and with it.</summary>
    public byte[]? Hash { get; internal set; }
}

internal sealed class AuditEntryMapping : IEntityTypeConfiguration<AuditEntry>
{
    public void Configure(EntityTypeBuilder<AuditEntry> entry)
    {
        entry.IsOperational();
        entry.Property(e => e.ActorName).HasMaxLength(100);
        entry.Property(e => e.Role).IsOrdinal(20);
        entry.Property(e => e.Ip).IsOrdinal(60);
        entry.Property(e => e.UserAgent).HasMaxLength(400);
        entry.Property(e => e.CorrelationId).IsOrdinal(40);
        entry.Property(e => e.Cause).HasMaxLength(100);
        entry.Property(e => e.Action).IsOrdinal(60);
        entry.Property(e => e.RecordType).IsOrdinal(60);
        entry.Property(e => e.RecordId).IsOrdinal(60);
        entry.Property(e => e.KeyId).IsOrdinal(AuditKey.IdLength);
        entry.Property(e => e.Mac).HasMaxLength(AuditChain.HashLength);
        entry.Property(e => e.Hash).HasMaxLength(AuditChain.HashLength);
        entry.Ignore(e => e.Commitments);
        entry.HasIndex(e => e.Id).HasDatabaseName("IX_AuditEntries_Unsealed").HasFilter("\"Sequence\" IS NULL");
        // The others hold sealed entries only, so that a save pays for none of them: the sealing does.
        foreach (var sealed_ in (IndexBuilder<AuditEntry>[])[
            entry.HasIndex(e => e.Sequence).IsUnique(),
            entry.HasIndex(e => new { e.At, e.Id }),
            entry.HasIndex(e => new { e.ActorId, e.At, e.Id }),
            entry.HasIndex(e => new { e.Role, e.At, e.Id }),
            entry.HasIndex(e => new { e.RecordType, e.At, e.Id }),
            entry.HasIndex(e => new { e.RecordType, e.RecordId, e.At, e.Id, e.RecordVersion }),
            entry.HasIndex(e => new { e.Action, e.At, e.Id }),
            entry.HasIndex(e => new { e.Ip, e.At, e.Id }),
            entry.HasIndex(e => new { e.CorrelationId, e.At, e.Id })])
            sealed_.HasFilter("\"Sequence\" IS NOT NULL");
    }
}

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

    /// <summary>JSON: field → [old, new]; a secret's values are told as <c>•••</c>.</summary>
    public required string Changes { get; init; }
}

internal sealed class AuditEntryMapping : IEntityTypeConfiguration<AuditEntry>
{
    public void Configure(EntityTypeBuilder<AuditEntry> entry)
    {
        entry.IsOperational();
        entry.Property(e => e.ActorName).HasMaxLength(100);
        entry.Property(e => e.Role).HasMaxLength(20);
        entry.Property(e => e.Ip).HasMaxLength(60);
        entry.Property(e => e.UserAgent).HasMaxLength(400);
        entry.Property(e => e.CorrelationId).IsOrdinal(40);
        entry.Property(e => e.Cause).HasMaxLength(100);
        entry.Property(e => e.Action).IsOrdinal(60);
        entry.Property(e => e.RecordType).IsOrdinal(60);
        entry.Property(e => e.RecordId).IsOrdinal(60);
        entry.HasIndex(e => new { e.RecordType, e.RecordId, e.Id });
        entry.HasIndex(e => e.CorrelationId);
    }
}

using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Events;

/// <summary>What happened, as a row written with the change itself. Its position, given later by the relay, is the order all readers go by.</summary>
public sealed class EventRecord
{
    /// <summary>No connector wants events of this topic.</summary>
    public const string NotWanted = "not_wanted";

    /// <summary>It could not be processed, and a person dropped it or replaced what it was about.</summary>
    public const string Skipped = "skipped";

    public long Id { get; private set; }

    /// <summary>Dense and unique; null until the relay has seen the row.</summary>
    public long? Position { get; private set; }

    public required string Topic { get; init; }
    public required Guid Subject { get; init; }

    /// <summary>The event's own properties, without personal data.</summary>
    public required string Json { get; init; }

    public Guid? ActorId { get; init; }
    public required string CorrelationId { get; init; }
    public required DateTimeOffset At { get; init; }

    /// <summary>How many deliveries the router made of it; null until it has seen it, 0 from the start where no connector wants the topic.</summary>
    public int? Deliveries { get; init; }

    /// <summary>Why there are none.</summary>
    public string? RoutingNote { get; init; }
}

internal sealed class EventRecordMapping : IEntityTypeConfiguration<EventRecord>
{
    public void Configure(EntityTypeBuilder<EventRecord> record)
    {
        record.IsOperational();
        record.ToTable("Events");
        record.Property(e => e.Topic).IsOrdinal(60);
        record.Property(e => e.CorrelationId).IsOrdinal(40);
        record.Property(e => e.RoutingNote).HasMaxLength(60);
        record.HasIndex(e => e.Position).IsUnique().HasFilter("\"Position\" IS NOT NULL");
        record.HasIndex(e => e.Id).HasDatabaseName("IX_Events_Unpositioned").HasFilter("\"Position\" IS NULL");
        record.HasIndex(e => new { e.Subject, e.Position });
    }
}

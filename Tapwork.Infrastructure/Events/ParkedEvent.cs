using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Tapwork.Core;
using Tapwork.Core.Deliveries;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Events;

/// <summary>
/// An event that a reader failed on, or a later one of the same record that waits behind it. The job tries it again with growing delays;
/// after several tries people are alerted. Nobody but a person drops it.
/// </summary>
public sealed class ParkedEvent
{
    /// <summary>Failed tries after which people are alerted: about a quarter of an hour.</summary>
    public const int TriesBeforeAlert = 5;

    /// <summary>Longest error text kept, in UTF-16 units.</summary>
    public const int MaxErrorLength = 1000;

    private static readonly RetrySchedule Schedule = RetrySchedule.Default;

    public long Id { get; private set; }
    public required string Reader { get; init; }
    public required long Position { get; init; }

    /// <summary>The record it is about; its later events wait for this one.</summary>
    public required Guid Record { get; init; }

    public required DateTimeOffset ParkedAt { get; init; }

    /// <summary>Why the last try failed; empty while it only waits behind an earlier event.</summary>
    public string Error { get; private set; } = "";

    public int Tries { get; private set; }

    /// <summary>When the job tries it next; null when only a person does.</summary>
    public DateTimeOffset? NextTryAt { get; private set; }

    public bool NeedsAttention => Tries >= TriesBeforeAlert;

    /// <summary>Parks an event behind an earlier one of its record: it is due as soon as that one is done.</summary>
    public static ParkedEvent Waiting(string reader, EventRecord @event, Guid record, DateTimeOffset now) => new()
    {
        Reader = reader,
        Position = @event.Position!.Value,
        Record = record,
        ParkedAt = now,
        NextTryAt = now,
    };

    /// <summary>Notes a failed try and when the next one is due.</summary>
    public void Fail(Exception error, DateTimeOffset now)
    {
        Tries++;
        Error = Field.Storable(error.GetBaseException().Message, MaxErrorLength);
        NextTryAt = now + Schedule.After(Tries, 0.5);
    }

    /// <summary>Makes it due at once.</summary>
    public void RetryNow(DateTimeOffset now) => NextTryAt = now;
}

internal sealed class ParkedEventMapping : IEntityTypeConfiguration<ParkedEvent>
{
    public void Configure(EntityTypeBuilder<ParkedEvent> parked)
    {
        parked.IsOperational();
        parked.Property(p => p.Reader).IsOrdinal(40);
        parked.HasIndex(p => new { p.Reader, p.Position }).IsUnique();
        parked.HasIndex(p => new { p.Reader, p.Record, p.Position });
    }
}

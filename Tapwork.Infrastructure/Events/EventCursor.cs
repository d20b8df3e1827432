using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Events;

/// <summary>How far a reader has read. The row named <see cref="Relay"/> holds the last position given.</summary>
public sealed class EventCursor
{
    public const string Relay = "relay";

    public required string Name { get; init; }
    public long Position { get; init; }
}

/// <summary>An event a reader could not digest: set aside so that it stops nobody, and kept for a person.</summary>
public sealed class ParkedEvent
{
    public long Id { get; private set; }
    public required string Reader { get; init; }
    public required long Position { get; init; }
    public required string Error { get; init; }
    public required DateTimeOffset ParkedAt { get; init; }
}

internal sealed class EventCursorMapping : IEntityTypeConfiguration<EventCursor>
{
    public void Configure(EntityTypeBuilder<EventCursor> cursor)
    {
        cursor.IsOperational();
        cursor.HasKey(c => c.Name);
        cursor.Property(c => c.Name).IsOrdinal(40);
        // Always there, so that the first two relays have a row to take turns by.
        cursor.HasData(new EventCursor { Name = EventCursor.Relay });
    }
}

internal sealed class ParkedEventMapping : IEntityTypeConfiguration<ParkedEvent>
{
    public void Configure(EntityTypeBuilder<ParkedEvent> parked)
    {
        parked.IsOperational();
        parked.Property(p => p.Reader).IsOrdinal(40);
        parked.HasIndex(p => new { p.Reader, p.Position }).IsUnique();
    }
}

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

    /// <summary>Locks the relay's row until the caller's transaction ends: writing it as it is lets one through at a time.</summary>
    internal static Task<int> LockAsync(TapworkDbContext db, CancellationToken cancel) =>
        db.Cursors.Where(c => c.Name == Relay).ExecuteUpdateAsync(c => c.SetProperty(x => x.Position, x => x.Position), cancel);
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

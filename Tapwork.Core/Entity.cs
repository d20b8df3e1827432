namespace Tapwork.Core;

/// <summary>A record of the trade: a time-ordered id known before saving, and a version that the second of two editors trips over.</summary>
public abstract class Entity : EventSource
{
    /// <summary>Guid v7: sorts by the moment of creation.</summary>
    public Guid Id { get; protected init; } = Guid.CreateVersion7();

    /// <summary>Counts the saves, from 1; the concurrency token on every database.</summary>
    public long Version { get; private set; }
}

using System.Threading.Channels;

namespace Tapwork.Infrastructure.Monitoring;

/// <summary>What is kept of the application's log.</summary>
public sealed record LogSettings
{
    public const string Section = "Log";

    /// <summary>Days a line is kept; 0 for ever.</summary>
    public int Days { get; init; } = 30;

    /// <summary>The least that is kept; of libraries, warnings at least.</summary>
    public Gravity Level { get; init; } = Gravity.Information;

    /// <summary>Lines that may wait for the database.</summary>
    public int Room { get; init; } = 10_000;
}

/// <summary>Lines on their way to the database. Takes them without ever waiting: what comes while it is full is counted and let go, so that the beginning of a trouble is kept.</summary>
public sealed class LogQueue(LogSettings settings)
{
    private readonly Channel<LogEntry> _waiting = Channel.CreateBounded<LogEntry>(new BoundedChannelOptions(Math.Max(1, settings.Room)) { SingleReader = true });
    private long _dropped;

    public void Add(LogEntry entry)
    {
        if (!_waiting.Writer.TryWrite(entry))
            Drop(1);
    }

    internal void Drop(int count) => Interlocked.Add(ref _dropped, count);

    /// <summary>How many were let go since it was asked last.</summary>
    internal long TakeDropped() => Interlocked.Exchange(ref _dropped, 0);

    /// <summary>What waits, at most so many.</summary>
    internal List<LogEntry> Take(int most)
    {
        var taken = new List<LogEntry>();
        while (taken.Count < most && _waiting.Reader.TryRead(out var entry))
            taken.Add(entry);
        return taken;
    }
}

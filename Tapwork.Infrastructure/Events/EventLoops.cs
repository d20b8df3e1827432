using Microsoft.Extensions.Logging;

namespace Tapwork.Infrastructure.Events;

/// <summary>Runs the relay: woken by the commits of this process, and by its own clock for those of others.</summary>
internal sealed class EventRelayLoop(EventRelay relay, CommitSignal committed, TimeProvider clock, ILogger<EventRelayLoop> logger)
    : WorkLoop(committed, TimeSpan.FromMilliseconds(500), clock, logger)
{
    private const int LongestBreath = 25;

    protected override async Task<bool> WorkAsync(CancellationToken cancel)
    {
        var given = await relay.GivePositionsAsync(cancel);
        // The fuller a batch was, the longer until the next, so that under load every reader finds more at once and a few events never wait.
        await Task.Delay(TimeSpan.FromMilliseconds(Math.Min(given / 2, LongestBreath)), Clock, cancel);
        return given > 0;
    }
}

/// <summary>Runs one reader.</summary>
internal sealed class EventReaderLoop<TReader>(TReader reader, PositionSignal positions, TimeProvider clock, ILogger<TReader> logger)
    : WorkLoop(positions, TimeSpan.FromMilliseconds(500), clock, logger) where TReader : EventReader
{
    protected override async Task<bool> WorkAsync(CancellationToken cancel) => await reader.ReadBatchAsync(cancel) > 0;
}

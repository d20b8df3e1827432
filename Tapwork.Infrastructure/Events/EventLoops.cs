using Microsoft.Extensions.Logging;

namespace Tapwork.Infrastructure.Events;

/// <summary>Runs the relay: woken by the commits of this process, and by its own clock for those of others.</summary>
internal sealed class EventRelayLoop(EventRelay relay, CommitSignal committed, TimeProvider clock, ILogger<EventRelayLoop> logger)
    : WorkLoop(committed, TimeSpan.FromMilliseconds(500), clock, logger)
{
    // Between two batches, so that under load every reader finds a fuller one.
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(25);

    protected override async Task<bool> WorkAsync(CancellationToken cancel)
    {
        if (await relay.GivePositionsAsync(cancel) == 0)
            return false;
        await Task.Delay(Breath, Clock, cancel);
        return true;
    }
}

/// <summary>Runs one reader.</summary>
internal sealed class EventReaderLoop<TReader>(TReader reader, PositionSignal positions, TimeProvider clock, ILogger<TReader> logger)
    : WorkLoop(positions, TimeSpan.FromMilliseconds(500), clock, logger) where TReader : EventReader
{
    protected override async Task<bool> WorkAsync(CancellationToken cancel) => await reader.ReadBatchAsync(cancel) > 0;
}

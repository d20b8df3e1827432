using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Integrations;
using Tapwork.Infrastructure.Events;
using Tapwork.Infrastructure.Integrations;
using Tapwork.Infrastructure.Monitoring;

namespace Tapwork.Infrastructure.Deliveries;

/// <summary>What every lane works with.</summary>
public sealed record LaneParts(
    IntegrationCatalogue Catalogue, DeliveryClaims Claims, DeliverySender Sender, OutcomeQueue Outcomes, DeliverySignal Due, TimeProvider Clock,
    ILogger<DeliveryLane> Logger);

/// <summary>One destination: claims in batches, sends with bounded parallelism, and hands outcomes over to be written.</summary>
public sealed class DeliveryLane(Guid integrationId, IConnector connector, LaneParts parts)
{
    private const int MostRounds = 16;
    private static readonly TimeSpan Idle = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan ClaimedAhead = TimeSpan.FromMilliseconds(250);

    private readonly Channel<(Integration Integration, Delivery Delivery)> _claimed = Channel.CreateUnbounded<(Integration, Delivery)>();
    private readonly Signal _roomier = new();
    private int _inHand;
    private int _concurrency;
    private long _usualTicks = ClaimedAhead.Ticks;

    /// <summary>Runs until cancelled; sends under way are finished and handed over first, within the host's patience.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        var senders = new List<Task>();
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                await ClaimAsync(senders, cancel);
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                break;
            }
            catch (Exception e)
            {
                parts.Logger.LogWarning(e, "lane of {Connector} goes on in a second", connector.Descriptor.Key);
                await Task.Delay(TimeSpan.FromSeconds(1), parts.Clock, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        _claimed.Writer.TryComplete();
        await Task.WhenAll(senders);
    }

    private async Task ClaimAsync(List<Task> senders, CancellationToken cancel)
    {
        var (woken, roomier) = (parts.Due.Next(), _roomier.Next());
        var integration = await parts.Catalogue.FindAsync(integrationId, cancel);
        var most = integration is { IsEnabled: true } ? integration.Concurrency * RoundsAhead() : 0;
        var room = most - Volatile.Read(ref _inHand);
        if (integration is null || room < Math.Max(1, most / 2))
        {
            await SleepAsync(integration is { IsEnabled: true } ? roomier : woken, Idle, cancel);
            return;
        }
        StartSenders(senders, integration.Concurrency, cancel);
        var batch = await parts.Claims.ClaimAsync(integration, connector.IsIdempotent, room, cancel);
        if (batch.IsStale)
            parts.Catalogue.Forget();
        Interlocked.Add(ref _inHand, batch.Deliveries.Count);
        foreach (var delivery in batch.Deliveries)
            _claimed.Writer.TryWrite((integration, delivery));
        if (batch.NextIn != TimeSpan.Zero)
            await SleepAsync(batch.NextIn is null ? woken : Task.Delay(Timeout.Infinite, cancel), batch.NextIn ?? Idle, cancel);
    }

    // Behind a fast partner the senders never wait for a claim; behind a slow one nothing is claimed that would outlast its lease in line.
    private int RoundsAhead() => (int)Math.Clamp(ClaimedAhead.Ticks / Math.Max(1, Volatile.Read(ref _usualTicks)), 1, MostRounds);

    private void Learn(TimeSpan duration) => Volatile.Write(ref _usualTicks, ((_usualTicks * 7) + duration.Ticks) / 8);

    // As many as are asked for now: one beyond that ends with the send it is at, and is started anew when it is wanted again.
    private void StartSenders(List<Task> senders, int concurrency, CancellationToken cancel)
    {
        Volatile.Write(ref _concurrency, concurrency);
        for (var number = 0; number < concurrency; number++)
        {
            var own = number;
            if (number == senders.Count)
                senders.Add(Task.CompletedTask);
            if (senders[number].IsCompleted)
                senders[number] = Task.Run(() => SendAsync(own, cancel), CancellationToken.None);
        }
    }

    // What was claimed and not begun when the application stops is left to its lease.
    private async Task SendAsync(int number, CancellationToken cancel)
    {
        while (await _claimed.Reader.WaitToReadAsync(CancellationToken.None) && number < Volatile.Read(ref _concurrency))
        {
            if (!_claimed.Reader.TryRead(out var claimed))
                continue;
            var (integration, delivery) = claimed;
            try
            {
                if (!cancel.IsCancellationRequested && await parts.Sender.SendAsync(connector, integration, delivery, CancellationToken.None) is { } sent)
                {
                    parts.Outcomes.Add(sent);
                    Learn(sent.Duration);
                }
            }
            catch (Exception e)
            {
                Correlation.Current = delivery.CorrelationId;
                parts.Logger.LogWarning(e, "delivery {Delivery} is left to its lease", delivery.Id);
            }
            Interlocked.Decrement(ref _inHand);
            _roomier.Set();
        }
    }

    private async Task SleepAsync(Task woken, TimeSpan time, CancellationToken cancel)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        await Task.WhenAny(woken, Task.Delay(time, parts.Clock, over.Token));
        await over.CancelAsync();
    }
}

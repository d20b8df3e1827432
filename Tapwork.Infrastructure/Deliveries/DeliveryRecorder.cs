using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Tapwork.Core.Accounts;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Integrations;
using Tapwork.Infrastructure.Events;
using Tapwork.Infrastructure.Integrations;
using Tapwork.Infrastructure.Monitoring;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Deliveries;

/// <summary>Writes what came of sends, in batches and only for rows whose lease is still ours: who lost the lease may not write.</summary>
public sealed class DeliveryRecorder(Database database, DeliverySignal due, TimeProvider clock, ILogger<DeliveryRecorder> logger)
{
    private static readonly Actor Self = Actor.System("pump");
    private static readonly TimeSpan PatienceWhenStopping = TimeSpan.FromSeconds(20);

    /// <summary>Records all, however long the database is away; gives up only some time after the application was told to stop, and then the leases run out.</summary>
    public async Task RecordAsync(IReadOnlyList<SentDelivery> sent, CancellationToken stopping)
    {
        using var patience = new CancellationTokenSource();
        await using var stop = stopping.Register(() => patience.CancelAfter(PatienceWhenStopping));
        await RecordAllAsync(sent, patience.Token);
    }

    private async Task RecordAllAsync(IReadOnlyList<SentDelivery> sent, CancellationToken cancel)
    {
        while (true)
        {
            try
            {
                await WriteAsync(sent, cancel);
                break;
            }
            catch (DbUpdateException e) when (e.IsRaceForDestination() || (e is DbUpdateConcurrencyException && sent.Count == 1))
            {
                // The destination's row moved on; what is read anew tells whether the delivery is still ours.
            }
            catch (DbUpdateConcurrencyException)
            {
                await OneByOneAsync(sent, cancel);
                return;
            }
            catch (Exception e) when (DatabaseWeather.IsPassing(e))
            {
                logger.LogWarning(e, "outcomes of {Count} sends wait for the database", sent.Count);
                await Task.Delay(TimeSpan.FromMilliseconds(500), clock, cancel);
            }
            catch (Exception e) when (sent.Count > 1 && e is not OperationCanceledException)
            {
                // One that cannot be written takes no other with it.
                logger.LogError(e, "outcomes of {Count} sends are written one by one", sent.Count);
                await OneByOneAsync(sent, cancel);
                return;
            }
        }
        if (sent.Any(s => s.Outcome is not DeliveryOutcome.TryLater))
            due.Set();
    }

    private async Task OneByOneAsync(IReadOnlyList<SentDelivery> sent, CancellationToken cancel)
    {
        foreach (var one in sent)
        {
            Correlation.Current = one.Delivery.CorrelationId;
            try
            {
                await RecordAllAsync([one], cancel);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                logger.LogError(e, "delivery {Delivery}: its outcome {Outcome} could not be written", one.Delivery.Id, one.Outcome.GetType().Name);
            }
        }
    }

    private Task WriteAsync(IReadOnlyList<SentDelivery> sent, CancellationToken cancel) => database.WriteAsync(Self, async db =>
    {
        var ids = sent.Select(s => s.Delivery.Id).ToList();
        var rows = await db.Deliveries.Where(d => ids.Contains(d.Id)).ToDictionaryAsync(d => d.Id, cancel);
        foreach (var destination in sent.GroupBy(s => s.Integration.Id))
        {
            var state = await db.DestinationOfAsync(destination.Key, cancel);
            foreach (var one in destination)
                RecordOne(db, state, one, rows.GetValueOrDefault(one.Delivery.Id));
            if (destination.Select(s => s.Outcome).OfType<DeliveryOutcome.Gone>().FirstOrDefault() is { } gone)
                (await db.Integrations.SingleAsync(i => i.Id == destination.Key, cancel)).GiveUp(gone.Reason);
        }
    }, cancel);

    private void RecordOne(TapworkDbContext db, DestinationState state, SentDelivery sent, Delivery? row)
    {
        var (now, outcome) = (clock.GetUtcNow(), sent.Outcome);
        if (row is not { Status: DeliveryStatus.Sending } || row.LeaseToken != sent.Delivery.LeaseToken)
        {
            Correlation.Current = sent.Delivery.CorrelationId;
            logger.LogWarning("delivery {Delivery}: the lease was lost, its outcome {Outcome} is not written", sent.Delivery.Id, outcome.GetType().Name);
        }
        else
        {
            db.Correlate(row, row.CorrelationId);
            db.Appended.Add(DeliveryAttempt.Of(row, sent.StartedAt, sent.Duration, outcome, sent.Exchange));
            outcome = Settle(state, row, sent, now);
        }
        // In good weather the shared row is only read.
        if (state.Minds(outcome, now))
            state.Record(outcome, now);
    }

    // The last step kills nothing: one that others have got past since waits for a person; where nothing gets through, the endpoint is held.
    private static DeliveryOutcome Settle(DestinationState state, Delivery row, SentDelivery sent, DateTimeOffset now)
    {
        if (sent.Outcome is DeliveryOutcome.Misconfigured { MayConcernThisOneOnly: true } own && row.LastFault == FaultClass.Authentication && state.LastSuccessAt > row.StatusAt)
        {
            row.PutAside(own, now);
            return new DeliveryOutcome.Withheld(own.Reason);
        }
        var last = sent.HoldsAtLast && row.IsLastTry(sent.Integration.Schedule) ? sent.Outcome as DeliveryOutcome.TryLater : null;
        if (last is not null && state.LastSuccessAt > row.StatusAt)
        {
            row.PutAside(last, now);
            return last;
        }
        var outcome = last is null ? sent.Outcome : new DeliveryOutcome.Misconfigured($"no answer for {row.SendCount} tries: {last.Reason}");
        row.Record(outcome, sent.Integration.Schedule, sent.IsIdempotent, Random.Shared.NextDouble(), now);
        return outcome;
    }
}

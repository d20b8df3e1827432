using Microsoft.EntityFrameworkCore;
using Tapwork.Core.Accounts;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Integrations;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Deliveries;

/// <summary>Takes due deliveries for this process, fenced by a lease that runs out when the process dies.</summary>
public sealed class DeliveryClaims(Database database, DeliverySettings settings, TimeProvider clock)
{
    private static readonly Actor Self = Actor.System("pump");

    /// <summary>Claims at most so many for one destination, as its breaker, hold and budget allow.</summary>
    public async Task<ClaimedBatch> ClaimAsync(Integration integration, bool isIdempotent, int most, CancellationToken cancel)
    {
        if (await IsNothingDueAsync(integration, cancel))
            return ClaimedBatch.Nothing;
        try
        {
            return await database.WriteAsync(Self, db => TakeAsync(db, integration, isIdempotent, most, cancel), cancel);
        }
        catch (DbUpdateException e) when (e.IsRaceForDestination())
        {
            // Another instance took a call or the probe slot, or made the row, in the same moment.
            return ClaimedBatch.TryAgain;
        }
    }

    /// <summary>Whether the lease outlasts one send and, after it, the writing of what came back.</summary>
    public bool Outlasts(Delivery delivery, Integration integration) =>
        delivery.LeaseUntil - clock.GetUtcNow() > TimeSpan.FromSeconds(integration.TimeoutSeconds) + (settings.LeaseMargin / 2);

    /// <summary>Lengthens the lease of one; false when it was lost.</summary>
    public async Task<bool> RenewAsync(Delivery delivery, Integration integration, CancellationToken cancel)
    {
        var until = clock.GetUtcNow() + LeaseOf(integration);
        var mine = await database.WriteAsync(Self, db => db.Deliveries
            .Where(d => d.Id == delivery.Id && d.LeaseToken == delivery.LeaseToken)
            .ExecuteUpdateAsync(d => d.SetProperty(x => x.LeaseUntil, until), cancel), cancel);
        delivery.RenewLease(until);
        return mine == 1;
    }

    /// <summary>Notes that the next byte goes out, for destinations that would take a repeat for a second thing; false when the lease was lost.</summary>
    public async Task<bool> BeginSendAsync(Delivery delivery, CancellationToken cancel)
    {
        delivery.BeginSend(clock.GetUtcNow());
        return await database.WriteAsync(Self, db => db.Deliveries
            .Where(d => d.Id == delivery.Id && d.LeaseToken == delivery.LeaseToken)
            .ExecuteUpdateAsync(d => d.SetProperty(x => x.SendStartedAt, delivery.SendStartedAt).SetProperty(x => x.SendCount, delivery.SendCount), cancel), cancel) == 1;
    }

    /// <summary>Frees what a process left behind whose lease ran out, and records the send whose answer nobody heard.</summary>
    /// <param name="isIdempotent">By integration.</param>
    /// <param name="cancel">Ends the search.</param>
    /// <returns>How many were freed.</returns>
    public Task<int> RecoverAsync(Func<Guid, bool> isIdempotent, CancellationToken cancel) => RecoverAsync(isIdempotent, clock.GetUtcNow(), cancel);

    private async Task<int> RecoverAsync(Func<Guid, bool> isIdempotent, DateTimeOffset now, CancellationToken cancel)
    {
        await using (var reading = database.Open(Self))
            if (!await reading.Deliveries.AnyAsync(d => d.Status == DeliveryStatus.Sending && d.LeaseUntil < now, cancel))
                return 0;
        return await database.WriteAsync(Self, async db =>
        {
            var lost = await db.Deliveries.Where(d => d.Status == DeliveryStatus.Sending && d.LeaseUntil < now).OrderBy(d => d.Id).Take(200).ToListAsync(cancel);
            foreach (var delivery in lost)
            {
                if (delivery.SendStartedAt is not null)
                    db.Attempts.Add(DeliveryAttempt.Interrupted(delivery, now));
                db.Correlate(delivery, delivery.CorrelationId);
                delivery.LoseLease(isIdempotent(delivery.IntegrationId), now);
            }
            return lost.Count;
        }, cancel);
    }

    private async Task<bool> IsNothingDueAsync(Integration integration, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        await using var db = database.Open(Self);
        return !await db.Deliveries.AnyAsync(
            d => d.IntegrationId == integration.Id && (d.Status == DeliveryStatus.Pending || d.Status == DeliveryStatus.Retrying) && d.NextAttemptAt <= now, cancel);
    }

    private async Task<ClaimedBatch> TakeAsync(TapworkDbContext db, Integration integration, bool isIdempotent, int most, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        var state = await db.Destinations.SingleOrDefaultAsync(s => s.IntegrationId == integration.Id, cancel)
            ?? db.Destinations.Add(DestinationState.For(integration.Id)).Entity;
        var admission = state.Admits(now);
        if (admission == Admission.Nothing)
            return ClaimedBatch.Nothing;
        var limit = integration.RateLimit;
        if (!limit.IsNone && state.TakeCall(limit, CallFor.Queue, now) is { } wait)
        {
            db.ChangeTracker.Clear();
            return new ClaimedBatch([], wait);
        }
        if (admission == Admission.OneProbe)
            state.BeginProbe(TimeSpan.FromSeconds(integration.TimeoutSeconds), now);
        var room = admission == Admission.OneProbe || !limit.IsNone ? 1 : most;
        var taken = await ClaimRowsAsync(db, integration, isIdempotent, room, now, cancel);
        if (taken.Count == 0)
            db.ChangeTracker.Clear();
        return new ClaimedBatch(taken, taken.Count < room ? null : TimeSpan.Zero);
    }

    private async Task<List<Delivery>> ClaimRowsAsync(
        TapworkDbContext db, Integration integration, bool isIdempotent, int room, DateTimeOffset now, CancellationToken cancel)
    {
        var statement = Statements.ClaimDue(db.Provider, integration.IsOrdered);
        object? startedAt = isIdempotent ? db.Moment(now) : null;
        var taken = await db.Deliveries
            .FromSqlRaw(statement, integration.Id, db.Moment(now), room, Guid.CreateVersion7(), db.Moment(now + LeaseOf(integration)), isIdempotent ? 1 : 0, startedAt!)
            .AsNoTracking().ToListAsync(cancel);
        taken.Sort((a, b) => (a.NextAttemptAt, a.Id).CompareTo((b.NextAttemptAt, b.Id)));
        return taken;
    }

    private TimeSpan LeaseOf(Integration integration) => TimeSpan.FromSeconds(integration.TimeoutSeconds) + settings.LeaseMargin;
}

internal static class DestinationRaces
{
    /// <summary>Whether what failed is only that another instance changed or made the destination's row first; reading it anew helps.</summary>
    public static bool IsRaceForDestination(this DbUpdateException e) =>
        !DatabaseWeather.IsPassing(e) && e.Entries.Count > 0
        && (e.Entries.All(x => x.Entity is DestinationState) || e.Entries.Any(x => x is { Entity: DestinationState, State: EntityState.Added }));
}

/// <param name="Deliveries">As claimed, the longest due first.</param>
/// <param name="NextIn">When it is worth asking again: at once, after a wait, or (null) when woken.</param>
public sealed record ClaimedBatch(IReadOnlyList<Delivery> Deliveries, TimeSpan? NextIn)
{
    public static readonly ClaimedBatch Nothing = new([], null);
    public static readonly ClaimedBatch TryAgain = new([], TimeSpan.FromMilliseconds(5));
}

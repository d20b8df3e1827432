using Microsoft.EntityFrameworkCore;
using Tapwork.Core.Accounts;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Integrations;
using Tapwork.Infrastructure.Integrations;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Deliveries;

/// <summary>Takes due deliveries for this process, fenced by a lease that runs out when the process dies.</summary>
public sealed class DeliveryClaims(Database database, DeliverySettings settings, TimeProvider clock)
{
    private const int MostRecovered = 200;
    private static readonly Actor Self = Actor.System("pump");

    /// <summary>
    /// Claims at most so many for one destination, as its breaker, hold and budget allow: nothing for an integration that is switched off, and nothing under
    /// settings that are no longer its own.
    /// </summary>
    public async Task<ClaimedBatch> ClaimAsync(Integration integration, bool isIdempotent, int most, CancellationToken cancel)
    {
        if (await LookAsync(integration, cancel) is not { IsEnabled: true } look)
            return ClaimedBatch.Nothing;
        if (look.Version != integration.Version)
            return ClaimedBatch.Stale;
        if (!look.IsSomethingDue)
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

    /// <summary>When a claimed one was claimed, as long as its lease was not renewed.</summary>
    public DateTimeOffset ClaimedAt(Delivery delivery, Integration integration) => (delivery.LeaseUntil ?? clock.GetUtcNow()) - LeaseOf(integration);

    /// <summary>Lengthens the lease of one while it holds; false when it was lost or has run out.</summary>
    public async Task<bool> RenewAsync(Delivery delivery, Integration integration, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        var until = now + LeaseOf(integration);
        var mine = await database.WriteAsync(Self, db => Held(db, delivery, now).ExecuteUpdateAsync(d => d.SetProperty(x => x.LeaseUntil, until), cancel), cancel) == 1;
        if (mine)
            delivery.RenewLease(until);
        return mine;
    }

    /// <summary>
    /// Notes that the next byte goes out, for destinations that would take a repeat for a second thing; false when the lease was lost or has run out, or when the
    /// integration has changed.
    /// </summary>
    public async Task<bool> BeginSendAsync(Delivery delivery, Integration integration, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        var count = delivery.SendCount + 1;
        var mine = await database.WriteAsync(Self, db => Current(db, Held(db, delivery, now), integration)
            .ExecuteUpdateAsync(d => d.SetProperty(x => x.SendStartedAt, now).SetProperty(x => x.SendCount, count), cancel), cancel) == 1;
        if (mine)
            delivery.BeginSend(now);
        return mine;
    }

    /// <summary>Gives one back unsent, where its lease is still ours.</summary>
    public Task ReleaseAsync(Delivery delivery, Integration integration, CancellationToken cancel) => database.WriteAsync(Self, async db =>
    {
        if (await db.Deliveries.SingleOrDefaultAsync(d => d.Id == delivery.Id && d.LeaseToken == delivery.LeaseToken && d.Status == DeliveryStatus.Sending, cancel) is not { } row)
            return;
        db.Correlate(row, row.CorrelationId);
        row.Release();
        (await db.Destinations.SingleOrDefaultAsync(s => s.IntegrationId == row.IntegrationId, cancel))
            ?.ReturnProbe(TimeSpan.FromSeconds(integration.TimeoutSeconds), ClaimedAt(delivery, integration), clock.GetUtcNow());
    }, cancel);

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
            // Taken over under a token of our own: who renewed a lease meanwhile keeps it, and who lost it can neither renew nor write any more.
            var lost = await db.Deliveries.FromSqlRaw(Statements.TakeExpired(db.Provider), db.Moment(now), MostRecovered, Guid.CreateVersion7()).AsTracking().ToListAsync(cancel);
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

    private static IQueryable<Delivery> Held(TapworkDbContext db, Delivery delivery, DateTimeOffset now) =>
        db.Deliveries.Where(d => d.Id == delivery.Id && d.LeaseToken == delivery.LeaseToken && d.Status == DeliveryStatus.Sending && d.LeaseUntil > now);

    private static IQueryable<Delivery> Current(TapworkDbContext db, IQueryable<Delivery> deliveries, Integration integration) =>
        deliveries.Where(_ => db.Integrations.Any(i => i.Id == integration.Id && i.IsEnabled && i.Version == integration.Version));

    private async Task<DueLook?> LookAsync(Integration integration, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        await using var db = database.Open(Self);
        return await db.Integrations.Where(i => i.Id == integration.Id).Select(i => new DueLook(i.IsEnabled, i.Version, db.Deliveries.Any(
            d => d.IntegrationId == i.Id && (d.Status == DeliveryStatus.Pending || d.Status == DeliveryStatus.Retrying) && d.NextAttemptAt <= now))).SingleOrDefaultAsync(cancel);
    }

    private async Task<ClaimedBatch> TakeAsync(TapworkDbContext db, Integration integration, bool isIdempotent, int most, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        var state = await db.DestinationOfAsync(integration.Id, cancel);
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
            .FromSqlRaw(statement, integration.Id, db.Moment(now), room, Guid.CreateVersion7(), db.Moment(now + LeaseOf(integration)), isIdempotent ? 1 : 0, startedAt!, integration.Version)
            .AsNoTracking().ToListAsync(cancel);
        taken.Sort((a, b) => (a.NextAttemptAt, a.Id).CompareTo((b.NextAttemptAt, b.Id)));
        return taken;
    }

    private TimeSpan LeaseOf(Integration integration) => TimeSpan.FromSeconds(integration.TimeoutSeconds) + settings.LeaseMargin;

    private sealed record DueLook(bool IsEnabled, long Version, bool IsSomethingDue);
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
/// <param name="IsStale">Nothing was taken because the integration has changed: it is to be read anew.</param>
public sealed record ClaimedBatch(IReadOnlyList<Delivery> Deliveries, TimeSpan? NextIn, bool IsStale = false)
{
    public static readonly ClaimedBatch Stale = new([], TimeSpan.Zero, IsStale: true);
    public static readonly ClaimedBatch Nothing = new([], null);
    public static readonly ClaimedBatch TryAgain = new([], TimeSpan.FromMilliseconds(5));
}

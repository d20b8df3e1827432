using Microsoft.EntityFrameworkCore;
using Tapwork.Core;
using Tapwork.Core.Accounts;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Integrations;
using Tapwork.Infrastructure.Accounts;
using Tapwork.Infrastructure.Auditing;
using Tapwork.Infrastructure.Events;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Deliveries;

/// <summary>What an administrator does with a destination; each act is an audit entry of its own.</summary>
public sealed class DestinationDesk(Database database, DeliverySignal due, TimeProvider clock)
{
    /// <summary>Lets everything through again at once, what waits for its next try too: it was repaired. What is still wrong closes it again.</summary>
    public async Task ReopenAsync(Actor actor, Guid integrationId, CancellationToken cancel)
    {
        actor.MustBe(Role.Admin);
        var now = clock.GetUtcNow();
        await database.ActAsync(actor, now, async db =>
        {
            var state = await db.Destinations.SingleOrDefaultAsync(s => s.IntegrationId == integrationId, cancel) ?? throw new RuleViolation("integration.unknown");
            var before = state.HeldBecause ?? state.Breaker.ToString();
            state.Reopen(now);
            await db.HurryAsync(integrationId, now, cancel);
            db.Tell("integration.reopened", nameof(Integration), integrationId, now, new() { ["Closed"] = [before, null] });
        }, cancel);
        due.Set();
    }

    /// <summary>Opens or closes the breaker by a person's word, for all instances, or takes the word back.</summary>
    /// <param name="state">Open, Closed, or null for the breaker's own.</param>
    /// <param name="because">Needed for the first two.</param>
    public async Task ForceAsync(Actor actor, Guid integrationId, BreakerState? state, string? because, CancellationToken cancel)
    {
        actor.MustBe(Role.Admin);
        var now = clock.GetUtcNow();
        await database.ActAsync(actor, now, async db =>
        {
            var destination = await db.Destinations.SingleOrDefaultAsync(s => s.IntegrationId == integrationId, cancel) ?? throw new RuleViolation("integration.unknown");
            var before = destination.Forced;
            destination.Force(state, because);
            db.Tell("integration.breaker_forced", nameof(Integration), integrationId, now, new() { ["Forced"] = [before?.ToString(), state is null ? null : $"{state}: {destination.ForcedBecause}"] });
        }, cancel);
        due.Set();
    }
}

internal static class WaitingDeliveries
{
    /// <summary>What waits for its next try is due now.</summary>
    public static Task HurryAsync(this TapworkDbContext db, Guid integrationId, DateTimeOffset now, CancellationToken cancel) =>
        db.Deliveries.Where(d => d.IntegrationId == integrationId && d.Status == DeliveryStatus.Retrying && d.NextAttemptAt > now)
            .ExecuteUpdateAsync(d => d.SetProperty(x => x.NextAttemptAt, now), cancel);
}

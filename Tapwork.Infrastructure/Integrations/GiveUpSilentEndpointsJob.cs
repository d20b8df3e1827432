using Microsoft.EntityFrameworkCore;
using Tapwork.Core.Accounts;
using Tapwork.Core.Deliveries;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Integrations;

/// <summary>Switches off the endpoints that have taken nothing for days, though something was waiting for them. What waits is kept, and can go once they are back.</summary>
public sealed class GiveUpSilentEndpointsJob(Database database, ConnectorList connectors, TimeProvider clock)
{
    public static readonly TimeSpan Patience = TimeSpan.FromDays(5);

    public Task RunAsync(CancellationToken cancel) => database.WriteAsync(Actor.System(nameof(GiveUpSilentEndpointsJob)), async db =>
    {
        var before = clock.GetUtcNow() - Patience;
        var keys = connectors.All.Where(c => c.HoldsAtLast).Select(c => c.Key).ToList();
        var silent = await db.Integrations
            .Where(i => i.IsEnabled && keys.Contains(i.ConnectorKey)
                && db.Destinations.Any(s => s.IntegrationId == i.Id && s.FailingSince < before)
                && db.Deliveries.Any(d => d.IntegrationId == i.Id && (d.Status == DeliveryStatus.Pending || d.Status == DeliveryStatus.Retrying)))
            .ToListAsync(cancel);
        foreach (var integration in silent)
            integration.GiveUp("integration.silent");
    }, cancel);
}

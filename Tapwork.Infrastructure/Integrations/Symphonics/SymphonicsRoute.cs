using Tapwork.Core.Deliveries;
using Tapwork.Core.Dossiers;
using Tapwork.Core.Integrations;
using Tapwork.Infrastructure.Dossiers;
using Tapwork.Infrastructure.Events;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Integrations.Symphonics;

/// <summary>Every prepared dossier goes to Symphonics.</summary>
internal sealed class SymphonicsRoute : IRoute
{
    private static readonly HashSet<string> Wanted = [DossierPrepared.Name];

    public string ConnectorKey => SymphonicsConnector.Name;

    public IReadOnlySet<string> Topics => Wanted;

    public async Task<IReadOnlyList<DeliveryOrder>> OrdersAsync(
        TapworkDbContext db, Integration integration, IReadOnlyList<EventRecord> events, CancellationToken cancel)
    {
        var prepared = await db.PreparedAsync(integration.Id, DossierOutcomes.Purpose, events.Select(e => e.Subject), cancel);
        return [.. from happened in events
                   where prepared.ContainsKey(happened.Subject)
                   let dossier = prepared[happened.Subject]
                   select DossierOrders.Order(integration, happened, dossier, DossierOutcomes.Purpose, dossier.Content)];
    }
}

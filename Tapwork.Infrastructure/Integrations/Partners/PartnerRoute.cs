using Tapwork.Core;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Dossiers;
using Tapwork.Core.Integrations;
using Tapwork.Infrastructure.Dossiers;
using Tapwork.Infrastructure.Events;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Integrations.Partners;

/// <summary>Dossiers go to the partners that are subscribed to them, and of each only what the authorisation in force names. Without one none goes, and that is kept.</summary>
internal sealed class PartnerRoute(TimeProvider clock) : IRoute
{
    /// <summary>The moments of a dossier's life at which a partner can be given it.</summary>
    public static readonly IReadOnlySet<string> Moments = new HashSet<string> { DossierPrepared.Name, DossierAccepted.Name, DossierApproved.Name };

    public string ConnectorKey => PartnerConnector.Name;

    public IReadOnlySet<string> Topics => Moments;

    public bool IsOptionalFor(string topic) => true;

    public Task<IReadOnlyList<DeliveryOrder>> OrdersAsync(TapworkDbContext db, Integration integration, IReadOnlyList<EventRecord> events, CancellationToken cancel) =>
        OrdersAsync(db, integration, events, e => Paris.DayOf(e.At), cancel);

    public Task<IReadOnlyList<DeliveryOrder>> OrdersWheneverAsync(TapworkDbContext db, Integration integration, IReadOnlyList<EventRecord> events, CancellationToken cancel) =>
        OrdersAsync(db, integration, events, _ => null, cancel);

    private async Task<IReadOnlyList<DeliveryOrder>> OrdersAsync(
        TapworkDbContext db, Integration integration, IReadOnlyList<EventRecord> events, Func<EventRecord, DateOnly?> dayOf, CancellationToken cancel)
    {
        var subscriptions = await db.SubscriptionsOfAsync(integration.Id, cancel);
        var about = await Subscribed.OfAsync(db, events, cancel);
        var wanted = (from happened in events
                      let wish = subscriptions.FirstOrDefault(s => s.Wants(happened.Topic, about.Of(happened).Record, dayOf(happened)))
                      where wish is not null
                      select (Event: happened, Wish: wish)).ToList();
        if (wanted.Count == 0)
            return [];
        var now = clock.GetUtcNow();
        if (PartnerPermits.SharedOf(await db.AuthorisationsOfAsync(integration.Id, cancel), now) is not { } shared)
        {
            db.Withheld.AddRange(wanted.Select(w => new Withheld
            {
                IntegrationId = integration.Id,
                DossierId = w.Event.Subject,
                EventId = w.Event.Id,
                Rule = PartnerPermits.Missing,
                At = now,
            }));
            return [];
        }
        var prepared = await db.PreparedAsync(integration.Id, DossierOutcomes.PartnerPurpose, wanted.Select(w => w.Event.Subject), cancel);
        return [.. from one in wanted
                   where prepared.ContainsKey(one.Event.Subject)
                   let dossier = prepared[one.Event.Subject]
                   let content = DossierParts.Only(dossier.Content, shared, one.Wish.MaskedFields)
                   select DossierOrders.Order(integration, one.Event, dossier, DossierOutcomes.PartnerPurpose, content) with { IsOnce = true }];
    }
}

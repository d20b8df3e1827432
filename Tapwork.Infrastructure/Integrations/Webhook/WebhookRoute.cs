using Tapwork.Core;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Integrations;
using Tapwork.Infrastructure.Events;
using Tapwork.Infrastructure.Persistence;
using Tapwork.Infrastructure.Webhooks;

namespace Tapwork.Infrastructure.Integrations.Webhook;

/// <summary>Every public event goes to the endpoints that are subscribed to it. How a webhook or a mail fared is told to none.</summary>
internal sealed class WebhookRoute : IRoute
{
    public const string Purpose = "webhook";

    public string ConnectorKey => WebhookConnector.Name;

    public IReadOnlySet<string> Topics => EventCatalogue.Topics;

    public bool IsOptionalFor(string topic) => true;

    public Task<IReadOnlyList<DeliveryOrder>> OrdersAsync(TapworkDbContext db, Integration integration, IReadOnlyList<EventRecord> events, CancellationToken cancel) =>
        OrdersAsync(db, integration, events, e => Paris.DayOf(e.At), cancel);

    public Task<IReadOnlyList<DeliveryOrder>> OrdersWheneverAsync(TapworkDbContext db, Integration integration, IReadOnlyList<EventRecord> events, CancellationToken cancel) =>
        OrdersAsync(db, integration, events, _ => null, cancel);

    private static async Task<IReadOnlyList<DeliveryOrder>> OrdersAsync(
        TapworkDbContext db, Integration integration, IReadOnlyList<EventRecord> events, Func<EventRecord, DateOnly?> dayOf, CancellationToken cancel)
    {
        var subscriptions = await db.SubscriptionsOfAsync(integration.Id, cancel);
        var asked = events.Where(e => subscriptions.Any(s => s.Topics.Contains(e.Topic))).ToList();
        if (asked.Count == 0)
            return [];
        var about = await Subscribed.OfAsync(db, asked, cancel);
        return [.. from happened in asked
                   let subject = about.Of(happened)
                   where subject.IsOurs && subscriptions.Any(s => s.Wants(happened.Topic, subject.Record, dayOf(happened)))
                   select Order(integration, happened, subject)];
    }

    private static DeliveryOrder Order(Integration integration, EventRecord happened, SubscribedEvent subject) => new(
        integration.Id, happened.Id, Purpose, happened.Topic, happened.Subject,
        EventMessage.Of(happened.Topic, happened.At, happened.Subject, happened.Json, subject.Record?.Reference, subject.ExternalId).ToJson(),
        $"msg_{happened.Id}_{integration.Id:n}", subject.Record?.InterventionId.ToString() ?? happened.Subject.ToString(), happened.CorrelationId,
        new DeliverySearch(subject.Record?.Reference, null, null, null, subject.ExternalId));
}

using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Integrations;
using Tapwork.Infrastructure.Events;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Integrations;

/// <summary>What events are about, in the terms of subscriptions.</summary>
internal sealed class Subscribed
{
    private readonly Dictionary<Guid, SubscribedRecord> _interventions;
    private readonly Dictionary<Guid, (Guid Intervention, string ExternalId)> _dossiers;
    private readonly Dictionary<long, (Guid Dossier, bool IsOurs)> _deliveries;

    private Subscribed(
        Dictionary<Guid, SubscribedRecord> interventions, Dictionary<Guid, (Guid, string)> dossiers, Dictionary<long, (Guid, bool)> deliveries) =>
        (_interventions, _dossiers, _deliveries) = (interventions, dossiers, deliveries);

    public static async Task<Subscribed> OfAsync(TapworkDbContext db, IReadOnlyList<EventRecord> events, CancellationToken cancel)
    {
        var deliveryIds = events.Select(DeliveryIdOf).OfType<long>().Distinct().ToList();
        var deliveries = await db.Deliveries.Where(d => deliveryIds.Contains(d.Id))
            .ToDictionaryAsync(d => d.Id, d => (d.Subject, Delivery.DossierPurposes.Contains(d.Purpose)), cancel);
        var subjects = events.Select(e => e.Subject).Concat(deliveries.Values.Select(d => d.Subject)).Distinct().ToList();
        var dossiers = await db.Dossiers.Where(d => subjects.Contains(d.Id)).ToDictionaryAsync(d => d.Id, d => (d.InterventionId, d.ExternalId), cancel);
        var ids = subjects.Concat(dossiers.Values.Select(d => d.InterventionId)).Distinct().ToList();
        var interventions = await db.Interventions.Where(i => ids.Contains(i.Id))
            .Select(i => new SubscribedRecord(i.Id, i.Reference, i.CompanyId, i.OperationCode, i.PostalCode, i.Status)).ToDictionaryAsync(i => i.InterventionId, cancel);
        return new Subscribed(interventions, dossiers, deliveries);
    }

    public SubscribedEvent Of(EventRecord happened)
    {
        var isOurs = DeliveryIdOf(happened) is not { } id || _deliveries.GetValueOrDefault(id).IsOurs;
        return _dossiers.TryGetValue(happened.Subject, out var dossier)
            ? new SubscribedEvent(_interventions.GetValueOrDefault(dossier.Intervention), dossier.ExternalId, isOurs)
            : new SubscribedEvent(_interventions.GetValueOrDefault(happened.Subject), null, isOurs);
    }

    private static long? DeliveryIdOf(EventRecord happened) =>
        happened.Topic.StartsWith(DeliveryEvent.Prefix, StringComparison.Ordinal) && JsonDocument.Parse(happened.Json) is var json
        && json.RootElement.TryGetProperty("deliveryId", out var id) ? id.GetInt64() : null;
}

/// <param name="Record">The intervention; null when it is about none.</param>
/// <param name="ExternalId">Of the dossier it is about.</param>
/// <param name="IsOurs">Whether it may be told: an event of a webhook's or a mail's own delivery may not.</param>
internal sealed record SubscribedEvent(SubscribedRecord? Record, string? ExternalId, bool IsOurs);

internal static class SubscriptionReading
{
    /// <summary>The oldest first: of two that want the same, it decides what is masked. Ordered here, because SQL Server orders a Guid by its last bytes first.</summary>
    public static async Task<List<Subscription>> SubscriptionsOfAsync(this TapworkDbContext db, Guid integrationId, CancellationToken cancel) =>
        [.. (await db.Subscriptions.AsNoTracking().Where(s => s.IntegrationId == integrationId).ToListAsync(cancel)).OrderBy(s => s.Id)];

    /// <summary>The latest first.</summary>
    public static Task<List<Authorisation>> AuthorisationsOfAsync(this TapworkDbContext db, Guid integrationId, CancellationToken cancel) =>
        db.Authorisations.AsNoTracking().Where(a => a.IntegrationId == integrationId).OrderByDescending(a => a.GrantedAt).ToListAsync(cancel);
}

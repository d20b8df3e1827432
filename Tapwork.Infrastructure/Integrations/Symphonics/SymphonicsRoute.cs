using Microsoft.EntityFrameworkCore;
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
        var ids = events.Select(e => e.Subject).ToList();
        var prepared = await db.Dossiers.Where(d => ids.Contains(d.Id))
            .Join(db.Interventions, d => d.InterventionId, i => i.Id, (d, i) => new Prepared(
                d.Id, d.ExternalId, d.Content, i.Id, i.Reference, d.Replaces == null ? null : db.Deliveries
                    .Where(x => x.Subject == d.Replaces && x.IntegrationId == integration.Id && x.Purpose == DossierOutcomes.Purpose)
                    .Max(x => (long?)x.Id)))
            .ToDictionaryAsync(p => p.Id, cancel);
        return [.. events.Where(e => prepared.ContainsKey(e.Subject)).Select(e => Order(integration, e, prepared[e.Subject]))];
    }

    private static DeliveryOrder Order(Integration integration, EventRecord happened, Prepared dossier) => new(
        integration.Id, happened.Id, DossierOutcomes.Purpose, happened.Topic, dossier.Id, DossierBody.Payload(dossier.ExternalId, dossier.Content),
        dossier.ExternalId, dossier.InterventionId.ToString(), happened.CorrelationId, Search(dossier), dossier.ReplacesId);

    private static DeliverySearch Search(Prepared dossier)
    {
        var head = System.Text.Json.JsonSerializer.Deserialize(dossier.Content, Wire.Default.DossierHead);
        return new DeliverySearch(
            dossier.Reference,
            Cut(SearchToken.Fold($"{head?.Customer.LastName} {head?.Customer.FirstName}")),
            head?.Installation.Pdl,
            head?.Customer.Email.ToLowerInvariant(),
            dossier.ExternalId);
    }

    // Folding may lengthen a name (œ).
    private static string Cut(string name) => name.Length > 210 ? name[..210] : name;

    private sealed record Prepared(Guid Id, string ExternalId, string Content, Guid InterventionId, string Reference, long? ReplacesId);
}

using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.EntityFrameworkCore;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Integrations;
using Tapwork.Infrastructure.Events;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Dossiers;

/// <summary>A prepared dossier and what its delivery is found by.</summary>
/// <param name="ReplacesId">The delivery to the same destination that this one takes the place of.</param>
internal sealed record PreparedDossier(Guid Id, string ExternalId, string Content, Guid InterventionId, string Reference, long? ReplacesId);

/// <summary>Makes orders of prepared dossiers, for every destination that takes them.</summary>
internal static class DossierOrders
{
    public static Task<Dictionary<Guid, PreparedDossier>> PreparedAsync(
        this TapworkDbContext db, Guid integrationId, string purpose, IEnumerable<Guid> dossiers, CancellationToken cancel)
    {
        var ids = dossiers.ToList();
        return db.Dossiers.Where(d => ids.Contains(d.Id))
            .Join(db.Interventions, d => d.InterventionId, i => i.Id, (d, i) => new PreparedDossier(
                d.Id, d.ExternalId, d.Content, i.Id, i.Reference, d.Replaces == null ? null : db.Deliveries
                    .Where(x => x.Subject == d.Replaces && x.IntegrationId == integrationId && x.Purpose == purpose)
                    .Max(x => (long?)x.Id)))
            .ToDictionaryAsync(p => p.Id, cancel);
    }

    /// <param name="content">What of the dossier is sent.</param>
    public static DeliveryOrder Order(Integration integration, EventRecord happened, PreparedDossier dossier, string purpose, string content) => new(
        integration.Id, happened.Id, purpose, happened.Topic, dossier.Id, DossierBody.Payload(dossier.ExternalId, content),
        dossier.ExternalId, dossier.InterventionId.ToString(), happened.CorrelationId, Search(dossier), dossier.ReplacesId);

    private static DeliverySearch Search(PreparedDossier dossier)
    {
        var head = JsonSerializer.Deserialize(dossier.Content, DossierJson.Default.DossierHead);
        return new DeliverySearch(
            dossier.Reference, Cut(SearchToken.Fold($"{head?.Customer.LastName} {head?.Customer.FirstName}")), head?.Installation.Pdl,
            head?.Customer.Email.ToLowerInvariant(), dossier.ExternalId);
    }

    // Folding may lengthen a name (œ).
    private static string Cut(string name) => name.Length > 210 ? name[..210] : name;
}

/// <summary>What a delivery is found by, read from the head of a dossier's content.</summary>
internal sealed record DossierHead(DossierHead.Person Customer, DossierHead.Place Installation)
{
    internal sealed record Person(string FirstName, string LastName, string Email);

    internal sealed record Place(string? Pdl);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(DossierHead))]
internal sealed partial class DossierJson : JsonSerializerContext;

using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.EntityFrameworkCore;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Integrations;
using Tapwork.Infrastructure.Events;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Dossiers;

/// <summary>A prepared dossier and what its delivery is found by.</summary>
/// <param name="ReplacesId">The latest delivery of an older revision to the same destination.</param>
/// <param name="SupersededBy">The dossier of a newer revision that the destination has a delivery of.</param>
internal sealed record PreparedDossier(
    Guid Id, string ExternalId, string Content, Guid InterventionId, int Revision, string Reference, long? ReplacesId, Guid? SupersededBy);

/// <summary>Makes orders of prepared dossiers, for every destination that takes them.</summary>
internal static class DossierOrders
{
    public static Task<Dictionary<Guid, PreparedDossier>> PreparedAsync(
        this TapworkDbContext db, Guid integrationId, string purpose, IEnumerable<Guid> dossiers, CancellationToken cancel)
    {
        var ids = dossiers.ToList();
        return db.Dossiers.Where(d => ids.Contains(d.Id))
            .Join(db.Interventions, d => d.InterventionId, i => i.Id, (d, i) => new PreparedDossier(
                d.Id, d.ExternalId, d.Content, i.Id, d.Revision, i.Reference,
                d.Replaces == null ? null : db.Dossiers.Where(o => o.InterventionId == d.InterventionId && o.Revision < d.Revision)
                    .Join(db.Deliveries.Where(x => x.IntegrationId == integrationId && x.Purpose == purpose), o => o.Id, x => x.Subject, (o, x) => (long?)x.Id).Max(),
                db.Dossiers.Where(n => n.InterventionId == d.InterventionId && n.Revision > d.Revision
                        && db.Deliveries.Any(x => x.Subject == n.Id && x.IntegrationId == integrationId && x.Purpose == purpose))
                    .OrderByDescending(n => n.Revision).Select(n => (Guid?)n.Id).FirstOrDefault()))
            .ToDictionaryAsync(p => p.Id, cancel);
    }

    /// <param name="content">What of the dossier is sent.</param>
    public static DeliveryOrder Order(Integration integration, EventRecord happened, PreparedDossier dossier, string purpose, string content) => new(
        integration.Id, happened.Id, purpose, happened.Topic, dossier.Id, DossierBody.Payload(dossier.ExternalId, content),
        dossier.ExternalId, dossier.InterventionId.ToString(), happened.CorrelationId, Search(dossier), dossier.ReplacesId,
        Revision: dossier.Revision, SupersededBy: dossier.SupersededBy);

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

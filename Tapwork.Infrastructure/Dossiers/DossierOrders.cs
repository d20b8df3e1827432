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
    public static async Task<Dictionary<Guid, PreparedDossier>> PreparedAsync(
        this TapworkDbContext db, Guid integrationId, string purpose, IEnumerable<Guid> dossiers, CancellationToken cancel)
    {
        var ids = dossiers.ToList();
        var prepared = await db.Dossiers.Where(d => ids.Contains(d.Id))
            .Join(db.Interventions, d => d.InterventionId, i => i.Id, (d, i) => new { d.Id, d.ExternalId, d.Content, InterventionId = i.Id, d.Revision, i.Reference, d.Replaces })
            .ToListAsync(cancel);
        var sent = await SentRevisionsAsync(db, integrationId, purpose, [.. prepared.Select(d => d.InterventionId)], cancel);
        return prepared.ToDictionary(d => d.Id, d => new PreparedDossier(
            d.Id, d.ExternalId, d.Content, d.InterventionId, d.Revision, d.Reference,
            d.Replaces is null ? null : sent[d.InterventionId].Where(o => o.Revision < d.Revision).Max(o => (long?)o.DeliveryId),
            sent[d.InterventionId].Where(n => n.Revision > d.Revision).MaxBy(n => n.Revision)?.DossierId));
    }

    // One statement would look through all deliveries for each dossier. Nearly all have one revision, and are done after the first of two.
    private static async Task<ILookup<Guid, SentRevision>> SentRevisionsAsync(
        TapworkDbContext db, Guid integrationId, string purpose, IReadOnlyCollection<Guid> interventions, CancellationToken cancel)
    {
        var revisions = await db.Dossiers.Where(d => interventions.Contains(d.InterventionId)).Select(d => new { d.Id, d.InterventionId, d.Revision }).ToListAsync(cancel);
        var revised = revisions.GroupBy(d => d.InterventionId).Where(g => g.Skip(1).Any()).SelectMany(g => g).ToDictionary(d => d.Id);
        var deliveries = revised.Count == 0 ? [] : await db.Deliveries
            .Where(d => revised.Keys.Contains(d.Subject) && d.IntegrationId == integrationId && d.Purpose == purpose).Select(d => new { d.Id, d.Subject }).ToListAsync(cancel);
        return deliveries.ToLookup(d => revised[d.Subject].InterventionId, d => new SentRevision(d.Subject, revised[d.Subject].Revision, d.Id));
    }

    private sealed record SentRevision(Guid DossierId, int Revision, long DeliveryId);

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

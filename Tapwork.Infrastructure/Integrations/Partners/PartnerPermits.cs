using Microsoft.EntityFrameworkCore;
using Tapwork.Core.Accounts;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Integrations;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Integrations.Partners;

/// <summary>Asks once more when a dossier goes out, maybe days after it was made or at a person's replay, whether it may still be given as it is.</summary>
internal sealed class PartnerPermits(Database database, TimeProvider clock)
{
    /// <summary>By this a dossier is withheld.</summary>
    public const string Missing = "authorisation.missing";

    private static readonly IReadOnlyList<DossierPart> Everything = Enum.GetValues<DossierPart>();

    /// <summary>Whether the authorisations in force share every part that is in the delivery. If not, that it was withheld is kept.</summary>
    public async Task<bool> AllowsAsync(Integration integration, Delivery delivery, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        await using (var db = database.Open(Actor.System("partner")))
        {
            var shared = SharedOf(await db.AuthorisationsOfAsync(integration.Id, cancel), now);
            if (shared is not null && DossierParts.Only(delivery.Payload, shared, []) == DossierParts.Only(delivery.Payload, Everything, []))
                return true;
        }
        await database.WriteAsync(Actor.System("partner", delivery.CorrelationId), async db =>
        {
            if (!await db.Withheld.AnyAsync(w => w.IntegrationId == integration.Id && w.EventId == delivery.EventId, cancel))
                db.Withheld.Add(new Withheld { IntegrationId = integration.Id, DossierId = delivery.Subject, EventId = delivery.EventId, Rule = Missing, At = now });
        }, cancel);
        return false;
    }

    /// <summary>What those in force share together; null when none is.</summary>
    public static IReadOnlySet<DossierPart>? SharedOf(IEnumerable<Authorisation> authorisations, DateTimeOffset now)
    {
        var inForce = authorisations.Where(a => a.IsInForce(now)).ToList();
        return inForce.Count == 0 ? null : inForce.SelectMany(a => a.Shares).ToHashSet();
    }
}

using Tapwork.Core.Accounts;
using Tapwork.Core.Documents;
using Tapwork.Core.Dossiers;
using Tapwork.Core.Interventions;
using Tapwork.Infrastructure.Dossiers;
using Tapwork.Infrastructure.Sandbox;

namespace Tapwork.Benchmarks;

/// <summary>Dossiers without a database behind them.</summary>
internal static class Submissions
{
    private static readonly string Link = "https://tapwork.example/files/" + new string('x', 75);

    private static readonly DemoEvidence Evidence = new(
        Enum.GetValues<PhotoKind>().ToDictionary(kind => kind, kind => new FileRef(new string('a', 63) + (int)kind, 40_000, "image/png", $"{kind}.png")),
        new FileRef(new string('b', 64), 1000, "application/pdf", "facture-signee.pdf"),
        new FileRef(new string('c', 64), 1000, "application/pdf", "contrat-symphonics.pdf"));

    /// <summary>As they go over the wire, under external ids nobody has seen yet.</summary>
    public static IEnumerable<Submission> Made(int count) => Of(Payloads(count));

    /// <summary>As they go over the wire.</summary>
    public static IEnumerable<Submission> Of(IEnumerable<(string ExternalId, string Payload)> payloads) =>
        payloads.Select(p => new Submission(p.ExternalId, DossierBody.WithLinks(p.Payload, _ => Link).Body));

    /// <summary>As deliveries keep them.</summary>
    public static IEnumerable<(string ExternalId, string Payload)> Payloads(int count)
    {
        var now = TimeProvider.System.GetUtcNow();
        var office = Actor.System("bench");
        var faker = new Bogus.Faker("fr") { Random = new Bogus.Randomizer(20261124) };
        for (var number = 0; number < count; number++)
        {
            var intervention = Intervention.Enter($"INT-2026-{number + 1:000000}", Guid.CreateVersion7(), DemoWork.Some(faker, number % 100, now), needsQuote: false, office, now);
            DemoWork.Bring(intervention, InterventionStatus.InvoiceSent, office, Evidence, now);
            var externalId = $"{Guid.CreateVersion7()}-r1";
            yield return (externalId, DossierBody.Payload(externalId, DossierContent.Of(intervention, "Régulation", "Éco-Chaleur Lyon").ToJson()));
        }
    }
}

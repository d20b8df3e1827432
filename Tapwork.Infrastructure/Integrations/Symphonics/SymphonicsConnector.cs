using System.Resources;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Dossiers;
using Tapwork.Core.Integrations;
using Tapwork.Infrastructure.Documents;
using Tapwork.Infrastructure.Dossiers;

namespace Tapwork.Infrastructure.Integrations.Symphonics;

/// <summary>Submits dossiers to Symphonics.</summary>
internal sealed class SymphonicsConnector(SymphonicsCalls calls, FileLinks links) : IConnector
{
    public const string Name = "symphonics";

    // Asked about when a 403 leaves open whether this dossier or everything is forbidden.
    private const string HarmlessQuestion = "validation/user/probe%40tapwork.invalid";

    public ConnectorDescriptor Descriptor { get; } = new(
        Name, typeof(SymphonicsSettings), new IntegrationPace("5s 30s 2m 10m 1h 3h 8h 24h", 30, 8, false, new RateLimit(100, 20, 5000, 500)),
        new ResourceManager(typeof(SymphonicsConnector)))
    {
        IsSingle = true,
        Features = ["submission", "pdl", "account", "news"],
        Causes = [DossierAccepted.Name, DossierRefused.Name, DossierApproved.Name, DossierRejected.Name, "dossier.status_heard"],
        Sends = typeof(SentDossier),
        Receives = typeof(WebhookBody),
    };

    /// <summary>A known <c>external_id</c> is answered 409 and makes no second one.</summary>
    public bool IsIdempotent => true;

    public async Task<SendResult> SendAsync(Integration integration, Delivery delivery, CancellationToken cancel)
    {
        var (body, masked) = DossierBody.WithLinks(delivery.Payload, links.LinkTo);
        var answer = await calls.CallAsync(integration, new SymphonicsCall(HttpMethod.Post, static s => s.Interventions)
        {
            Route = "crm/interventions",
            Body = body,
            MaskedBody = masked,
            IdempotencyKey = delivery.IdempotencyKey,
            IsPrepaid = true,
        }, cancel);
        return answer switch
        {
            { Fault: { } fault } => new SendResult(fault, answer.ToExchange()),
            { Status: 409 } => await AskAboutAsync(integration, delivery, answer, SymphonicsErrors.Read(answer.Body).KnownId, cancel),
            { Status: 403 } => await JudgeForbiddenAsync(integration, answer, cancel),
            { Status: >= 200 and < 300 } when InterventionAnswer.Read(answer.Body) is { Id: { } id, ExternalId: { } known } && known != delivery.IdempotencyKey =>
                await AskAboutAsync(integration, delivery, answer, id, cancel),
            _ => new SendResult(SymphonicsVerdict.Of(answer), answer.ToExchange()),
        };
    }

    /// <summary>Asks by the partner's id whether it stands there under our external id.</summary>
    public async Task<bool?> HoldsAsync(Integration integration, Delivery delivery, CancellationToken cancel)
    {
        if (delivery.PartnerId is not { Length: > 0 } partnerId)
            return null;
        var answer = await FindAsync(integration, partnerId, cancel);
        return answer switch
        {
            { Fault: not null } => null,
            { Status: 404 } => false,
            { Status: 200 } when InterventionAnswer.Read(answer.Body) is { ExternalId: { } known } => known == delivery.IdempotencyKey,
            _ => null,
        };
    }

    public Uri? AddressOf(Integration integration) => calls.SettingsOf(integration)?.Interventions;

    public async Task<Probe> ProbeAsync(Integration integration, CancellationToken cancel)
    {
        var answer = await calls.CallAsync(integration, new SymphonicsCall(HttpMethod.Get, static s => s.At(HarmlessQuestion)) { Route = "validation/user/{email}", For = CallFor.Person }, cancel);
        // That the account asked about does not exist is a good answer.
        return answer is { Fault: null, Status: 404 or (>= 200 and < 300) } ? new Probe(true, true, $"HTTP {answer.Status}") : Probe.Of(SymphonicsVerdict.Of(answer));
    }

    /// <summary>Hands further documents in to a dossier Symphonics has.</summary>
    public async Task<SendResult> AddDocumentsAsync(
        Integration integration, string partnerId, IReadOnlyList<(string Type, string Name, string Sha256)> documents, CancellationToken cancel)
    {
        var patch = new DocumentsPatch([.. documents.Select(d => new WireDocument(d.Type, d.Name, links.LinkTo(d.Sha256), d.Sha256))]);
        var body = System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(patch, Wire.Default.DocumentsPatch);
        var answer = await calls.CallAsync(integration, new SymphonicsCall(HttpMethod.Patch, s => s.At($"crm/interventions/{Uri.EscapeDataString(partnerId)}"))
        {
            Route = "crm/interventions/{id}",
            Body = body,
            MaskedBody = Masking.Mask(System.Text.Encoding.UTF8.GetString(body)),
        }, cancel);
        var outcome = answer is { Fault: null, Status: 200 or 204 }
            ? new DeliveryOutcome.Accepted(partnerId)
            : SymphonicsVerdict.Of(answer);
        return new SendResult(outcome, answer.ToExchange());
    }

    // Another dossier of the same delivery point may be what is known: only what stands there under our external id is ours.
    private async Task<SendResult> AskAboutAsync(Integration integration, Delivery delivery, SymphonicsAnswer answer, string? id, CancellationToken cancel)
    {
        if (id is null)
            return new SendResult(ConflictVerdict.Nameless(SymphonicsVerdict.ReasonOf(answer)), answer.ToExchange());
        var found = await FindAsync(integration, id, cancel);
        var outcome = found.Fault ?? ConflictVerdict.Of(delivery.IdempotencyKey, found.Http!, SymphonicsVerdict.ReasonOf(found), id);
        return new SendResult(outcome, HttpTranscript.Join(answer.ToExchange(), found.ToExchange()));
    }

    private async Task<SendResult> JudgeForbiddenAsync(Integration integration, SymphonicsAnswer answer, CancellationToken cancel)
    {
        var test = await calls.CallAsync(integration, new SymphonicsCall(HttpMethod.Get, static s => s.At(HarmlessQuestion)) { Route = "validation/user/{email}" }, cancel);
        DeliveryOutcome outcome = test switch
        {
            { Fault: { } fault } => fault,
            { Status: 401 or 403 } => new DeliveryOutcome.Misconfigured($"everything is forbidden: {SymphonicsVerdict.ReasonOf(answer)}"),
            { Status: 408 or 425 or 429 or >= 500 } => SymphonicsVerdict.Of(test),
            _ => SymphonicsVerdict.Of(answer),
        };
        return new SendResult(outcome, HttpTranscript.Join(answer.ToExchange(), test.ToExchange()));
    }

    private Task<SymphonicsAnswer> FindAsync(Integration integration, string partnerId, CancellationToken cancel) =>
        calls.CallAsync(integration, new SymphonicsCall(HttpMethod.Get, s => s.At($"crm/interventions/{Uri.EscapeDataString(partnerId)}")) { Route = "crm/interventions/{id}" }, cancel);
}

using System.Resources;
using Tapwork.Core;
using Tapwork.Core.Accounts;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Dossiers;
using Tapwork.Core.Integrations;
using Tapwork.Infrastructure.Documents;
using Tapwork.Infrastructure.Dossiers;
using Tapwork.Infrastructure.Integrations.Symphonics;

namespace Tapwork.Infrastructure.Integrations.Partners;

/// <summary>Gives dossiers to a partner, in the form Symphonics takes them: what it answers is read in the same way.</summary>
internal sealed class PartnerConnector(
    OutgoingHttp http, ClientTokens tokens, DestinationBudget budget, PartnerPermits permits, SettingsProtection protection, FileLinks links) : IConnector
{
    public const string Name = "partner";

    private static readonly TimeSpan BudgetPatience = TimeSpan.FromSeconds(10);
    private static readonly Exchange NoExchange = new(null, null, null);

    public ConnectorDescriptor Descriptor { get; } = new(
        Name, typeof(PartnerSettings), new IntegrationPace("5s 30s 2m 10m 1h 3h 8h 24h", 30, 4, false, new RateLimit(60, 10, 0, 0)), new ResourceManager(typeof(PartnerConnector)))
    {
        Offer = Offer.Dossiers,
        Topics = PartnerRoute.Moments,
        Features = ["dossiers", "news"],
        Sends = typeof(SentDossier),
        Receives = typeof(PartnerMessage),
        Generated = new Dictionary<string, Func<string>> { [nameof(PartnerSettings.WebhookSecret)] = Webhooks.StandardWebhook.NewSecret },
    };

    /// <summary>A known <c>external_id</c> is answered 409 and makes no second one.</summary>
    public bool IsIdempotent => true;

    public async Task<SendResult> SendAsync(Integration integration, Delivery delivery, CancellationToken cancel)
    {
        if (!await permits.AllowsAsync(integration, delivery, cancel))
            return new SendResult(new DeliveryOutcome.Withheld(PartnerPermits.Missing), NoExchange);
        var (body, masked) = DossierBody.WithLinks(delivery.Payload, links.LinkTo);
        var (answer, exchange, fault) = await CallAsync(integration, HttpMethod.Post, s => s.Dossiers, new Sent(body, masked, delivery.IdempotencyKey), CallFor.Queue, cancel);
        return fault is not null ? new SendResult(fault, exchange)
            : answer!.Status == 403 ? await JudgeForbiddenAsync(integration, answer, exchange, cancel)
            : answer.Status == 409 || IsAboutAnother(delivery, answer) ? await AskAsync(integration, delivery, exchange, cancel)
            : new SendResult(Judge(answer, Settings(integration)!), exchange);
    }

    /// <summary>Asks by our external id whether it stands there.</summary>
    public async Task<bool?> HoldsAsync(Integration integration, Delivery delivery, CancellationToken cancel)
    {
        var (answer, _, _) = await FindAsync(integration, delivery, cancel);
        return answer switch
        {
            { Status: 200 } when InterventionAnswer.Read(answer.Body) is { ExternalId: { } known } => known == delivery.IdempotencyKey,
            { Status: 404 } => false,
            _ => null,
        };
    }

    public Uri? AddressOf(Integration integration) => Settings(integration)?.Dossiers;

    /// <summary>Asks for a dossier that cannot exist.</summary>
    public async Task<Probe> ProbeAsync(Integration integration, CancellationToken cancel)
    {
        var (answer, _, fault) = await CallAsync(integration, HttpMethod.Get, Probing, null, CallFor.Person, cancel);
        return answer?.Status is 404 or (>= 200 and < 300) ? new Probe(true, true, $"HTTP {answer.Status}")
            : answer?.Status == 403 ? new Probe(false, false, "HTTP 403")
            : Probe.Of(fault ?? Judge(answer!, Settings(integration)!));
    }

    private async Task<(HttpAnswer? Answer, Exchange Exchange, DeliveryOutcome? Fault)> CallAsync(
        Integration integration, HttpMethod method, Func<PartnerSettings, Uri> to, Sent? sent, CallFor whom, CancellationToken cancel)
    {
        if (Settings(integration) is not { } settings)
            return (null, NoExchange, new DeliveryOutcome.Misconfigured("the settings are incomplete"));
        var token = settings.Credential == PartnerCredential.OAuth2 ? await tokens.GetAsync(integration, settings.Client, whom, cancel) : null;
        if (token?.Outcome is { } outcome)
            return (null, NoExchange, outcome);
        // The call of a delivery was counted when it was claimed; every other is a further one.
        if (sent is null && await PayAsync(integration, whom, cancel) is { } broke)
            return (null, NoExchange, broke);
        var (answer, exchange) = await OnceAsync(integration, settings, method, to(settings), sent, token, cancel);
        if (answer.Status == 401 && token is not null)
        {
            if (await PayAsync(integration, whom, cancel) is { } spent)
                return (null, exchange, spent);
            token = await tokens.RenewAsync(integration, settings.Client, token, whom, cancel);
            if (token.Outcome is { } second)
                return (null, exchange, second);
            (answer, exchange) = await OnceAsync(integration, settings, method, to(settings), sent, token, cancel);
        }
        return (answer, exchange, HttpVerdict.OfFault(answer));
    }

    private async Task<(HttpAnswer Answer, Exchange Exchange)> OnceAsync(
        Integration integration, PartnerSettings settings, HttpMethod method, Uri to, Sent? sent, AccessToken? token, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(method, to);
        request.Options.Set(OutgoingHttp.Route, sent is null ? "dossiers/{external_id}" : "dossiers");
        request.Headers.TryAddWithoutValidation("User-Agent", "Tapwork/1");
        settings.SignIn(request.Headers);
        if (token is not null)
            request.Headers.Authorization = token.Header;
        if (sent is not null)
        {
            request.Headers.TryAddWithoutValidation("Idempotency-Key", sent.Key);
            request.Content = new OutgoingContent(sent.Body);
        }
        var answer = await http.SendAsync(integration.Id, request, cancel);
        (string, string)[] headers = [(settings.Credential == PartnerCredential.ApiKey ? settings.ApiKeyHeader! : "Authorization", Masking.Mark), .. sent is null ? [] : new[] { ("Idempotency-Key", sent.Key) }];
        return (answer, HttpTranscript.Of($"{method} {to.AbsoluteUri}", headers, sent?.Masked, answer, text => Masking.Mask(text, [token?.Header?.Parameter, .. settings.SecretForms])));
    }

    private async Task<DeliveryOutcome?> PayAsync(Integration integration, CallFor whom, CancellationToken cancel) =>
        await budget.TakeAsync(integration, whom, Actor.System(Name), BudgetPatience, cancel) is { } wait
            ? new DeliveryOutcome.TryLater("no call left for now", wait, FaultClass.Rate, false) : null;

    // Another dossier may be what is known: only what stands there under our external id is ours.
    private async Task<SendResult> AskAsync(Integration integration, Delivery delivery, Exchange sent, CancellationToken cancel)
    {
        var (answer, exchange, fault) = await FindAsync(integration, delivery, cancel);
        var outcome = fault ?? ConflictVerdict.Of(delivery.IdempotencyKey, answer!, ReasonOf(answer!, Settings(integration)!), null);
        return new SendResult(outcome, HttpTranscript.Join(sent, exchange));
    }

    // Whether this dossier or everything is forbidden, a harmless question tells.
    private async Task<SendResult> JudgeForbiddenAsync(Integration integration, HttpAnswer answer, Exchange sent, CancellationToken cancel)
    {
        var (test, exchange, fault) = await CallAsync(integration, HttpMethod.Get, Probing, null, CallFor.Queue, cancel);
        var outcome = fault ?? (test!.Status switch
        {
            401 or 403 => new DeliveryOutcome.Misconfigured("everything is forbidden: HTTP 403"),
            408 or 425 or 429 or >= 500 => Judge(test, Settings(integration)!),
            _ => Judge(answer, Settings(integration)!),
        });
        return new SendResult(outcome, HttpTranscript.Join(sent, exchange));
    }

    private Task<(HttpAnswer? Answer, Exchange Exchange, DeliveryOutcome? Fault)> FindAsync(Integration integration, Delivery delivery, CancellationToken cancel) =>
        CallAsync(integration, HttpMethod.Get, s => s.At($"dossiers/{Uri.EscapeDataString(delivery.IdempotencyKey)}"), null, CallFor.Queue, cancel);

    // No dossier can bear this name: who signs in rightly is told so.
    private static Uri Probing(PartnerSettings settings) => settings.At("dossiers/tapwork-probe");

    private static bool IsAboutAnother(Delivery delivery, HttpAnswer answer) =>
        answer.Status is >= 200 and < 300 && InterventionAnswer.Read(answer.Body) is { ExternalId: { } known } && known != delivery.IdempotencyKey;

    private static DeliveryOutcome Judge(HttpAnswer answer, PartnerSettings settings)
    {
        var reason = ReasonOf(answer, settings);
        return answer.Status switch
        {
            >= 200 and < 300 => Accepted(answer),
            _ => HttpVerdict.Of(answer.Status, answer.RetryAfter, reason) ?? new DeliveryOutcome.Refused(
                Field.Storable(reason, 1000),
                [.. SymphonicsErrors.Read(answer.Body).Fields.Select(f => new FieldError(Field.Storable(f.Field, 200), Field.Storable(Masking.Mask(f.Message, settings.SecretForms), 1000))).Take(100)]),
        };
    }

    // A partner need not give an id; but a page that is no JSON (a proxy's, for maintenance) is not the partner's word.
    private static DeliveryOutcome Accepted(HttpAnswer answer) =>
        InterventionAnswer.Read(answer.Body) is { } read ? new DeliveryOutcome.Accepted(read.Id)
        : answer.Body.Length == 0 ? new DeliveryOutcome.Accepted(null)
        : new DeliveryOutcome.TryLater($"HTTP {answer.Status}, but the answer cannot be read", null, FaultClass.System, MayHaveArrived: true);

    private static string ReasonOf(HttpAnswer answer, PartnerSettings settings) =>
        Masking.Mask(SymphonicsErrors.Read(answer.Body).Reason is { } said ? $"HTTP {answer.Status}: {said}" : $"HTTP {answer.Status}", settings.SecretForms);

    private PartnerSettings? Settings(Integration integration) => protection.Find<PartnerSettings>(integration);

    private sealed record Sent(byte[] Body, string Masked, string Key);
}

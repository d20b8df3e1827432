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
        if (fault is null && answer!.Status == 403)
            return new SendResult(await JudgeForbiddenAsync(integration, answer, cancel), exchange);
        return new SendResult(fault ?? Judge(delivery, answer!, Settings(integration)!), exchange);
    }

    public async Task<bool?> HoldsAsync(Integration integration, Delivery delivery, CancellationToken cancel)
    {
        var (answer, _, _) = await CallAsync(integration, HttpMethod.Get, s => s.At($"dossiers/{Uri.EscapeDataString(delivery.IdempotencyKey)}"), null, CallFor.Queue, cancel);
        return answer?.Status switch
        {
            200 => true,
            404 => false,
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
            : Probe.Of(fault ?? Judge(null, answer!, Settings(integration)!));
    }

    private async Task<(HttpAnswer? Answer, Exchange Exchange, DeliveryOutcome? Fault)> CallAsync(
        Integration integration, HttpMethod method, Func<PartnerSettings, Uri> to, Sent? sent, CallFor whom, CancellationToken cancel)
    {
        if (Settings(integration) is not { } settings)
            return (null, NoExchange, new DeliveryOutcome.Misconfigured("the settings are incomplete"));
        var token = settings.Credential == PartnerCredential.OAuth2 ? await tokens.GetAsync(integration, settings.Client, cancel) : null;
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
            token = await tokens.RenewAsync(integration, settings.Client, token, cancel);
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

    // Whether this dossier or everything is forbidden, a harmless question tells.
    private async Task<DeliveryOutcome> JudgeForbiddenAsync(Integration integration, HttpAnswer answer, CancellationToken cancel)
    {
        var (test, _, fault) = await CallAsync(integration, HttpMethod.Get, Probing, null, CallFor.Person, cancel);
        return fault ?? (test!.Status switch
        {
            401 or 403 => new DeliveryOutcome.Misconfigured("everything is forbidden: HTTP 403"),
            408 or 425 or 429 or >= 500 => Judge(null, test, Settings(integration)!),
            _ => Judge(null, answer, Settings(integration)!),
        });
    }

    // No dossier can bear this name: who signs in rightly is told so.
    private static Uri Probing(PartnerSettings settings) => settings.At("dossiers/tapwork-probe");

    private static DeliveryOutcome Judge(Delivery? delivery, HttpAnswer answer, PartnerSettings settings)
    {
        var said = SymphonicsErrors.Read(answer.Body);
        var reason = Masking.Mask(said.Reason is { } words ? $"HTTP {answer.Status}: {words}" : $"HTTP {answer.Status}", settings.SecretForms);
        return answer.Status switch
        {
            >= 200 and < 300 => new DeliveryOutcome.Accepted(InterventionAnswer.Read(answer.Body)?.Id),
            // Known already: ours if a send was begun before, or if the partner names it.
            409 when delivery?.MayHaveArrivedBefore == true || said.KnownId is not null => new DeliveryOutcome.Accepted(said.KnownId),
            _ => HttpVerdict.Of(answer.Status, answer.RetryAfter, reason) ?? new DeliveryOutcome.Refused(
                Field.Storable(reason, 1000),
                [.. said.Fields.Select(f => new FieldError(Field.Storable(f.Field, 200), Field.Storable(Masking.Mask(f.Message, settings.SecretForms), 1000))).Take(100)]),
        };
    }

    private PartnerSettings? Settings(Integration integration) => protection.Find<PartnerSettings>(integration);

    private sealed record Sent(byte[] Body, string Masked, string Key);
}

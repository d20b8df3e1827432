using System.Resources;
using System.Text;
using System.Text.Json.Nodes;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Integrations;
using Tapwork.Infrastructure.Webhooks;

namespace Tapwork.Infrastructure.Integrations.Webhook;

/// <summary>Posts events to an endpoint, signed. Only 2xx is an answer; the endpoint knows a repeat by <c>webhook-id</c>.</summary>
internal sealed class WebhookConnector(OutgoingHttp http, SettingsProtection protection, TimeProvider clock) : IConnector
{
    public const string Name = "webhook";

    // For who asks for less without saying how long.
    private static readonly TimeSpan SlowDown = TimeSpan.FromSeconds(10);

    public ConnectorDescriptor Descriptor { get; } = new(
        Name, typeof(WebhookSettings), new IntegrationPace("5s 5m 30m 2h 5h 10h 14h 20h 24h", 15, 4, false, RateLimit.None), new ResourceManager(typeof(WebhookConnector)))
    {
        Offer = Offer.Events,
        Topics = EventCatalogue.Topics,
        Features = ["events"],
        HoldsAtLast = true,
        Sends = typeof(EventMessage),
        Generated = new Dictionary<string, Func<string>> { [nameof(WebhookSettings.Secret)] = StandardWebhook.NewSecret },
    };

    public bool IsIdempotent => true;

    public Task<SendResult> SendAsync(Integration integration, Delivery delivery, CancellationToken cancel) =>
        PostAsync(integration, delivery.IdempotencyKey, delivery.Payload, cancel);

    /// <summary>An endpoint cannot be asked.</summary>
    public Task<bool?> HoldsAsync(Integration integration, Delivery delivery, CancellationToken cancel) => Task.FromResult<bool?>(null);

    public Uri? AddressOf(Integration integration) => Settings(integration)?.Endpoint;

    /// <summary>Sends a test event.</summary>
    public async Task<Probe> ProbeAsync(Integration integration, CancellationToken cancel)
    {
        var message = new EventMessage(EventCatalogue.Test, clock.GetUtcNow(), new JsonObject { ["integration"] = integration.Code });
        return Probe.Of((await PostAsync(integration, $"test_{Guid.CreateVersion7():n}", message.ToJson(), cancel)).Outcome);
    }

    private async Task<SendResult> PostAsync(Integration integration, string id, string payload, CancellationToken cancel)
    {
        if (Settings(integration) is not { } settings)
            return new SendResult(new DeliveryOutcome.Misconfigured("the settings are incomplete"), new Exchange(null, null, null));
        var body = Encoding.UTF8.GetBytes(payload);
        var now = clock.GetUtcNow();
        var secrets = settings.SecretsAt(now);
        (string Name, string Value)[] headers =
        [
            (StandardWebhook.IdHeader, id), (StandardWebhook.TimestampHeader, StandardWebhook.TextOf(now)),
            (StandardWebhook.SignatureHeader, StandardWebhook.Sign(id, now, body, secrets)),
        ];
        using var request = new HttpRequestMessage(HttpMethod.Post, settings.Endpoint) { Content = new OutgoingContent(body) };
        request.Headers.TryAddWithoutValidation("User-Agent", "Tapwork/1");
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        if (settings.Header is { } own)
        {
            request.Headers.TryAddWithoutValidation(own.Name, own.Value);
            headers = [.. headers, (own.Name, Masking.Mark)];
        }
        var answer = await http.SendForStatusAsync(integration.Id, request, cancel);
        return new SendResult(Judge(answer), HttpTranscript.Of($"POST {settings.Url}", headers, payload, answer, text => Masking.Mask(text, [.. secrets, .. settings.HeaderForms])));
    }

    private static DeliveryOutcome Judge(HttpAnswer answer) => HttpVerdict.OfFault(answer) ?? answer.Status switch
    {
        >= 200 and < 300 => new DeliveryOutcome.Accepted(null),
        >= 300 and < 400 => new DeliveryOutcome.Misconfigured($"HTTP {answer.Status}: redirects are not followed"),
        410 => new DeliveryOutcome.Gone("HTTP 410: the endpoint wants nothing more"),
        429 => new DeliveryOutcome.TryLater("HTTP 429: asked to slow down", answer.RetryAfter ?? SlowDown, FaultClass.Rate, MayHaveArrived: true),
        // What stands before the endpoint is overwhelmed: its fault, and it is given a rest.
        502 or 504 => new DeliveryOutcome.TryLater($"HTTP {answer.Status}", answer.RetryAfter ?? SlowDown, FaultClass.System, MayHaveArrived: true) { SlowsDown = true },
        _ => new DeliveryOutcome.TryLater($"HTTP {answer.Status}", answer.RetryAfter, FaultClass.System, MayHaveArrived: true),
    };

    private WebhookSettings? Settings(Integration integration) => protection.Find<WebhookSettings>(integration);
}

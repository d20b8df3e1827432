using System.Collections.Concurrent;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Integrations;
using Tapwork.Infrastructure.Integrations;

namespace Tapwork.Tests.Deliveries;

/// <summary>A connector that answers as told (accepted, unless told otherwise) and keeps what it was asked to send.</summary>
public sealed class ToldConnector(bool isIdempotent = true) : IConnector
{
    public const string Name = "told";

    public static readonly DeliveryOutcome Accepted = new DeliveryOutcome.Accepted("P-1");
    public static readonly DeliveryOutcome Down = new DeliveryOutcome.TryLater("503", null, FaultClass.System, MayHaveArrived: false);
    public static readonly DeliveryOutcome Unanswered = new DeliveryOutcome.TryLater("no answer", null, FaultClass.System, MayHaveArrived: true);
    public static readonly DeliveryOutcome Refused = new DeliveryOutcome.Refused("422", []);
    public static readonly DeliveryOutcome Misconfigured = new DeliveryOutcome.Misconfigured("401");

    public ConnectorDescriptor Descriptor { get; init; } = new(Name, typeof(ToldSettings), new IntegrationPace("5s", 30, 4, false, RateLimit.None), null);

    public bool IsIdempotent => isIdempotent;

    public Func<Delivery, DeliveryOutcome> Answer { get; set; } = _ => Accepted;

    /// <summary>What happens while a request is under way.</summary>
    public Func<Delivery, Task>? Meanwhile { get; set; }

    public ConcurrentQueue<Delivery> Sent { get; } = new();

    /// <summary>As what each was sent.</summary>
    public ConcurrentQueue<Integration> SentUnder { get; } = new();

    public IEnumerable<long> SentIds => Sent.Select(d => d.Id);

    public async Task<SendResult> SendAsync(Integration integration, Delivery delivery, CancellationToken cancel)
    {
        Sent.Enqueue(delivery);
        SentUnder.Enqueue(integration);
        if (Meanwhile is not null)
            await Meanwhile(delivery);
        return new SendResult(Answer(delivery), new Exchange("request", "response", 200));
    }

    public Task<bool?> HoldsAsync(Integration integration, Delivery delivery, CancellationToken cancel) => Task.FromResult<bool?>(null);

    public Uri? AddressOf(Integration integration) => null;

    public Task<Probe> ProbeAsync(Integration integration, CancellationToken cancel) => Task.FromResult(new Probe(true, true, "200"));
}

public sealed record ToldSettings;

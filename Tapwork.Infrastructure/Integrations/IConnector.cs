using Tapwork.Core.Deliveries;
using Tapwork.Core.Integrations;

namespace Tapwork.Infrastructure.Integrations;

/// <summary>Speaks to one kind of outside system. It sends once and tells what came back; it never decides about retries.</summary>
public interface IConnector
{
    ConnectorDescriptor Descriptor { get; }

    /// <summary>Whether the far side takes a repeat for what it is. If not, an unanswered send waits for a person.</summary>
    bool IsIdempotent { get; }

    /// <summary>One send. Throws only when cancelled: everything else is an outcome, with what went over the wire, secrets masked.</summary>
    /// <param name="integration">As configured now; not tracked.</param>
    /// <param name="delivery">As claimed; not to be changed.</param>
    /// <param name="cancel">Ends at the integration's timeout (then it is the caller that says so) or when the application stops.</param>
    Task<SendResult> SendAsync(Integration integration, Delivery delivery, CancellationToken cancel);

    /// <summary>Asks whether the partner really has what was delivered; null when it cannot be told.</summary>
    Task<bool?> HoldsAsync(Integration integration, Delivery delivery, CancellationToken cancel);

    /// <summary>Where it is reached; null while its settings cannot be read.</summary>
    Uri? AddressOf(Integration integration);

    /// <summary>SHA-256 of the one certificate it accepts though no known authority signed it; null or empty for none.</summary>
    string? PinnedCertificateOf(Integration integration) => null;

    /// <summary>One real, harmless call, to see whether the settings are right.</summary>
    Task<Probe> ProbeAsync(Integration integration, CancellationToken cancel);
}

/// <summary>What came of one send.</summary>
public sealed record SendResult(DeliveryOutcome Outcome, Exchange Exchange);

/// <summary>What a harmless call showed.</summary>
/// <param name="IsKnown">Whether the far side knows us; null when it came to no answer.</param>
/// <param name="IsAnswered">Whether it answered as it should.</param>
/// <param name="Said">In a few words, secrets masked.</param>
public sealed record Probe(bool? IsKnown, bool IsAnswered, string Said)
{
    /// <summary>Of the outcome of a call.</summary>
    public static Probe Of(DeliveryOutcome outcome) => outcome switch
    {
        DeliveryOutcome.Accepted accepted => new Probe(true, true, accepted.ExternalId ?? "2xx"),
        DeliveryOutcome.Refused refused => new Probe(true, false, refused.Reason),
        DeliveryOutcome.TryLater later => new Probe(null, false, later.Reason),
        DeliveryOutcome.Misconfigured wrong => new Probe(false, false, wrong.Reason),
        DeliveryOutcome.Uncertain uncertain => new Probe(true, false, uncertain.Reason),
        DeliveryOutcome.Gone gone => new Probe(true, false, gone.Reason),
        _ => new Probe(null, false, ""),
    };
}

using Tapwork.Core.Deliveries;
using Tapwork.Core.Integrations;

namespace Tapwork.Infrastructure.Integrations;

/// <summary>Speaks to one kind of outside system. It sends once and tells what came back; it never decides about retries.</summary>
public interface IConnector
{
    /// <summary>What an integration names it by, e.g. <c>symphonics</c>.</summary>
    string Key { get; }

    /// <summary>Whether the far side takes a repeat for what it is. If not, an unanswered send waits for a person.</summary>
    bool IsIdempotent { get; }

    /// <summary>One send. Throws only when cancelled: everything else is an outcome, with what went over the wire, secrets masked.</summary>
    /// <param name="integration">As configured now; not tracked.</param>
    /// <param name="delivery">As claimed; not to be changed.</param>
    /// <param name="cancel">Ends at the integration's timeout (then it is the caller that says so) or when the application stops.</param>
    Task<SendResult> SendAsync(Integration integration, Delivery delivery, CancellationToken cancel);

    /// <summary>Asks whether the partner really has what was delivered; null when it cannot be told.</summary>
    Task<bool?> HoldsAsync(Integration integration, Delivery delivery, CancellationToken cancel);
}

/// <summary>What came of one send.</summary>
public sealed record SendResult(DeliveryOutcome Outcome, Exchange Exchange);

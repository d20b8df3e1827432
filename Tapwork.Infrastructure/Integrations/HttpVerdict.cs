using Tapwork.Core.Deliveries;

namespace Tapwork.Infrastructure.Integrations;

/// <summary>What an answer's status means for a delivery wherever the far side's own words say nothing more particular.</summary>
internal static class HttpVerdict
{
    /// <summary>Null when an answer came.</summary>
    public static DeliveryOutcome? OfFault(HttpAnswer answer) => answer.Fault switch
    {
        HttpFault.None => null,
        HttpFault.Misconfigured => new DeliveryOutcome.Misconfigured(answer.Reason!),
        _ => new DeliveryOutcome.TryLater(answer.Reason!, null, FaultClass.System, answer.MayHaveArrived),
    };

    /// <summary>Null for a success and for what depends on the content (400, 403, 409, 422 …).</summary>
    /// <param name="status">From 100 to 599.</param>
    /// <param name="retryAfter">Of the answer.</param>
    /// <param name="reason">In the far side's words where there are any, masked.</param>
    public static DeliveryOutcome? Of(int status, TimeSpan? retryAfter, string reason) => status switch
    {
        429 => new DeliveryOutcome.TryLater(reason, retryAfter, FaultClass.Rate, MayHaveArrived: false),
        408 or 425 or >= 500 => new DeliveryOutcome.TryLater(reason, retryAfter, FaultClass.System, MayHaveArrived: status != 425),
        401 => new DeliveryOutcome.Misconfigured($"sign-in refused: {reason}"),
        404 or 405 or 410 => new DeliveryOutcome.Misconfigured($"no such call at this address: {reason}"),
        >= 300 and < 400 => new DeliveryOutcome.Misconfigured($"HTTP {status}: redirects are not followed"),
        < 200 => new DeliveryOutcome.TryLater(reason, null, FaultClass.System, MayHaveArrived: true),
        _ => null,
    };
}

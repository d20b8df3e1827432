using Tapwork.Core.Deliveries;
using Tapwork.Infrastructure.Integrations.Symphonics;

namespace Tapwork.Infrastructure.Integrations;

/// <summary>What the answer to the question "is it ours?" means, after a partner said that it knows a dossier already.</summary>
internal static class ConflictVerdict
{
    /// <param name="externalId">Ours.</param>
    /// <param name="answer">To the question.</param>
    /// <param name="reason">Of that answer, masked.</param>
    /// <param name="askedId">The partner's id that was asked for; null where our own was.</param>
    public static DeliveryOutcome Of(string externalId, HttpAnswer answer, string reason, string? askedId) => answer.Status switch
    {
        >= 200 and < 300 => Compare(externalId, InterventionAnswer.Read(answer.Body), askedId),
        // No word about the dossier: the repeat asks again.
        < 200 or 401 or 408 or 425 or 429 or >= 500 => HttpVerdict.Of(answer.Status, answer.RetryAfter, reason)!,
        < 400 => Later($"HTTP {answer.Status}"),
        404 or 410 => new DeliveryOutcome.Uncertain($"known already, but not found when asked for: {reason}"),
        _ => new DeliveryOutcome.Uncertain($"known already, but it cannot be asked whether it is ours: {reason}"),
    };

    /// <summary>There is nothing to ask by.</summary>
    public static DeliveryOutcome Nameless(string reason) => new DeliveryOutcome.Uncertain($"known already, without an id to ask by: {reason}");

    private static DeliveryOutcome Compare(string externalId, InterventionAnswer? known, string? askedId) => known switch
    {
        null => Later("the answer cannot be read"),
        _ when known.ExternalId == externalId => new DeliveryOutcome.Accepted(known.Id ?? askedId),
        _ => new DeliveryOutcome.Uncertain($"known already as {known.Id ?? askedId ?? "?"}, which stands there under {known.ExternalId ?? "no external_id"}"),
    };

    private static DeliveryOutcome.TryLater Later(string reason) =>
        new($"known already, but it could not be asked whether it is ours: {reason}", null, FaultClass.System, MayHaveArrived: true);
}

using Tapwork.Core;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Dossiers;

namespace Tapwork.Infrastructure.Integrations.Symphonics;

/// <summary>What an answer's status means for a delivery, where no further question is needed.</summary>
internal static class SymphonicsVerdict
{
    public static DeliveryOutcome Of(SymphonicsAnswer answer) => answer switch
    {
        { Fault: { } fault } => fault,
        { Status: >= 200 and < 300 } => InterventionAnswer.Read(answer.Body) is { Id: { } id }
            ? new DeliveryOutcome.Accepted(id)
            : new DeliveryOutcome.TryLater($"HTTP {answer.Status}, but the answer cannot be read", null, FaultClass.System, MayHaveArrived: true),
        { Status: 401 } => new DeliveryOutcome.Misconfigured($"sign-in refused, with a new token too: {ReasonOf(answer)}"),
        _ => HttpVerdict.Of(answer.Status, answer.Http!.RetryAfter, ReasonOf(answer)) ?? Refused(answer),
    };

    /// <summary>In the partner's words where there are any.</summary>
    public static string ReasonOf(SymphonicsAnswer answer) =>
        SymphonicsErrors.Read(answer.Body).Reason is { } said ? answer.Masked($"HTTP {answer.Status}: {said}") : $"HTTP {answer.Status}";

    private static DeliveryOutcome.Refused Refused(SymphonicsAnswer answer)
    {
        var errors = SymphonicsErrors.Read(answer.Body);
        var fields = errors.Fields.Select(f => new FieldError(Field.Storable(answer.Masked(f.Field), 200), Field.Storable(answer.Masked(f.Message), 1000))).Take(100).ToList();
        return new DeliveryOutcome.Refused(Field.Storable(answer.Masked(errors.Reason ?? $"HTTP {answer.Status}"), 1000), fields);
    }
}

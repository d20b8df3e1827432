namespace Tapwork.Core.Deliveries;

/// <summary>One send and what came back, with secrets masked; at most 64 KiB of each side is kept.</summary>
public sealed class DeliveryAttempt
{
    /// <summary>Outcomes that say nothing of the far side: our own process went away, or there was nothing to send. No figure counts them.</summary>
    public static readonly IReadOnlyList<string> SayingNothing = [InterruptedOutcome, nameof(DeliveryOutcome.Pointless), nameof(DeliveryOutcome.Withheld)];

    /// <summary>The outcome of a send whose process went away.</summary>
    public const string InterruptedOutcome = "Interrupted";

    private DeliveryAttempt() { }

    public long Id { get; private set; }
    public long DeliveryId { get; private set; }

    /// <summary>1 for the first send.</summary>
    public int Number { get; private set; }

    public DateTimeOffset StartedAt { get; private set; }
    public int DurationMilliseconds { get; private set; }

    /// <summary><c>Accepted</c>, <c>Refused</c>, <c>TryLater</c>, <c>Misconfigured</c>, <c>Uncertain</c>, <c>Gone</c>, <c>Withheld</c>, <c>Pointless</c>, or <c>Interrupted</c> for a process that went away.</summary>
    public string Outcome { get; private set; } = "";

    public int? HttpStatus { get; private set; }
    public string? Error { get; private set; }
    public FaultClass? Fault { get; private set; }
    public string? Request { get; private set; }
    public string? Response { get; private set; }

    public static DeliveryAttempt Of(Delivery delivery, DateTimeOffset startedAt, TimeSpan duration, DeliveryOutcome outcome, Exchange exchange) => new()
    {
        DeliveryId = delivery.Id,
        Number = delivery.SendCount,
        StartedAt = startedAt,
        DurationMilliseconds = (int)duration.TotalMilliseconds,
        Outcome = outcome.GetType().Name,
        HttpStatus = exchange.Status,
        Error = outcome switch
        {
            DeliveryOutcome.Refused refused => refused.Reason,
            DeliveryOutcome.TryLater later => later.Reason,
            DeliveryOutcome.Misconfigured wrong => wrong.Reason,
            DeliveryOutcome.Uncertain uncertain => uncertain.Reason,
            DeliveryOutcome.Gone gone => gone.Reason,
            DeliveryOutcome.Withheld withheld => withheld.Reason,
            DeliveryOutcome.Pointless pointless => pointless.Reason,
            _ => null,
        },
        Fault = outcome switch
        {
            DeliveryOutcome.Refused or DeliveryOutcome.Uncertain => FaultClass.Validation,
            DeliveryOutcome.TryLater later => later.Class,
            DeliveryOutcome.Misconfigured or DeliveryOutcome.Gone => FaultClass.Authentication,
            _ => null,
        },
        Request = exchange.Request,
        Response = exchange.Response,
    };

    /// <summary>The send of a process that went away: what came back is not known.</summary>
    public static DeliveryAttempt Interrupted(Delivery delivery, DateTimeOffset now) => new()
    {
        DeliveryId = delivery.Id,
        Number = delivery.SendCount,
        StartedAt = delivery.SendStartedAt ?? now,
        DurationMilliseconds = (int)(now - (delivery.SendStartedAt ?? now)).TotalMilliseconds,
        Outcome = InterruptedOutcome,
        Error = "delivery.interrupted",
    };
}

/// <summary>What went over the wire, as text, masked.</summary>
/// <param name="Status">HTTP status or SMTP code; null when no answer came.</param>
public sealed record Exchange(string? Request, string? Response, int? Status)
{
    /// <summary>Characters kept of each side.</summary>
    public const int Kept = 64 * 1024;
}

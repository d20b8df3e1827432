namespace Tapwork.Core.Deliveries;

/// <summary>From claim to outcome.</summary>
public sealed partial class Delivery
{
    /// <summary>Whether a send had begun before the one under way, so that the far side may already have it.</summary>
    public bool MayHaveArrivedBefore => SendCount > 1;

    /// <summary>Takes it for one process until the lease runs out.</summary>
    public void Claim(Guid token, DateTimeOffset until)
    {
        if (Status is not (DeliveryStatus.Pending or DeliveryStatus.Retrying))
            throw new RuleViolation("delivery.not_due");
        (Status, LeaseToken, LeaseUntil) = (DeliveryStatus.Sending, token, until);
    }

    /// <summary>The next byte goes out: from here on it may have arrived.</summary>
    public void BeginSend(DateTimeOffset now)
    {
        SendStartedAt = now;
        SendCount++;
    }

    public void RenewLease(DateTimeOffset until) => LeaseUntil = until;

    /// <summary>Applies what the connector answered.</summary>
    /// <param name="jitter">0 to 1, evenly drawn.</param>
    /// <param name="isIdempotent">Whether the far side takes a repeat for what it is.</param>
    public void Record(DeliveryOutcome outcome, RetrySchedule schedule, bool isIdempotent, double jitter, DateTimeOffset now)
    {
        switch (outcome)
        {
            case DeliveryOutcome.Accepted accepted:
                PartnerId = accepted.ExternalId ?? PartnerId;
                (LastError, LastFault) = (null, null);
                Become(DeliveryStatus.Delivered, now, new DeliveryDelivered(Subject, Id, Topic));
                break;
            case DeliveryOutcome.Refused refused:
                (LastError, LastFault, FieldErrors) = (refused.Reason, FaultClass.Validation, refused.Fields);
                Become(DeliveryStatus.Refused, now, new DeliveryRefused(Subject, Id, Topic));
                break;
            case DeliveryOutcome.TryLater later:
                (LastError, LastFault) = (later.Reason, later.Class);
                Postpone(later, schedule, isIdempotent, jitter, now);
                break;
            case DeliveryOutcome.Misconfigured wrong:
                Await(wrong.Reason, now);
                break;
            case DeliveryOutcome.Uncertain uncertain:
                (LastError, LastFault) = (uncertain.Reason, FaultClass.Validation);
                Become(DeliveryStatus.Uncertain, now, new DeliveryUncertain(Subject, Id, Topic));
                break;
            case DeliveryOutcome.Gone gone:
                Await(gone.Reason, now);
                break;
            case DeliveryOutcome.Withheld withheld:
                (LastError, LastFault) = (withheld.Reason, null);
                Become(DeliveryStatus.Held, now, new DeliveryHeld(Subject, Id, Topic));
                break;
            case DeliveryOutcome.Pointless pointless:
                (LastError, LastFault) = (pointless.Reason, null);
                Become(DeliveryStatus.Cancelled, now, new DeliveryCancelled(Subject, Id, Topic));
                break;
        }
    }

    /// <summary>Whether one more failure uses up the schedule.</summary>
    public bool IsLastTry(RetrySchedule schedule) => schedule.After(FailedTries + 1, 0) is null;

    /// <summary>Its schedule is over, though others got through: it is kept and waits for a person.</summary>
    public void PutAside(DeliveryOutcome.TryLater last, DateTimeOffset now)
    {
        FailedTries++;
        (LastError, LastFault) = (last.Reason, last.Class);
        Become(DeliveryStatus.Held, now, new DeliveryHeld(Subject, Id, Topic));
    }

    /// <summary>It held its destination before, and others have got through since: the fault is its own. It is kept and waits for a person.</summary>
    public void PutAside(DeliveryOutcome.Misconfigured own, DateTimeOffset now)
    {
        (LastError, LastFault) = (own.Reason, FaultClass.Validation);
        Become(DeliveryStatus.Held, now, new DeliveryHeld(Subject, Id, Topic));
    }

    /// <summary>The process that held it is gone: due again at once, or in doubt where a repeat would count twice.</summary>
    public void LoseLease(bool isIdempotent, DateTimeOffset now)
    {
        LastError = "delivery.interrupted";
        LastFault = FaultClass.System;
        NextAttemptAt = now;
        if (isIdempotent || SendStartedAt is null)
            Become(DeliveryStatus.Retrying, now, new DeliveryPostponed(Subject, Id, Topic));
        else
            Become(DeliveryStatus.Uncertain, now, new DeliveryUncertain(Subject, Id, Topic));
    }

    /// <summary>Gives it back unsent, as it was before the claim: a send that was counted with the claim never began.</summary>
    public void Release()
    {
        if (SendStartedAt is not null)
            SendCount--;
        Become(FailedTries > 0 || LastError is not null ? DeliveryStatus.Retrying : DeliveryStatus.Pending, StatusAt, null);
    }

    // The destination is closed, not this delivery: it goes first when it opens again.
    private void Await(string reason, DateTimeOffset now)
    {
        (LastError, LastFault, NextAttemptAt) = (reason, FaultClass.Authentication, now);
        Become(DeliveryStatus.Retrying, now, new DeliveryPostponed(Subject, Id, Topic));
    }

    private void Postpone(DeliveryOutcome.TryLater later, RetrySchedule schedule, bool isIdempotent, double jitter, DateTimeOffset now)
    {
        if (later.MayHaveArrived && !isIdempotent)
        {
            Become(DeliveryStatus.Uncertain, now, new DeliveryUncertain(Subject, Id, Topic));
            return;
        }
        FailedTries++;
        if (schedule.After(FailedTries, jitter) is not { } wait)
        {
            Become(DeliveryStatus.Dead, now, new DeliveryDied(Subject, Id, Topic));
            return;
        }
        NextAttemptAt = now + (later.After > wait ? later.After.Value : wait);
        Become(DeliveryStatus.Retrying, now, new DeliveryPostponed(Subject, Id, Topic));
    }

    private void Become(DeliveryStatus status, DateTimeOffset now, DomainEvent? happened)
    {
        // Nothing that would be sent again, or wait for a person, is left of an older revision.
        if (SupersededBy is not null && status is not (DeliveryStatus.Delivered or DeliveryStatus.Sending))
            (status, happened, LastError, LastFault) = (DeliveryStatus.Cancelled, new DeliveryCancelled(Subject, Id, Topic), Superseded, null);
        (Status, StatusAt, LeaseToken, LeaseUntil) = (status, now, null, null);
        if (status is not DeliveryStatus.Sending)
            SendStartedAt = status is DeliveryStatus.Delivered or DeliveryStatus.Uncertain ? SendStartedAt : null;
        if (happened is not null)
            Raise(happened);
    }
}

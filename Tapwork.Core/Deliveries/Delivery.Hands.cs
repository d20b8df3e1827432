using Tapwork.Core.Dossiers;

namespace Tapwork.Core.Deliveries;

/// <summary>What a person may do with it, and what the partner says of it afterwards.</summary>
public sealed partial class Delivery
{
    /// <summary>Nothing more happens to it by itself.</summary>
    public bool IsSettled => Status is DeliveryStatus.Delivered or DeliveryStatus.Cancelled;

    /// <summary>Waits for a person.</summary>
    public bool NeedsAPerson => Status is DeliveryStatus.Refused or DeliveryStatus.Uncertain or DeliveryStatus.Dead or DeliveryStatus.Held;

    /// <summary>Sends the same row again, under the same key and with a fresh schedule. A delivered one may be repeated too.</summary>
    public void Replay(DateTimeOffset now)
    {
        if (SupersededBy is not null)
            throw new RuleViolation(Superseded);
        if (Status == DeliveryStatus.Sending)
            throw new RuleViolation("delivery.being_sent");
        if (Status == DeliveryStatus.Cancelled)
            throw new RuleViolation("delivery.cancelled");
        if (Payload.Length == 0)
            throw new RuleViolation("delivery.payload_retired");
        (FailedTries, NextAttemptAt, LastError, LastFault, FieldErrors) = (0, now, null, null, []);
        Become(DeliveryStatus.Pending, now, new DeliveryReplayed(Subject, Id, Topic));
    }

    /// <summary>Lets it go at once instead of at its time.</summary>
    public void Hurry(DateTimeOffset now)
    {
        if (Status != DeliveryStatus.Retrying)
            throw new RuleViolation("delivery.not_retrying");
        NextAttemptAt = now;
    }

    public void Hold(DateTimeOffset now)
    {
        if (Status is not (DeliveryStatus.Pending or DeliveryStatus.Retrying))
            throw new RuleViolation("delivery.not_waiting");
        Become(DeliveryStatus.Held, now, new DeliveryHeld(Subject, Id, Topic));
    }

    /// <summary>It will never be sent; those behind it go on.</summary>
    public void Cancel(DateTimeOffset now)
    {
        if (Status is DeliveryStatus.Sending)
            throw new RuleViolation("delivery.being_sent");
        if (IsSettled)
            throw new RuleViolation("delivery.settled");
        Become(DeliveryStatus.Cancelled, now, new DeliveryCancelled(Subject, Id, Topic));
    }

    /// <summary>Its destination gets a newer revision: it is withdrawn, or ends with the send under way.</summary>
    public void Supersede(Guid newer, DateTimeOffset now)
    {
        SupersededBy ??= newer;
        if (!IsSettled && Status != DeliveryStatus.Sending)
            Become(DeliveryStatus.Cancelled, now, new DeliveryCancelled(Subject, Id, Topic));
    }

    /// <summary>A person has made sure that the partner has it.</summary>
    public void ConfirmArrival(string? partnerId, DateTimeOffset now)
    {
        if (Status != DeliveryStatus.Uncertain)
            throw new RuleViolation("delivery.not_uncertain");
        PartnerId = partnerId ?? PartnerId;
        Become(DeliveryStatus.Delivered, now, new DeliveryDelivered(Subject, Id, Topic));
    }

    /// <summary>An update by the partner's webhook; one that the known update supersedes changes nothing.</summary>
    /// <returns>Whether it was applied.</returns>
    public bool Hear(PartnerStatusUpdate update)
    {
        if (!update.Supersedes(PartnerStatus is null ? null : new PartnerStatusUpdate(PartnerStatus, PartnerStatusAt!.Value)))
            return false;
        (PartnerStatus, PartnerStatusAt) = (update.Status, update.At);
        Raise(new DeliveryStatusHeard(Subject, Id, Topic, update.Status));
        return true;
    }
}

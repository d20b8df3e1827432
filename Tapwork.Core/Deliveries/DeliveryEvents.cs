namespace Tapwork.Core.Deliveries;

/// <param name="About">Topic of the event that caused the delivery.</param>
public abstract record DeliveryEvent(Guid Subject, long DeliveryId, string About) : DomainEvent(Subject)
{
    /// <summary>What every delivery topic begins with; they are never routed outward to where the delivery went.</summary>
    public const string Prefix = "delivery.";
}

public sealed record DeliveryDelivered(Guid Subject, long DeliveryId, string About) : DeliveryEvent(Subject, DeliveryId, About)
{
    public const string Name = "delivery.delivered";
    public override string Topic => Name;
}

public sealed record DeliveryPostponed(Guid Subject, long DeliveryId, string About) : DeliveryEvent(Subject, DeliveryId, About)
{
    public override string Topic => "delivery.postponed";
}

public sealed record DeliveryRefused(Guid Subject, long DeliveryId, string About) : DeliveryEvent(Subject, DeliveryId, About)
{
    public const string Name = "delivery.refused";
    public override string Topic => Name;
}

public sealed record DeliveryUncertain(Guid Subject, long DeliveryId, string About) : DeliveryEvent(Subject, DeliveryId, About)
{
    public const string Name = "delivery.uncertain";
    public override string Topic => Name;
}

public sealed record DeliveryDied(Guid Subject, long DeliveryId, string About) : DeliveryEvent(Subject, DeliveryId, About)
{
    public const string Name = "delivery.died";
    public override string Topic => Name;
}

public sealed record DeliveryReplayed(Guid Subject, long DeliveryId, string About) : DeliveryEvent(Subject, DeliveryId, About)
{
    public const string Name = "delivery.replayed";
    public override string Topic => Name;
}

public sealed record DeliveryHeld(Guid Subject, long DeliveryId, string About) : DeliveryEvent(Subject, DeliveryId, About)
{
    public override string Topic => "delivery.held";
}

public sealed record DeliveryCancelled(Guid Subject, long DeliveryId, string About) : DeliveryEvent(Subject, DeliveryId, About)
{
    public const string Name = "delivery.cancelled";
    public override string Topic => Name;
}

public sealed record DeliveryStatusHeard(Guid Subject, long DeliveryId, string About, string Status) : DeliveryEvent(Subject, DeliveryId, About)
{
    public override string Topic => "delivery.status_heard";
}

namespace Tapwork.Core.Notifications;

/// <summary>A person was told something; the subject is the person.</summary>
public sealed record PersonNotified(Guid Subject) : DomainEvent(Subject)
{
    public const string Name = "notification.created";
    public override string Topic => Name;
}

/// <summary>A person has read something; the subject is the person.</summary>
public sealed record NotificationRead(Guid Subject) : DomainEvent(Subject)
{
    public const string Name = "notification.read";
    public override string Topic => Name;
}

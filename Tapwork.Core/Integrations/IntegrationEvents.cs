namespace Tapwork.Core.Integrations;

public sealed record IntegrationRegistered(Guid Subject) : DomainEvent(Subject)
{
    public override string Topic => "integration.registered";
}

public sealed record IntegrationConfigured(Guid Subject) : DomainEvent(Subject)
{
    public override string Topic => "integration.configured";
}

public sealed record IntegrationSwitched(Guid Subject, bool IsEnabled) : DomainEvent(Subject)
{
    public override string Topic => "integration.switched";
}

/// <summary>It is set up wrong and takes nothing until a probe gets through.</summary>
public sealed record IntegrationHeld(Guid Subject) : DomainEvent(Subject)
{
    public const string Name = "integration.held";
    public override string Topic => Name;
}

public sealed record IntegrationReopened(Guid Subject) : DomainEvent(Subject)
{
    public override string Topic => "integration.reopened";
}

public sealed record BreakerOpened(Guid Subject) : DomainEvent(Subject)
{
    public override string Topic => "integration.breaker_opened";
}

public sealed record BreakerClosed(Guid Subject) : DomainEvent(Subject)
{
    public override string Topic => "integration.breaker_closed";
}

public sealed record AuthorisationGranted(Guid Subject) : DomainEvent(Subject)
{
    public override string Topic => "integration.authorisation_granted";
}

public sealed record AuthorisationRevoked(Guid Subject) : DomainEvent(Subject)
{
    public override string Topic => "integration.authorisation_revoked";
}

/// <summary>It was switched off by itself: the far side wants nothing more, or has not answered for days.</summary>
public sealed record IntegrationGivenUp(Guid Subject, string Because) : DomainEvent(Subject)
{
    public const string Name = "integration.given_up";
    public override string Topic => Name;
}

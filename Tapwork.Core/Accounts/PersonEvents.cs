namespace Tapwork.Core.Accounts;

public sealed record PersonCreated(Guid Subject, Role Role) : DomainEvent(Subject)
{
    public const string Name = "account.created";
    public override string Topic => Name;
}

public sealed record PersonChanged(Guid Subject, Role Role) : DomainEvent(Subject)
{
    public override string Topic => "account.changed";
}

public sealed record PersonSuspended(Guid Subject) : DomainEvent(Subject)
{
    public override string Topic => "account.suspended";
}

public sealed record PersonReactivated(Guid Subject) : DomainEvent(Subject)
{
    public override string Topic => "account.reactivated";
}

public sealed record PersonEnded(Guid Subject, DateOnly LastDay) : DomainEvent(Subject)
{
    public override string Topic => "account.ended";
}

public sealed record PersonProlonged(Guid Subject) : DomainEvent(Subject)
{
    public override string Topic => "account.prolonged";
}

/// <summary>The mail's link is made when it is sent: no token is ever stored.</summary>
public sealed record RecoveryRequested(Guid Subject) : DomainEvent(Subject)
{
    public const string Name = "account.recovery_requested";
    public override string Topic => Name;
}

/// <summary>The row is the revocation: whether a session holds is looked up by it.</summary>
/// <param name="Subject">The session.</param>
/// <param name="PersonId">Whose it was.</param>
public sealed record SessionEnded(Guid Subject, Guid PersonId) : DomainEvent(Subject)
{
    public const string Name = "account.session_ended";
    public override string Topic => Name;
}

/// <summary>Too many wrong passwords were tried: for a while only devices the person has signed in with before may try.</summary>
public sealed record SignInsPaused(Guid Subject) : DomainEvent(Subject)
{
    public const string Name = "account.sign_ins_paused";
    public override string Topic => Name;
}

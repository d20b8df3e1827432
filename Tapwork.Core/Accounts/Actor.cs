namespace Tapwork.Core.Accounts;

/// <summary>Who does it: captured when a circuit, request or job starts, and passed on to every change.</summary>
/// <param name="PersonId">Null for the system.</param>
/// <param name="Cause">For the system: the job, reader or command that acts.</param>
/// <param name="CorrelationId">Leads from a click to the deliveries it caused.</param>
public sealed record Actor(
    Guid? PersonId, string Name, Role? Role, Guid? CompanyId, string? Ip, string? UserAgent, string CorrelationId, string? Cause = null)
{
    /// <summary>The session the person acts in; null outside of one. Once it has ended nothing can be done in it.</summary>
    public Guid? SessionId { get; init; }

    public bool IsSystem => PersonId is null && Cause is not null;

    /// <summary>The application itself, acting for the named cause.</summary>
    public static Actor System(string cause, string? correlationId = null) =>
        new(null, "system", null, null, null, null, correlationId ?? NewCorrelationId(), cause);

    /// <summary>Somebody who has not signed in: may do nothing that asks for a role.</summary>
    public static Actor Visitor(string? ip, string? userAgent) => new(null, "visitor", null, null, ip, userAgent, NewCorrelationId());

    /// <summary>32 hexadecimal digits, sorting by time.</summary>
    public static string NewCorrelationId() => Guid.CreateVersion7().ToString("n");

    /// <summary>Whether the person holds one of the roles; the system may do everything.</summary>
    public bool Is(params ReadOnlySpan<Role> roles) => IsSystem || (Role is { } mine && roles.Contains(mine));

    /// <summary>Refuses with <c>account.not_allowed</c> unless the person holds one of the roles.</summary>
    public void MustBe(params ReadOnlySpan<Role> roles)
    {
        if (!Is(roles))
            throw new RuleViolation("account.not_allowed");
    }

    /// <summary>Sees every company's records (Admin, Manager, Office and the system).</summary>
    public bool SeesAllCompanies => Is(Accounts.Role.Admin, Accounts.Role.Manager, Accounts.Role.Office);
}

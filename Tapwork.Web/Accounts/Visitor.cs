using System.Security.Claims;
using Tapwork.Core.Accounts;

namespace Tapwork.Web.Accounts;

/// <summary>Who sits before the screens of this circuit, captured when it starts: later there is no request to ask.</summary>
public sealed class Visitor
{
    private ClaimsPrincipal _principal = new();
    private string? _ip, _userAgent;

    /// <summary>For one act: each has a correlation of its own.</summary>
    public Actor Actor => Session.ActorOf(_principal, _ip, _userAgent);

    public void Arrive(ClaimsPrincipal principal, string? ip, string? userAgent) => (_principal, _ip, _userAgent) = (principal, ip, userAgent);

    public bool Is(params ReadOnlySpan<Role> roles) => Actor is { PersonId: not null } actor && actor.Is(roles);
}

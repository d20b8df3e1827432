using System.Globalization;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Localization;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Accounts;
using Tapwork.Infrastructure.Events;
using Tapwork.Infrastructure.Monitoring;

namespace Tapwork.Web.Accounts;

/// <summary>What the cookie says, and who that makes the caller.</summary>
public static class Session
{
    private const string Company = "company", Stamp = "stamp", Id = "session";

    public static ClaimsPrincipal PrincipalOf(SignedIn person)
    {
        var claims = new List<Claim>
        {
            new(ClaimTypes.NameIdentifier, person.Id.ToString()), new(ClaimTypes.Name, person.Name), new(ClaimTypes.Role, person.Role.ToString()), new(Stamp, person.Stamp),
            new(Id, person.SessionId.ToString()),
        };
        if (person.CompanyId is { } company)
            claims.Add(new Claim(Company, company.ToString()));
        return new ClaimsPrincipal(new ClaimsIdentity(claims, CookieAuthenticationDefaults.AuthenticationScheme));
    }

    /// <summary>The person of a principal, with where the request or circuit came from; every call is a new act with its own correlation.</summary>
    public static Actor ActorOf(ClaimsPrincipal principal, string? ip, string? userAgent)
    {
        if (IdOf(principal) is not { } id || RoleOf(principal) is not { } role)
            return Actor.Visitor(ip, userAgent);
        var company = Guid.TryParse(principal.FindFirstValue(Company), out var known) ? known : (Guid?)null;
        return new Actor(id, principal.Identity?.Name ?? "", role, company, ip, userAgent, Actor.NewCorrelationId()) { SessionId = SessionIdOf(principal) };
    }

    /// <summary>The person of a request: what it does is one act.</summary>
    public static Actor ActorOf(this HttpContext context)
    {
        var actor = ActorOf(context.User, context.Connection.RemoteIpAddress?.ToString(), context.Request.Headers.UserAgent.ToString());
        return Correlation.Current is { } correlation ? actor with { CorrelationId = correlation } : actor;
    }

    /// <summary>Signs the person in at this browser, in their own language.</summary>
    public static async Task WelcomeAsync(this HttpContext context, SignedIn person)
    {
        await context.SignInAsync(CookieAuthenticationDefaults.AuthenticationScheme, PrincipalOf(person));
        KnownDevices.Remember(context, person);
        context.Speak(person.Culture);
    }

    /// <summary>Keeps the language of this browser.</summary>
    public static void Speak(this HttpContext context, string culture) => context.Response.Cookies.Append(
        CookieRequestCultureProvider.DefaultCookieName, CookieRequestCultureProvider.MakeCookieValue(new RequestCulture(CultureInfo.GetCultureInfo(culture))),
        new CookieOptions { MaxAge = TimeSpan.FromDays(365), IsEssential = true, SameSite = SameSiteMode.Lax, HttpOnly = true, Secure = context.Request.IsHttps });

    /// <summary>Whether the account behind it is still as it was when the person signed in.</summary>
    public static Task<bool> StillHoldsAsync(this SignInDesk desk, ClaimsPrincipal principal, CancellationToken cancel) =>
        IdOf(principal) is { } id && RoleOf(principal) is { } role && principal.FindFirstValue(Stamp) is { } stamp && SessionIdOf(principal) is { } session
            ? desk.StillHoldsAsync(id, role, stamp, session, cancel)
            : Task.FromResult(false);

    /// <summary>Whether an event may have ended the session: it is about the session or about the account behind it.</summary>
    public static bool IsConcernedBy(this ClaimsPrincipal principal, LiveEvent happened) =>
        happened.Topic.StartsWith("account.", StringComparison.Ordinal) && (happened.Subject == IdOf(principal) || happened.Subject == SessionIdOf(principal));

    // Cookies of earlier versions name no session: all of a person's under one stamp are then one.
    private static Guid? SessionIdOf(ClaimsPrincipal principal) =>
        Guid.TryParse(principal.FindFirstValue(Id), out var id) ? id
        : principal.FindFirstValue(Stamp) is { } stamp ? new Guid(SHA256.HashData(Encoding.UTF8.GetBytes($"session of {IdOf(principal)} {stamp}")).AsSpan(..16)) : null;

    private static Guid? IdOf(ClaimsPrincipal principal) => Guid.TryParse(principal.FindFirstValue(ClaimTypes.NameIdentifier), out var id) ? id : null;

    private static Role? RoleOf(ClaimsPrincipal principal) => Enum.TryParse<Role>(principal.FindFirstValue(ClaimTypes.Role), out var role) ? role : null;
}

using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server;
using Tapwork.Infrastructure.Accounts;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Web.Accounts;

/// <summary>A circuit outlives its request by hours: it asks now and then whether the account still holds.</summary>
internal sealed class SessionRevalidation(ILoggerFactory loggers, SignInDesk desk) : RevalidatingServerAuthenticationStateProvider(loggers)
{
    private readonly ILogger _logger = loggers.CreateLogger<SessionRevalidation>();

    protected override TimeSpan RevalidationInterval => TimeSpan.FromSeconds(30);

    // An exception would sign the person out: a database that is away ends no session, and is asked again.
    protected override async Task<bool> ValidateAuthenticationStateAsync(AuthenticationState authenticationState, CancellationToken cancellationToken)
    {
        try
        {
            return authenticationState.User.Identity?.IsAuthenticated != true || await desk.StillHoldsAsync(authenticationState.User, cancellationToken);
        }
        catch (Exception e) when (TransientErrors.IsTransient(e))
        {
            _logger.LogWarning(e, "a session is checked again in {Interval}", RevalidationInterval);
            return true;
        }
    }
}

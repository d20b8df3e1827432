using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server;
using Tapwork.Infrastructure.Accounts;

namespace Tapwork.Web.Accounts;

/// <summary>A circuit outlives its request by hours: it asks now and then whether the account still holds.</summary>
internal sealed class SessionRevalidation(ILoggerFactory loggers, SignInDesk desk) : RevalidatingServerAuthenticationStateProvider(loggers)
{
    protected override TimeSpan RevalidationInterval => TimeSpan.FromSeconds(30);

    protected override async Task<bool> ValidateAuthenticationStateAsync(AuthenticationState authenticationState, CancellationToken cancellationToken) =>
        authenticationState.User.Identity?.IsAuthenticated != true || await desk.StillHoldsAsync(authenticationState.User, cancellationToken);
}

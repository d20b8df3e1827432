using System.Security.Claims;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server;
using Tapwork.Infrastructure.Accounts;
using Tapwork.Infrastructure.Events;

namespace Tapwork.Web.Accounts;

/// <summary>
/// A circuit outlives its request by hours: it asks whether its session still holds as soon as something happens to the session or the account, at whatever instance, and now and then besides.
/// </summary>
internal sealed class SessionRevalidation : RevalidatingServerAuthenticationStateProvider
{
    private readonly ILogger _logger;
    private readonly SignInDesk _desk;
    private readonly IDisposable _feed;
    private Task<AuthenticationState>? _state;

    public SessionRevalidation(ILoggerFactory loggers, SignInDesk desk, LiveFeed feed) : base(loggers)
    {
        (_logger, _desk) = (loggers.CreateLogger<SessionRevalidation>(), desk);
        AuthenticationStateChanged += state => _state = state;
        _feed = feed.Subscribe(RevalidateAsync);
    }

    protected override TimeSpan RevalidationInterval => TimeSpan.FromSeconds(30);

    // An exception would sign the person out, and so would a question that a reconnect cancels: only the database's own answer ends a session.
    protected override async Task<bool> ValidateAuthenticationStateAsync(AuthenticationState authenticationState, CancellationToken cancellationToken)
    {
        try
        {
            return authenticationState.User.Identity?.IsAuthenticated != true || await _desk.StillHoldsAsync(authenticationState.User, cancellationToken);
        }
        catch (Exception e)
        {
            _logger.Log(cancellationToken.IsCancellationRequested ? LogLevel.Debug : LogLevel.Warning, e, "a session is checked again in {Interval}", RevalidationInterval);
            return true;
        }
    }

    protected override void Dispose(bool disposing)
    {
        _feed.Dispose();
        base.Dispose(disposing);
    }

    private async Task RevalidateAsync(IReadOnlyList<LiveEvent> news)
    {
        if (_state is null || await _state is not { } state || !news.Any(state.User.IsConcernedBy))
            return;
        if (!await ValidateAuthenticationStateAsync(state, CancellationToken.None))
            SetAuthenticationState(Task.FromResult(new AuthenticationState(new ClaimsPrincipal(new ClaimsIdentity()))));
    }
}

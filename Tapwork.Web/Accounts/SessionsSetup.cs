using System.Net;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Diagnostics;
using Tapwork.Infrastructure.Accounts;

namespace Tapwork.Web.Accounts;

public static class SessionsSetup
{
    /// <summary>How long a session lasts without a request.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromHours(12);

    public static IServiceCollection AddSessions(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddAuthentication(CookieAuthenticationDefaults.AuthenticationScheme).AddCookie(cookie =>
        {
            cookie.Cookie.Name = "tapwork";
            cookie.Cookie.SameSite = SameSiteMode.Lax;
            cookie.LoginPath = "/sign-in";
            cookie.AccessDeniedPath = "/denied";
            cookie.ReturnUrlParameter = "to";
            cookie.ExpireTimeSpan = Life;
            cookie.SlidingExpiration = true;
            // A browser repeats a redirected form as a GET. It repeats other methods as they are, against a page that takes none of them.
            var redirect = cookie.Events.OnRedirectToLogin;
            cookie.Events.OnRedirectToLogin = context =>
            {
                if (HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsPost(context.Request.Method))
                    return redirect(context);
                // Its page could not be asked for with such a method either.
                context.HttpContext.Features.Get<IStatusCodePagesFeature>()?.Enabled = false;
                context.Response.StatusCode = StatusCodes.Status401Unauthorized;
                return Task.CompletedTask;
            };
            // The form says where it leads to; the handler would take the address as it was typed.
            cookie.Events.OnRedirectToReturnUrl = _ => Task.CompletedTask;
            cookie.Events.OnValidatePrincipal = async context =>
            {
                // The page that tells of an error is for anybody, and the database may be what failed.
                if (context.HttpContext.Features.Get<IExceptionHandlerFeature>() is not null)
                    return;
                var desk = context.HttpContext.RequestServices.GetRequiredService<SignInDesk>();
                if (context.Principal is { } principal && await desk.StillHoldsAsync(principal, context.HttpContext.RequestAborted))
                    return;
                context.RejectPrincipal();
                await context.HttpContext.SignOutAsync();
            };
        });
        services.AddAuthorization(Policies.Add);
        services.AddCascadingAuthenticationState();
        services.AddHttpContextAccessor();
        services.AddScoped<Visitor>();
        services.AddScoped<AuthenticationStateProvider, SessionRevalidation>();
        services.AddRateLimiter(limiter => Limit(limiter, configuration.GetValue("Accounts:AttemptsPerMinute", 30)));
        return services;
    }

    // Whoever guesses passwords, codes or addresses is slowed down by address, before any work is done for them.
    private static void Limit(Microsoft.AspNetCore.RateLimiting.RateLimiterOptions limiter, int perMinute)
    {
        limiter.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
        limiter.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, IPAddress>(context => HttpMethods.IsPost(context.Request.Method) && IsGuessable(context.Request.Path)
            ? ClientAddress.LimitOf(context.Connection.RemoteIpAddress, perMinute)
            : RateLimitPartition.GetNoLimiter(IPAddress.None));
    }

    private static bool IsGuessable(PathString path) => path.StartsWithSegments("/sign-in") || path.StartsWithSegments("/setup") || path.StartsWithSegments("/account");
}

using System.Globalization;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Localization;
using Tapwork.Infrastructure.Drafts;
using Tapwork.Infrastructure.Persistence;
using Tapwork.Web.Accounts;
using Tapwork.Web.Sandbox;

namespace Tapwork.Web.Shell;

public static class ShellSetup
{
    private static readonly CultureInfo[] Cultures = [new("fr-FR"), new("en-GB"), new("fr"), new("en")];

    /// <summary>Bytes of one message of a browser; a larger one cuts the circuit. A whole draft fits: each of its characters takes up to three.</summary>
    public const int MaxMessageBytes = 4 * DraftDesk.Largest;

    public static IServiceCollection AddShell(this IServiceCollection services)
    {
        services.AddLocalization();
        services.AddSingleton<Finder>();
        services.AddRazorComponents().AddInteractiveServerComponents(circuits =>
        {
            // A phone that was put away for a while finds its screen as it was.
            circuits.DisconnectedCircuitRetentionPeriod = TimeSpan.FromMinutes(10);
            circuits.DisconnectedCircuitMaxRetained = 200;
        }).AddHubOptions(hub => hub.MaximumReceiveMessageSize = MaxMessageBytes);
        services.AddAntiforgery(antiforgery =>
        {
            antiforgery.HeaderName = "X-Tapwork-Antiforgery";
            antiforgery.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        });
        services.Configure<RequestLocalizationOptions>(localization =>
        {
            localization.DefaultRequestCulture = new RequestCulture("fr");
            localization.SupportedCultures = localization.SupportedUICultures = Cultures;
        });
        return services;
    }

    /// <summary>Answers HEAD as GET: the server leaves out the body, and no page has to name a second method.</summary>
    public static void UseHeadAsGet(this WebApplication app) => app.Use((context, next) =>
    {
        if (HttpMethods.IsHead(context.Request.Method))
        {
            context.Items[HttpMethods.Head] = true;
            context.Request.Method = HttpMethods.Get;
        }
        return next(context);
    });

    /// <summary>Whether the caller asked for the head alone, and gets no body.</summary>
    public static bool IsHead(this HttpContext context) => context.Items.ContainsKey(HttpMethods.Head);

    public static void UseShell(this WebApplication app)
    {
        app.UseExceptionHandler(new ExceptionHandlerOptions
        {
            ExceptionHandlingPath = "/error",
            CreateScopeForErrors = true,
            StatusCodeSelector = StatusOf,
        });
        app.UseStatusCodePagesWithReExecute("/not-found", createScopeForStatusCodePages: true);
        app.Use(AskForThePage);
        app.UseSecurityHeaders(Headers());
        if (!app.Environment.IsDevelopment())
            app.UseHsts();
        app.UseRequestLocalization();
        if (!SandboxSetup.IsEnabled(app.Configuration, app.Environment))
            app.UseWhen(context => context.Request.Path.StartsWithSegments("/sandbox"), off => off.Run(context =>
            {
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
            }));
    }

    // Whatever a page forgets to say: the circuit and every page is for those who have signed in, unless it says that it is for anybody.
    public static void MapShell(this WebApplication app) =>
        app.MapRazorComponents<App>().AddInteractiveServerRenderMode().RequireAuthorization(Policies.SignedIn);

    // What was wrong with the request is told as such; while the database is away the caller is to try again.
    private static int StatusOf(Exception e) => e switch
    {
        BadHttpRequestException bad => bad.StatusCode,
        _ when TransientErrors.IsTransientInDatabase(e) => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status500InternalServerError,
    };

    // The page that tells of a refused form is asked for, not posted to: as a post it would itself be refused, with another status.
    private static Task AskForThePage(HttpContext context, RequestDelegate next)
    {
        var isTold = context.Features.Get<IStatusCodeReExecuteFeature>() is not null || context.Features.Get<IExceptionHandlerFeature>() is not null;
        if (isTold)
        {
            context.Request.Method = HttpMethods.Get;
            context.Request.ContentType = null;
        }
        return next(context);
    }

    // MudBlazor places its popovers with inline styles.
    private static HeaderPolicyCollection Headers() => new HeaderPolicyCollection()
        .AddFrameOptionsDeny()
        .AddContentTypeOptionsNoSniff()
        .AddReferrerPolicyStrictOriginWhenCrossOrigin()
        .AddPermissionsPolicy(permissions =>
        {
            permissions.AddGeolocation().Self();
            permissions.AddCamera().Self();
            permissions.AddMicrophone().None();
            permissions.AddPayment().None();
        })
        .AddContentSecurityPolicy(csp =>
        {
            csp.AddDefaultSrc().Self();
            csp.AddObjectSrc().None();
            csp.AddBaseUri().Self();
            csp.AddFormAction().Self();
            csp.AddFrameAncestors().None();
            csp.AddImgSrc().Self().Data().Blob();
            csp.AddConnectSrc().Self();
            csp.AddStyleSrc().Self().UnsafeInline();
            csp.AddFontSrc().Self().Data();
            csp.AddScriptSrc().Self();
        });
}

using System.Globalization;
using Microsoft.AspNetCore.Localization;

namespace Tapwork.Web.Shell;

public static class ShellSetup
{
    private static readonly CultureInfo[] Cultures = [new("fr-FR"), new("en-GB"), new("fr"), new("en")];

    public static IServiceCollection AddShell(this IServiceCollection services)
    {
        services.AddLocalization();
        services.AddRazorComponents().AddInteractiveServerComponents(circuits =>
        {
            // A phone that was put away for a while finds its screen as it was.
            circuits.DisconnectedCircuitRetentionPeriod = TimeSpan.FromMinutes(10);
            circuits.DisconnectedCircuitMaxRetained = 200;
        });
        services.AddAntiforgery(antiforgery => antiforgery.HeaderName = "X-Tapwork-Antiforgery");
        services.Configure<RequestLocalizationOptions>(localization =>
        {
            localization.DefaultRequestCulture = new RequestCulture("fr");
            localization.SupportedCultures = localization.SupportedUICultures = Cultures;
        });
        return services;
    }

    public static void UseShell(this WebApplication app)
    {
        app.UseExceptionHandler("/error", createScopeForErrors: true);
        app.UseStatusCodePagesWithReExecute("/not-found", createScopeForStatusCodePages: true);
        app.UseSecurityHeaders(PolicyOf(isJobs: false));
        app.UseWhen(context => context.Request.Path.StartsWithSegments(Monitoring.JobEndpoints.Path), jobs => jobs.UseSecurityHeaders(PolicyOf(isJobs: true)));
        if (!app.Environment.IsDevelopment())
            app.UseHsts();
        app.UseRequestLocalization();
    }

    public static void MapShell(this WebApplication app) => app.MapRazorComponents<App>().AddInteractiveServerRenderMode();

    // MudBlazor places its popovers with inline styles; the scheduler's dashboard has inline scripts too.
    private static HeaderPolicyCollection PolicyOf(bool isJobs) => new HeaderPolicyCollection()
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
            if (isJobs)
                csp.AddScriptSrc().Self().UnsafeInline();
            else
                csp.AddScriptSrc().Self();
        });
}

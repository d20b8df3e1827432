using System.Globalization;
using MudBlazor.Services;
using Serilog;
using Serilog.Events;
using Tapwork.Infrastructure;
using Tapwork.Web.Accounts;
using Tapwork.Web.Auditing;
using Tapwork.Web.Documents;
using Tapwork.Web.Integrations;
using Tapwork.Web.Interventions;
using Tapwork.Web.Monitoring;
using Tapwork.Web.Sandbox;
using Tapwork.Web.Shell;
using Tapwork.Web.Webhooks;

namespace Tapwork.Web;

/// <summary>The application's table of contents.</summary>
public static class Setup
{
    public static void AddTapworkWeb(this WebApplicationBuilder builder)
    {
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        builder.Services.AddSerilog((services, log) => log
            .MinimumLevel.Information()
            .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
            .MinimumLevel.Override("Hangfire", LogEventLevel.Warning)
            .MinimumLevel.Override("System.Net.Http", LogEventLevel.Warning)
            .ReadFrom.Configuration(builder.Configuration)
            .WriteTo.Console(formatProvider: CultureInfo.InvariantCulture)
            .WriteTo.Kept(services));
        builder.Services.AddSandboxWhenEnabled(builder);
        builder.Services.AddTapwork(builder.Configuration);
        builder.Services.AddSessions(builder.Configuration);
        builder.Services.AddShell();
        builder.Services.AddMudServices(mud => mud.SnackbarConfiguration.PositionClass = MudBlazor.Defaults.Classes.Position.BottomCenter);
        builder.Services.AddWebhookEndpoints();
        builder.Services.AddProbes(builder.Configuration);
        builder.Services.AddDemoWhenEnabled(builder);
        builder.Services.AddSingleton<StartUp>();
        // Hosted loops that cannot reach the database go on trying; none of them takes the screens down.
        builder.Services.Configure<HostOptions>(host =>
        {
            host.BackgroundServiceExceptionBehavior = BackgroundServiceExceptionBehavior.Ignore;
            host.ShutdownTimeout = TimeSpan.FromSeconds(25);
        });
    }

    public static void UseTapwork(this WebApplication app)
    {
        app.UseHeadAsGet();
        app.UseRouting();
        app.UseClientAddress();
        app.UseCorrelation();
        app.UseShell();
        app.UseAuthentication();
        app.UseRateLimiter();
        app.UseAuthorization();
        app.UseAntiforgery();
        app.UseStaleForms();
        app.MapStaticAssets().AllowAnonymous();
        app.MapSessions();
        app.MapFiles();
        app.MapInterventions();
        app.MapAudit();
        app.MapIntegrations();
        app.MapWebhooks();
        app.MapJobs();
        app.MapProbes();
        app.MapSandboxWhenEnabled();
        app.MapShell();
    }
}

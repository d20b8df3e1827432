using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Tapwork.Web.Accounts;

namespace Tapwork.Web.Sandbox;

public static class SandboxSetup
{
    /// <summary>Where the stand-in for Symphonics answers, below the application's own address.</summary>
    public const string SymphonicsPath = "/sandbox/symphonics";

    /// <summary>Inside the application, when the settings say so: on in Development. Without a mail server of its own it then speaks to the stand-in.</summary>
    public static IServiceCollection AddSandboxWhenEnabled(this IServiceCollection services, WebApplicationBuilder builder)
    {
        var settings = SettingsOf(builder.Configuration, builder.Environment);
        if (!settings.Enabled)
            return services;
        if (settings.SmtpPort > 0 && builder.Configuration["Mail:Host"] is null)
        {
            using var certificate = SandboxCertificate.In(settings.Folder);
            builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["Mail:Host"] = "127.0.0.1",
                ["Mail:Port"] = settings.SmtpPort.ToString(CultureInfo.InvariantCulture),
                ["Mail:Security"] = "StartTls",
                ["Mail:From"] = builder.Configuration["Mail:From"] ?? "Tapwork <tapwork@demo.tapwork.example>",
                ["Mail:CertificateSha256"] = certificate.GetCertHashString(HashAlgorithmName.SHA256),
            });
        }
        return services.AddSandbox(settings);
    }

    public static void MapSandboxWhenEnabled(this WebApplication app)
    {
        if (SettingsOf(app.Configuration, app.Environment).Enabled)
            app.MapSandbox(Policies.Admin);
    }

    public static bool IsEnabled(IConfiguration configuration, IHostEnvironment environment) => SettingsOf(configuration, environment).Enabled;

    private static SandboxSettings SettingsOf(IConfiguration configuration, IHostEnvironment environment)
    {
        var settings = configuration.GetSection(SandboxSettings.Section).Get<SandboxSettings>() ?? new SandboxSettings();
        settings.Enabled = configuration.GetValue($"{SandboxSettings.Section}:{nameof(SandboxSettings.Enabled)}", environment.IsDevelopment());
        return settings;
    }

    public static IServiceCollection AddSandbox(this IServiceCollection services, SandboxSettings settings)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(settings);
        services.AddSingleton<SandboxFaults>();
        services.AddSingleton<SandboxWebhooks>();
        services.AddSingleton<SandboxDoor>();
        services.AddSingleton<SymphonicsStandIn>();
        services.AddSingleton<PartnerStandIn>();
        services.AddSingleton<WebhookStandIn>();
        services.AddSingleton<SandboxStore>();
        services.AddSingleton<SandboxFiles>();
        services.AddHostedService(provider => provider.GetRequiredService<SandboxStore>());
        services.AddHostedService(provider => provider.GetRequiredService<SandboxFiles>());
        services.AddSingleton<SmtpStandIn>();
        if (settings.SmtpPort >= 0)
            services.AddHostedService(provider => provider.GetRequiredService<SmtpStandIn>());
        return services;
    }

    /// <param name="routes">Where to.</param>
    /// <param name="controlPolicy">Who may steer it; null for anybody who reaches it (its own process, on loopback).</param>
    public static void MapSandbox(this IEndpointRouteBuilder routes, string? controlPolicy)
    {
        routes.ServiceProvider.GetRequiredService<SymphonicsStandIn>().Map(routes, SymphonicsPath);
        routes.ServiceProvider.GetRequiredService<PartnerStandIn>().Map(routes);
        routes.ServiceProvider.GetRequiredService<WebhookStandIn>().Map(routes);
        var control = routes.MapGroup("/sandbox/api");
        control.MapControl();
        if (controlPolicy is null)
            control.AllowAnonymous();
        else
            control.RequireAuthorization(controlPolicy);
    }
}

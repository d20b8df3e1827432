using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Tapwork.Core.Integrations;
using Tapwork.Infrastructure.Documents;
using Tapwork.Infrastructure.Integrations.Symphonics;

namespace Tapwork.Infrastructure.Integrations;

public static class IntegrationsSetup
{
    private static readonly string[] Loopback = ["127.0.0.0/8", "::1/128"];

    public static IServiceCollection AddIntegrations(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<PublicAddress>();
        services.AddSingleton<FileLinks>();
        services.AddSingleton(provider => Outgoing(configuration, IsDevelopment(provider)));
        services.AddSingleton<OutgoingAddresses>();
        services.AddSingleton<OutgoingHttp>();
        services.AddSingleton<SettingsProtection>();
        services.AddSingleton<DestinationBudget>();
        services.AddSingleton<IntegrationSeeding>();
        return services.AddSymphonics(configuration);
    }

    private static IServiceCollection AddSymphonics(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<SymphonicsTokens>();
        services.AddSingleton<SymphonicsCalls>();
        services.AddSingleton<IConnector, SymphonicsConnector>();
        services.AddSingleton<IRoute, SymphonicsRoute>();
        services.AddSingleton(provider => new SymphonicsChecks(
            provider.GetRequiredService<SymphonicsCalls>(), provider.GetRequiredService<IntegrationCatalogue>(), provider.GetRequiredService<TimeProvider>()));
        return services.AddIntegrationSeed(configuration, "REQ-I-001", "Symphonics", SymphonicsConnector.Name,
            new IntegrationPace("5s 30s 2m 10m 1h 3h 8h 24h", 30, 8, false, new RateLimit(100, 20, 5000, 500)),
            own => new SymphonicsSettings
            {
                BaseUrl = own + "/sandbox/symphonics",
                ClientId = "sandbox-client",
                ClientSecret = "sandbox-secret",
                WebhookSecret = "sandbox-webhook-secret",
            });
    }

    /// <summary>Seeds one integration from the section that bears its name; a section that is not there seeds nothing outside Development.</summary>
    /// <param name="pace">Where the section says nothing else.</param>
    /// <param name="inDevelopment">Settings without the section, from the application's own address; the sandbox is there.</param>
    public static IServiceCollection AddIntegrationSeed<TSettings>(
        this IServiceCollection services, IConfiguration configuration, string code, string name, string connectorKey, IntegrationPace pace,
        Func<string, TSettings?> inDevelopment) where TSettings : class => services.AddSingleton<SeedReading>(provider => () =>
        {
            var section = configuration.GetSection(name);
            var isWritten = section.GetChildren().Any(c => typeof(TSettings).GetProperty(c.Key) is not null);
            var settings = isWritten ? section.Get<TSettings>() : IsDevelopment(provider) ? inDevelopment(OwnAddress(configuration)) : null;
            return settings is null ? null : new IntegrationSeed<TSettings>(code, name, connectorKey, IntegrationSeed.PaceOf(section, pace), settings);
        });

    private static OutgoingSettings Outgoing(IConfiguration configuration, bool isDevelopment)
    {
        var settings = configuration.GetSection(OutgoingSettings.Section).Get<OutgoingSettings>() ?? new OutgoingSettings();
        if (isDevelopment)
            settings.RequireHttps = false;
        if (isDevelopment && settings.AllowedAddresses.Length == 0)
            settings.AllowedAddresses = Loopback;
        return settings;
    }

    // Where this process itself listens, as a browser on the same machine would call it.
    private static string OwnAddress(IConfiguration configuration)
    {
        var address = BindingAddress.Parse((configuration["Urls"] ?? "http://localhost:5080").Split(';')[0]);
        var host = address.Host is "+" or "*" or "0.0.0.0" or "[::]" ? "localhost" : address.Host;
        return $"{address.Scheme}://{host}:{address.Port}{address.PathBase}";
    }

    private static bool IsDevelopment(IServiceProvider provider) => provider.GetService<IHostEnvironment>()?.IsDevelopment() ?? false;
}

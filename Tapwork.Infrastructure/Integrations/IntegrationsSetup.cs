using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Tapwork.Infrastructure.Documents;
using Tapwork.Infrastructure.Integrations.Mail;
using Tapwork.Infrastructure.Integrations.Partners;
using Tapwork.Infrastructure.Integrations.Symphonics;
using Tapwork.Infrastructure.Integrations.Webhook;
using Tapwork.Infrastructure.Webhooks;

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
        services.AddSingleton<SeenCertificates>();
        services.AddSingleton<OutgoingHttp>();
        services.AddSingleton<SettingsProtection>();
        services.AddSingleton<DestinationBudget>();
        services.AddSingleton<PersonRateLimiter>();
        services.AddSingleton<IntegrationSeeding>();
        services.AddSingleton<ClientTokens>();
        services.AddSingleton<ConnectorList>();
        services.AddSingleton<ConnectionTest>();
        services.AddSingleton<IntegrationDesk>();
        services.AddSingleton<IntegrationQueries>();
        services.AddSingleton<SubscriptionDesk>();
        services.AddSingleton<CatchUp>();
        services.AddTransient<GiveUpSilentEndpointsJob>();
        services.AddTransient<RetireWebhookPayloadsJob>();
        return services.AddConnectors(configuration);
    }

    /// <summary>The connector list: a new outside system is a folder and a line here.</summary>
    private static IServiceCollection AddConnectors(this IServiceCollection services, IConfiguration configuration) => services
        .AddSymphonics(configuration)
        .AddMail(configuration)
        .AddSingleton<PartnerPermits>().AddConnector<PartnerConnector, PartnerRoute>().AddSingleton<IInboundScheme, PartnerWebhooks>()
        .AddConnector<WebhookConnector, WebhookRoute>();

    /// <summary>Everything a connector needs; its form, documentation page, health and deliveries come with it.</summary>
    public static IServiceCollection AddConnector<TConnector, TRoute>(this IServiceCollection services) where TConnector : class, IConnector where TRoute : class, IRoute =>
        services.AddSingleton<IConnector, TConnector>().AddSingleton<IRoute, TRoute>();

    private static IServiceCollection AddSymphonics(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<SymphonicsCalls>();
        services.AddConnector<SymphonicsConnector, SymphonicsRoute>().AddSingleton<IInboundScheme, SymphonicsWebhooks>();
        services.AddSingleton(provider => new SymphonicsChecks(
            provider.GetRequiredService<SymphonicsCalls>(), provider.GetRequiredService<IntegrationCatalogue>(),
            provider.GetRequiredService<PersonRateLimiter>(), provider.GetRequiredService<TimeProvider>()));
        return services.AddIntegrationSeed(configuration, "REQ-I-001", "Symphonics", SymphonicsConnector.Name, own => new SymphonicsSettings
        {
            BaseUrl = own + "/sandbox/symphonics",
            ClientId = "sandbox-client",
            ClientSecret = "sandbox-secret",
            WebhookSecret = "sandbox-webhook-secret",
        });
    }

    /// <summary>Seeds one integration from the section that bears its name; a section that is not there seeds nothing outside Development.</summary>
    /// <param name="inDevelopment">Settings without the section, from the application's own address; the sandbox is there.</param>
    public static IServiceCollection AddIntegrationSeed<TSettings>(
        this IServiceCollection services, IConfiguration configuration, string code, string name, string connectorKey,
        Func<string, TSettings?> inDevelopment) where TSettings : class => services.AddSingleton<SeedReading>(provider => () =>
        {
            var section = configuration.GetSection(name);
            var isWritten = section.GetChildren().Any(c => typeof(TSettings).GetProperty(c.Key) is not null);
            var settings = isWritten ? section.Get<TSettings>() : IsDevelopment(provider) ? inDevelopment(OwnAddress(configuration)) : null;
            return settings is null ? null : new IntegrationSeed<TSettings>(code, name, connectorKey,
                IntegrationSeed.PaceOf(section, provider.GetRequiredService<ConnectorList>().Of(connectorKey)!.Pace), settings);
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

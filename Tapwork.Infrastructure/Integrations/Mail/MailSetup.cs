using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Tapwork.Core.Integrations;
using Tapwork.Infrastructure.Accounts;

namespace Tapwork.Infrastructure.Integrations.Mail;

public static class MailSetup
{
    /// <summary>Mail leaves like everything else; its server stands in the section <c>Mail</c>.</summary>
    public static IServiceCollection AddMail(this IServiceCollection services, IConfiguration configuration) => services
        .AddSingleton<PasswordLink>()
        .AddSingleton<MailComposer>()
        .AddSingleton<IConnector, MailConnector>()
        .AddSingleton<IRoute, MailRoute>()
        .AddIntegrationSeed<MailSettings>(configuration, "REQ-I-002", "Mail", MailConnector.ConnectorKey,
            new IntegrationPace("10s 1m 5m 30m 2h 8h 24h", 60, 2, false, RateLimit.None), _ => null);
}

using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Tapwork.Infrastructure.Accounts;

namespace Tapwork.Infrastructure.Integrations.Mail;

public static class MailSetup
{
    /// <summary>Mail leaves like everything else; its server stands in the section <c>Mail</c>.</summary>
    public static IServiceCollection AddMail(this IServiceCollection services, IConfiguration configuration) => services
        .AddSingleton<PasswordLink>()
        .AddSingleton<MailComposer>()
        .AddConnector<MailConnector, MailRoute>()
        .AddIntegrationSeed<MailSettings>(configuration, "REQ-I-002", "Mail", MailConnector.ConnectorKey, _ => null);
}

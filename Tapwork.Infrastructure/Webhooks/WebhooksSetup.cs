using Microsoft.Extensions.DependencyInjection;

namespace Tapwork.Infrastructure.Webhooks;

public static class WebhooksSetup
{
    public static IServiceCollection AddWebhooks(this IServiceCollection services)
    {
        services.AddSingleton<InboundSignal>();
        services.AddSingleton<WebhookInbox>();
        services.AddSingleton<InboundDesk>();
        services.AddSingleton<ProcessInboundCallsJob>();
        services.AddHostedService<InboundProcessing>();
        return services;
    }
}

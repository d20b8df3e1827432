using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Tapwork.Infrastructure.Accounts;
using Tapwork.Infrastructure.Auditing;
using Tapwork.Infrastructure.Deliveries;
using Tapwork.Infrastructure.Drafts;
using Tapwork.Infrastructure.Events;
using Tapwork.Infrastructure.Integrations;
using Tapwork.Infrastructure.Interventions;
using Tapwork.Infrastructure.Monitoring;
using Tapwork.Infrastructure.Notifications;
using Tapwork.Infrastructure.Persistence;
using Tapwork.Infrastructure.Webhooks;

namespace Tapwork.Infrastructure;

/// <summary>Everything below the screens: one line a room.</summary>
public static class Setup
{
    public static IServiceCollection AddTapwork(this IServiceCollection services, IConfiguration configuration) => services
        .AddPersistence(configuration)
        .AddLog(configuration)
        .AddAuditing()
        .AddKeyRing(configuration)
        .AddAccounts()
        .AddEvents()
        .AddIntegrations(configuration)
        .AddNotifications()
        .AddInterventions(configuration)
        .AddDrafts()
        .AddDeliveries(configuration)
        .AddWebhooks()
        .AddJobs(configuration);
}

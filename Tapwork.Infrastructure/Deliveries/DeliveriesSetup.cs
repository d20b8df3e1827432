using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Tapwork.Infrastructure.Dossiers;
using Tapwork.Infrastructure.Events;
using Tapwork.Infrastructure.Integrations;

namespace Tapwork.Infrastructure.Deliveries;

public static class DeliveriesSetup
{
    public static IServiceCollection AddDeliveries(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton(configuration.GetSection(DeliverySettings.Section).Get<DeliverySettings>() ?? new DeliverySettings());
        services.AddSingleton<IntegrationCatalogue>();
        services.AddSingleton<DeliveryClaims>();
        services.AddSingleton<DeliverySender>();
        services.AddSingleton<DeliveryRecorder>();
        services.AddSingleton<OutcomeQueue>();
        services.AddSingleton<LaneParts>();
        services.AddSingleton<DeliveryQueueDrain>();
        services.AddSingleton<DeliveryQueries>();
        services.AddSingleton<DeliveryDesk>();
        services.AddSingleton<DestinationDesk>();
        services.AddSingleton<Reconciliation>();
        services.AddTransient<ReconcileJob>();
        services.AddTransient<RetryDueDeliveriesJob>();
        services.AddTransient<SendEmailsJob>();
        services.AddSingleton(provider => new RoutedTopics(provider.GetServices<IRoute>().SelectMany(r => r.Topics).ToHashSet()));
        services.AddEventReader<DeliveryRouter>();
        services.AddEventReader<DossierOutcomes>();
        services.AddHostedService<DeliveryPump>();
        return services;
    }
}

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Tapwork.Infrastructure.Events;

public static class EventsSetup
{
    public static IServiceCollection AddEvents(this IServiceCollection services)
    {
        services.AddSingleton<EventRelay>();
        services.AddSingleton<LiveFeed>();
        services.AddSingleton<ParkedEventCommands>();
        services.AddSingleton<ParkedEventQueries>();
        services.AddTransient<RetryParkedEventsJob>();
        services.AddHostedService<EventRelayLoop>();
        services.AddHostedService<PositionListener>();
        services.AddHostedService(provider => provider.GetRequiredService<LiveFeed>());
        return services;
    }

    /// <summary>Registers a reader and the loop that runs it.</summary>
    public static IServiceCollection AddEventReader<TReader>(this IServiceCollection services) where TReader : EventReader
    {
        services.AddSingleton<TReader>();
        services.AddSingleton<EventReader>(provider => provider.GetRequiredService<TReader>());
        services.AddSingleton<IHostedService, EventReaderLoop<TReader>>();
        return services;
    }
}

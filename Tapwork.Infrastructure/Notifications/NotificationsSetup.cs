using Microsoft.Extensions.DependencyInjection;
using Tapwork.Infrastructure.Events;

namespace Tapwork.Infrastructure.Notifications;

public static class NotificationsSetup
{
    public static IServiceCollection AddNotifications(this IServiceCollection services) => services
        .AddEventReader<NotificationReader>()
        .AddSingleton<NotificationQueries>()
        .AddSingleton<NotificationDesk>();
}

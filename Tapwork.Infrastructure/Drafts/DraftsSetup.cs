using Microsoft.Extensions.DependencyInjection;

namespace Tapwork.Infrastructure.Drafts;

public static class DraftsSetup
{
    public static IServiceCollection AddDrafts(this IServiceCollection services)
    {
        services.AddSingleton<DraftDesk>();
        services.AddTransient<SweepDraftsJob>();
        return services;
    }
}

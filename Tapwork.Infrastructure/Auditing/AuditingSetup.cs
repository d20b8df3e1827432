using Microsoft.Extensions.DependencyInjection;

namespace Tapwork.Infrastructure.Auditing;

public static class AuditingSetup
{
    public static IServiceCollection AddAuditing(this IServiceCollection services)
    {
        services.AddSingleton<AuditHeadsFile>();
        services.AddSingleton<AuditedFields>();
        services.AddSingleton<AuditSealer>();
        services.AddSingleton<AuditTrail>();
        services.AddSingleton<AuditVerification>();
        services.AddSingleton<AuditErasure>();
        services.AddSingleton<AuditExport>();
        services.AddSingleton<AuditViews>();
        services.AddSingleton<AuditAnchoring>();
        services.AddSingleton<VerifyAuditJob>();
        services.AddSingleton<VerifyRecentAuditJob>();
        services.AddSingleton<AuditRetention>();
        services.AddSingleton<RetireAuditJob>();
        services.AddHostedService<AuditSealerLoop>();
        return services;
    }
}

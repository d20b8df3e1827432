using Microsoft.Extensions.DependencyInjection;

namespace Tapwork.Infrastructure.Auditing;

public static class AuditingSetup
{
    public static IServiceCollection AddAuditing(this IServiceCollection services)
    {
        services.AddSingleton<AuditHeadsFile>();
        services.AddSingleton<AuditSealer>();
        services.AddSingleton<AuditVerification>();
        services.AddSingleton<AuditErasure>();
        services.AddSingleton<AuditExport>();
        services.AddSingleton<VerifyAuditJob>();
        services.AddHostedService<AuditSealerLoop>();
        return services;
    }
}

using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Tapwork.Core.Documents;
using Tapwork.Infrastructure.Catalogue;
using Tapwork.Infrastructure.Companies;
using Tapwork.Infrastructure.Documents;

namespace Tapwork.Infrastructure.Interventions;

public static class InterventionsSetup
{
    public static IServiceCollection AddInterventions(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton(configuration.GetSection(FileSettings.Section).Get<FileSettings>() ?? new FileSettings());
        services.AddSingleton<IFileStore, FolderFileStore>();
        services.AddSingleton<Uploads>();
        services.AddSingleton<InterventionWorkflow>();
        services.AddSingleton<InterventionQueries>();
        services.AddSingleton<InterventionHistory>();
        services.AddSingleton<InterventionChecks>();
        services.AddSingleton<CompanyQueries>();
        services.AddSingleton<OperationQueries>();
        services.AddTransient<RecheckPdlsJob>();
        services.AddTransient<SweepOrphanFilesJob>();
        return services;
    }
}

using Hangfire;
using Hangfire.AspNetCore;
using Hangfire.InMemory;
using Hangfire.PostgreSql;
using Hangfire.PostgreSql.Factories;
using Hangfire.SqlServer;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Monitoring;

public static class MonitoringSetup
{
    /// <summary>The log as a table. First of the loops, so that it stops last.</summary>
    public static IServiceCollection AddLog(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton(configuration.GetSection(LogSettings.Section).Get<LogSettings>() ?? new LogSettings());
        services.AddSingleton<LogQueue>();
        services.AddSingleton<LogKeeping>();
        services.AddSingleton<LogQueries>();
        services.AddTransient<RetireLogJob>();
        services.AddHostedService(provider => provider.GetRequiredService<LogKeeping>());
        return services;
    }

    /// <summary>The scheduler, on the application's own database; in memory beside SQLite, where every pending thing is a row of ours anyway.</summary>
    public static IServiceCollection AddJobs(this IServiceCollection services, IConfiguration configuration)
    {
        var settings = configuration.GetSection(DatabaseSettings.Section).Get<DatabaseSettings>() ?? new DatabaseSettings();
        // Hangfire would look for both in statics of the process: of two applications composed at once in it, one finds the other's.
        services.AddSingleton(_ => StorageOf(settings));
        services.AddSingleton<JobActivator>(provider => new AspNetCoreJobActivator(provider.GetRequiredService<IServiceScopeFactory>()));
        services.AddHangfire((provider, hangfire) => hangfire.UseSimpleAssemblyNameTypeSerializer().UseRecommendedSerializerSettings()
            .UseStorage(provider.GetRequiredService<JobStorage>()));
        services.AddSingleton<JobStorageInstaller>();
        services.AddTransient<JobRunner>();
        services.AddSingleton<LongRuns>();
        services.AddSingleton<MonitoringQueries>();
        services.AddSingleton<AttemptQueries>();
        services.AddSingleton<AlertDesk>();
        services.AddSingleton<JobDesk>();
        // One for all runs: it keeps what it saw at the last.
        services.AddSingleton<RollUpAttemptsJob>();
        services.AddTransient<WatchJob>();
        services.AddSingleton<ClockSkewMonitor>();
        services.AddHostedService(provider => provider.GetRequiredService<ClockSkewMonitor>());
        services.AddHostedService<JobScheduling>();
        services.AddHangfireServer(server =>
        {
            server.WorkerCount = 4;
            server.SchedulePollingInterval = TimeSpan.FromSeconds(5);
            server.ShutdownTimeout = TimeSpan.FromSeconds(5);
        });
        return services;
    }

    private static JobStorage StorageOf(DatabaseSettings settings)
    {
        switch (settings.Provider)
        {
            case DatabaseProvider.PostgreSql:
                var options = new PostgreSqlStorageOptions
                {
                    SchemaName = JobStorageInstaller.PostgreSqlSchema,
                    PrepareSchemaIfNecessary = false,
                    QueuePollInterval = TimeSpan.FromSeconds(5),
                    // Its locks are rows that a killed process leaves behind: after so long the next one takes them over. Every job is safe to run twice.
                    DistributedLockTimeout = TimeSpan.FromMinutes(1),
                };
                return new PostgreSqlStorage(new NpgsqlConnectionFactory(settings.ConnectionString, options), options);
            case DatabaseProvider.SqlServer:
                // What it would find out by asking a database that may not be there yet; the installer sees to the schema that needs no global locks.
                return new SqlServerStorage(settings.ConnectionString,
                    new SqlServerStorageOptions { PrepareSchemaIfNecessary = false, TryAutoDetectSchemaDependentOptions = false, DisableGlobalLocks = true });
            default:
                return new InMemoryStorage(new InMemoryStorageOptions { MaxExpirationTime = TimeSpan.FromHours(6) });
        }
    }
}

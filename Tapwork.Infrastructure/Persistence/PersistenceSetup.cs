using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Tapwork.Infrastructure.Auditing;
using Tapwork.Infrastructure.Events;

namespace Tapwork.Infrastructure.Persistence;

public static class PersistenceSetup
{
    public static IServiceCollection AddPersistence(this IServiceCollection services, IConfiguration configuration)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(configuration.GetSection(DatabaseSettings.Section).Get<DatabaseSettings>() ?? new DatabaseSettings());
        services.AddSingleton<ISaveChangesInterceptor, OneWriteAtATime>();
        services.AddSingleton<ISaveChangesInterceptor, EventWriter>();
        services.AddSingleton(configuration.GetSection(AuditSettings.Section).Get<AuditSettings>() ?? new AuditSettings());
        services.AddSingleton<AuditKeys>();
        services.AddSingleton<ISaveChangesInterceptor, AuditWriter>();
        services.AddSingleton<ISaveChangesInterceptor, AppendingWriter>();
        services.AddSingleton<DatabaseOptions>();
        services.AddSingleton<WriteGate>();
        services.AddSingleton<Database>();
        services.AddSingleton<SchemaUpgrade>();
        services.AddSingleton<SqlServerRequirements>();
        services.AddSingleton<DatabasePreparation>();
        services.AddSingleton<CommitSignal>();
        services.AddSingleton<PositionSignal>();
        services.AddSingleton<DeliverySignal>();
        return services;
    }
}

internal sealed class DesignTimeSqlite : IDesignTimeDbContextFactory<SqliteTapworkDbContext>
{
    public SqliteTapworkDbContext CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<SqliteTapworkDbContext>().UseSqlite("Data Source=:memory:").Options);
}

internal sealed class DesignTimeSqlServer : IDesignTimeDbContextFactory<SqlServerTapworkDbContext>
{
    public SqlServerTapworkDbContext CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<SqlServerTapworkDbContext>().UseSqlServer("Server=.;Database=tapwork").Options);
}

internal sealed class DesignTimePostgreSql : IDesignTimeDbContextFactory<PostgreSqlTapworkDbContext>
{
    public PostgreSqlTapworkDbContext CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<PostgreSqlTapworkDbContext>().UseNpgsql("Host=localhost;Database=tapwork").Options);
}

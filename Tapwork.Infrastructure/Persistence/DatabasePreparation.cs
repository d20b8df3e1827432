using Tapwork.Infrastructure.Monitoring;

namespace Tapwork.Infrastructure.Persistence;

/// <summary>Prepares the database at the start, in this order: migrations, what SQL Server must be set to, the scheduler's tables.</summary>
public sealed class DatabasePreparation(SchemaUpgrade schema, SqlServerRequirements sqlServer, JobStorageInstaller jobs, DatabaseSettings settings)
{
    /// <exception cref="DatabaseUnavailableException">The database cannot be reached, entered or written; its message says how to mend that.</exception>
    public async Task PrepareAsync(CancellationToken cancel)
    {
        try
        {
            await schema.ApplyAsync(cancel);
            await sqlServer.CheckAsync(cancel);
            await jobs.InstallAsync(cancel);
        }
        catch (Exception e) when (DatabaseUnavailableException.Explain(e, settings) is { } explained)
        {
            throw explained;
        }
    }
}

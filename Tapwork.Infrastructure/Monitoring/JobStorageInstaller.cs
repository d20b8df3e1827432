using Hangfire.PostgreSql;
using Hangfire.SqlServer;
using Microsoft.Data.SqlClient;
using Npgsql;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Monitoring;

/// <summary>
/// Makes the scheduler's tables, after the migrations: Hangfire itself looks once, when the application is composed, and a new installation has no database then.
/// </summary>
public sealed class JobStorageInstaller(DatabaseSettings settings)
{
    public const string PostgreSqlSchema = "hangfire";

    // Hangfire's script for PostgreSQL locks nothing. Any number that nobody else takes in this database.
    private const long AdvisoryLock = 7_250_431_907;

    /// <summary>Leaves tables that are up to date as they are; two starts at once take turns.</summary>
    public Task InstallAsync(CancellationToken cancel) => settings.Provider switch
    {
        DatabaseProvider.PostgreSql => InstallOnPostgreSqlAsync(cancel),
        DatabaseProvider.SqlServer => InstallOnSqlServerAsync(cancel),
        _ => Task.CompletedTask,
    };

    private async Task InstallOnPostgreSqlAsync(CancellationToken cancel)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(settings.ConnectionString) { Pooling = false, CommandTimeout = 0 }.ToString());
        await connection.OpenAsync(cancel);
        // The session's end frees it.
        await using (var take = new NpgsqlCommand($"SELECT pg_advisory_lock({AdvisoryLock})", connection))
            await take.ExecuteNonQueryAsync(cancel);
        PostgreSqlObjectsInstaller.Install(connection, PostgreSqlSchema);
    }

    private async Task InstallOnSqlServerAsync(CancellationToken cancel)
    {
        await using var connection = new SqlConnection(settings.ConnectionString);
        await connection.OpenAsync(cancel);
        SqlServerObjectsInstaller.Install(connection);
    }
}

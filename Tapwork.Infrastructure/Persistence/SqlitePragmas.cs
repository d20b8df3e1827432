using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Tapwork.Infrastructure.Persistence;

/// <summary>Every connection: a committed transaction survives a power cut, readers do not wait for the writer, and
/// the log is copied back every 32 MB instead of every 4, because the one writer does the copying.</summary>
internal sealed class SqlitePragmas : DbConnectionInterceptor
{
    private const string Reading = "PRAGMA synchronous=FULL; PRAGMA busy_timeout=30000; PRAGMA foreign_keys=ON; PRAGMA cache_size=-16000; PRAGMA temp_store=MEMORY; PRAGMA wal_autocheckpoint=8000;";
    private const string Writing = $"PRAGMA journal_mode=WAL; {Reading}";

    public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData)
    {
        using var command = connection.CreateCommand();
        command.CommandText = PragmasOf(connection);
        command.ExecuteNonQuery();
    }

    public override async Task ConnectionOpenedAsync(DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = PragmasOf(connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    // EF Core asks through a read-only connection whether the file is there: one that a killed start left without WAL cannot be changed by it.
    private static string PragmasOf(DbConnection connection) =>
        connection.ConnectionString.Contains("Mode=ReadOnly", StringComparison.OrdinalIgnoreCase) ? Reading : Writing;
}

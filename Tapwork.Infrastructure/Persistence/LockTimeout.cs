using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Tapwork.Infrastructure.Persistence;

/// <summary>
/// Every connection to SQL Server: whoever waits for a row gives up after the same time as on PostgreSQL, and tries again. A frozen instance keeps its rows; the
/// others go on past them. Set at each opening, because the pool resets it.
/// </summary>
internal sealed class LockTimeout : DbConnectionInterceptor
{
    public const string Statement = "SET LOCK_TIMEOUT 20000";

    public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData)
    {
        using var command = connection.CreateCommand();
        command.CommandText = Statement;
        command.ExecuteNonQuery();
    }

    public override async Task ConnectionOpenedAsync(DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = Statement;
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}

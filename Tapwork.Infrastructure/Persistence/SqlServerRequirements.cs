using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Tapwork.Core.Accounts;

namespace Tapwork.Infrastructure.Persistence;

/// <summary>Checks at the start what a SQL Server database must be set to: the compatibility level is required, read-committed snapshot is recommended.</summary>
public sealed class SqlServerRequirements(Database database, ILogger<SqlServerRequirements> logger)
{
    /// <summary>SQL Server 2016: the first with OPENJSON.</summary>
    public const int MinCompatibilityLevel = 130;

    /// <exception cref="InvalidOperationException">The compatibility level is too low.</exception>
    public async Task CheckAsync(CancellationToken cancel)
    {
        if (database.Provider != DatabaseProvider.SqlServer)
            return;
        await using var db = database.Open(Actor.System("start"));
        Check(await db.Database.SqlQueryRaw<int>(Statements.CompatibilityLevel).SingleAsync(cancel), await db.Database.SqlQueryRaw<int>(Statements.IsSnapshotOn).SingleAsync(cancel) == 1);
    }

    internal void Check(int compatibilityLevel, bool isSnapshotOn)
    {
        if (compatibilityLevel < MinCompatibilityLevel)
            throw new InvalidOperationException(
                $"the database's compatibility level is {compatibilityLevel}; Tapwork needs SQL Server 2016 or later: ALTER DATABASE CURRENT SET COMPATIBILITY_LEVEL = {MinCompatibilityLevel}");
        if (!isSnapshotOn)
            logger.LogWarning("readers and writers block each other in this database: ALTER DATABASE CURRENT SET READ_COMMITTED_SNAPSHOT ON, while nobody else is connected");
    }
}

using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Tapwork.Core.Accounts;

namespace Tapwork.Infrastructure.Persistence;

/// <summary>Brings the database up to date before anything else runs; two starts at once take turns, and a start killed in the middle is taken over.</summary>
public sealed class SchemaUpgrade(Database database, DatabaseSettings settings)
{
    // Any number that nobody else takes in this database.
    private const long AdvisoryLock = 7_250_431_906;

    private const int EWouldBlock = 11, ErrorSharingViolation = 32, ErrorLockViolation = 33;

    /// <returns>Whether there was anything to do.</returns>
    public async Task<bool> ApplyAsync(CancellationToken cancel)
    {
        await using var turn = await TakeTurnAsync(cancel);
        await using var db = database.Open(Actor.System("migrations"));
        var pending = await db.Database.GetPendingMigrationsAsync(cancel);
        if (!pending.Any())
            return false;
        if (database.Provider == DatabaseProvider.Sqlite)
            await ForgetAbandonedLockAsync(db, cancel);
        await db.Database.MigrateAsync(cancel);
        return true;
    }

    private Task<IAsyncDisposable?> TakeTurnAsync(CancellationToken cancel) => database.Provider switch
    {
        DatabaseProvider.Sqlite => TakeFileAsync(cancel),
        DatabaseProvider.PostgreSql => TakeAdvisoryLockAsync(cancel),
        // SQL Server's own lock holds for the whole of an upgrade.
        _ => Task.FromResult<IAsyncDisposable?>(null),
    };

    // EF Core locks for each migration anew: between two of them another start would begin with the second. The session's end frees this one.
    private async Task<IAsyncDisposable?> TakeAdvisoryLockAsync(CancellationToken cancel)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(settings.ConnectionString) { Pooling = false, CommandTimeout = 0 }.ToString());
        try
        {
            await connection.OpenAsync(cancel);
            await using var take = new NpgsqlCommand($"SELECT pg_advisory_lock({AdvisoryLock})", connection);
            await take.ExecuteNonQueryAsync(cancel);
            return connection;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InvalidCatalogName)
        {
            // There is no such database yet: the upgrade makes it.
            await connection.DisposeAsync();
            return null;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    // The operating system lets go of the file's lock when a start is killed; the file stays, since who deletes it may delete the one another has just
    // locked.
    private async Task<IAsyncDisposable?> TakeFileAsync(CancellationToken cancel)
    {
        var path = Path.GetFullPath(new SqliteConnectionStringBuilder(settings.ConnectionString).DataSource) + ".migrating";
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException e) when (IsHeld(e))
            {
                await Task.Delay(100, cancel);
            }
        }
    }

    // By another start. Waiting would not help where the disk is read-only or full.
    private static bool IsHeld(IOException e) => (e.HResult & 0xFFFF) is EWouldBlock or ErrorSharingViolation or ErrorLockViolation;

    // EF Core marks a SQLite migration by a row that a killed process leaves behind, and then waits for it for ever.
    private static async Task ForgetAbandonedLockAsync(TapworkDbContext db, CancellationToken cancel)
    {
        var marks = await db.Database.SqlQuery<int>($"SELECT COUNT(*) AS Value FROM sqlite_master WHERE name = '__EFMigrationsLock'").SingleAsync(cancel);
        if (marks > 0)
            await db.Database.ExecuteSqlRawAsync("DELETE FROM \"__EFMigrationsLock\"", cancel);
    }
}

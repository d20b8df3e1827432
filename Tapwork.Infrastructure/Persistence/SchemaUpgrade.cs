using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Tapwork.Core.Accounts;

namespace Tapwork.Infrastructure.Persistence;

/// <summary>Brings the database up to date before anything else runs; two starts at once take turns, and a start killed in the middle is taken over.</summary>
public sealed class SchemaUpgrade(Database database, DatabaseSettings settings)
{
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

    // The operating system lets go of the file's lock when a start is killed; the file stays, since who deletes it may delete the one another has just
    // locked. The servers have locks of their own, bound to the session.
    private async Task<FileStream?> TakeTurnAsync(CancellationToken cancel)
    {
        if (database.Provider != DatabaseProvider.Sqlite)
            return null;
        var path = Path.GetFullPath(new SqliteConnectionStringBuilder(settings.ConnectionString).DataSource) + ".migrating";
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException)
            {
                await Task.Delay(100, cancel);
            }
        }
    }

    // EF Core marks a SQLite migration by a row that a killed process leaves behind, and then waits for it for ever.
    private static async Task ForgetAbandonedLockAsync(TapworkDbContext db, CancellationToken cancel)
    {
        var marks = await db.Database.SqlQuery<int>($"SELECT COUNT(*) AS Value FROM sqlite_master WHERE name = '__EFMigrationsLock'").SingleAsync(cancel);
        if (marks > 0)
            await db.Database.ExecuteSqlRawAsync("DELETE FROM \"__EFMigrationsLock\"", cancel);
    }
}

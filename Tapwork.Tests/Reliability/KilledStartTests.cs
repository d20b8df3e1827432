using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Tapwork.Infrastructure.Persistence;
using Tapwork.Tests.Persistence;
using Tapwork.Tests.Shell;

namespace Tapwork.Tests.Reliability;

[Collection(ReliabilityCollection.Name)]
public sealed class KilledStartTests
{
    /// <summary>The scheduler's locks on PostgreSQL are rows; the start used to wait for one that a killed process had left, and then gave up.</summary>
    [Fact]
    public async Task A_lock_that_a_killed_process_left_in_the_scheduler_does_not_keep_the_next_from_starting()
    {
        await using var database = await TestDatabase.PostgreSqlAsync();
        var settings = new Dictionary<string, string?>(database.Settings) { ["Demo:Enabled"] = "false", ["Sandbox:Enabled"] = "false" };
        await (await TapworkApp.StartAsync(settings)).DisposeAsync();
        await using (var db = database.Open())
            await db.Database.ExecuteSqlAsync(
                $"INSERT INTO hangfire.lock (resource, acquired) VALUES ('hangfire:lock:recurring-job:relay-events', now() at time zone 'utc') ON CONFLICT DO NOTHING", TestContext.Current.CancellationToken);
        await using var next = await TapworkApp.StartAsync(settings);
        next.Output.ShouldContain("Tapwork is at");
    }

    [Theory]
    [Databases]
    public async Task A_start_killed_while_it_migrates_is_taken_over_by_the_next(DatabaseProvider provider)
    {
        var halfWay = 0;
        foreach (var milliseconds in (int[])[0, 60, 250, 700])
        {
            await using var database = await TestDatabase.EmptyAsync(provider);
            var settings = new Dictionary<string, string?>(database.Settings) { ["Demo:Enabled"] = "false", ["Sandbox:Enabled"] = "false" };
            await KillWhileMigratingAsync(database, settings, TimeSpan.FromMilliseconds(milliseconds));
            await using (var db = database.Open())
                halfWay += (await db.Database.GetPendingMigrationsAsync(TestContext.Current.CancellationToken)).Any() ? 1 : 0;
            await using var next = await TapworkApp.StartAsync(settings);
            await using (var db = database.Open())
                (await db.Database.GetPendingMigrationsAsync(TestContext.Current.CancellationToken)).ShouldBeEmpty();
        }
        halfWay.ShouldBeGreaterThan(0, "no kill met a migration: the test shows nothing");
    }

    // Counted from the first trace the migration leaves in the database.
    private static async Task KillWhileMigratingAsync(TestDatabase database, Dictionary<string, string?> settings, TimeSpan after)
    {
        var folder = Directory.CreateTempSubdirectory("tapwork-start-").FullName;
        await using (var start = ChildProcess.Start(folder, new Dictionary<string, string?>(settings)
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Development",
            ["ASPNETCORE_URLS"] = null,
            ["Urls"] = $"http://127.0.0.1:{TapworkApp.FreePort()}",
        }, TapworkApp.WebAssembly))
        {
            while (!await HasTracesAsync(database))
                await Task.Delay(5, TestContext.Current.CancellationToken);
            await Task.Delay(after, TestContext.Current.CancellationToken);
            await start.KillAsync();
        }
        Directory.Delete(folder, recursive: true);
    }

    private static async Task<bool> HasTracesAsync(TestDatabase database)
    {
        // Asking SQLite would make the file.
        if (database.Provider == DatabaseProvider.Sqlite)
            return File.Exists(new SqliteConnectionStringBuilder(database.ConnectionString).DataSource);
        await using var db = database.Open();
        return await db.Database.SqlQueryRaw<int>(database.Provider == DatabaseProvider.SqlServer
            ? "SELECT COUNT(*) AS Value FROM sys.tables WHERE name = '__EFMigrationsHistory'"
            : "SELECT COUNT(*)::int AS \"Value\" FROM pg_class WHERE relname = '__EFMigrationsHistory'").SingleAsync() > 0;
    }
}

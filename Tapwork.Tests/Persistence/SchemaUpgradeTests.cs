using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Tapwork.Infrastructure.Events;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Tests.Persistence;

public class SchemaUpgradeTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    // Found by a reader: a list's column that an upgrade adds is an empty text in the rows that were there, and reading them threw.
    [Theory]
    [Databases]
    public async Task A_row_older_than_a_list_reads_as_an_empty_one(DatabaseProvider provider)
    {
        await using var database = await TestDatabase.CreateAsync(provider);
        await database.Database.WriteAsync(Core.Accounts.Actor.System("test"), db =>
        {
            db.Integrations.Add(Core.Integrations.Integration.Register("REQ-I-001", "Old", "webhook", Given.Now));
            return Task.CompletedTask;
        }, Cancel);
        await using var db = database.Open();
        await db.Database.ExecuteSqlRawAsync("UPDATE \"Integrations\" SET \"SecretsSetAt\" = ''", Cancel);
        (await db.Integrations.SingleAsync(Cancel)).SecretsSetAt.ShouldBeEmpty();
    }

    [Theory]
    [Databases]
    public async Task Of_starts_at_the_same_moment_one_migrates_and_all_go_on(DatabaseProvider provider)
    {
        await using var database = await TestDatabase.EmptyAsync(provider);
        var starts = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(() => Start(database).ApplyAsync(Cancel), Cancel)));
        if (provider == DatabaseProvider.Sqlite)
            starts.Count(migrated => migrated).ShouldBe(1);
        await ShouldBeCompleteAsync(database);
    }

    [Fact]
    public async Task A_start_killed_while_it_migrated_is_taken_over_on_SQLite()
    {
        await using var database = await TestDatabase.EmptyAsync(DatabaseProvider.Sqlite);
        // What such a start leaves: EF Core's mark, which it would wait for for ever, and our lock's file, which the system has let go of.
        await using (var db = database.Open())
            await db.Database.ExecuteSqlRawAsync("""
                CREATE TABLE "__EFMigrationsLock" ("Id" INTEGER NOT NULL CONSTRAINT "PK___EFMigrationsLock" PRIMARY KEY, "Timestamp" TEXT NOT NULL);
                INSERT INTO "__EFMigrationsLock" VALUES (1, '2026-11-24 09:00:00');
                CREATE TABLE "__EFMigrationsHistory" ("MigrationId" TEXT NOT NULL CONSTRAINT "PK___EFMigrationsHistory" PRIMARY KEY, "ProductVersion" TEXT NOT NULL);
                """, Cancel);
        await File.WriteAllTextAsync(new Microsoft.Data.Sqlite.SqliteConnectionStringBuilder(database.ConnectionString).DataSource + ".migrating", "", Cancel);
        (await Start(database).ApplyAsync(Cancel)).ShouldBeTrue();
        await ShouldBeCompleteAsync(database);
    }

    // The session dies in the middle of the script, as it does with its process.
    [Fact]
    public async Task A_start_killed_while_it_migrated_is_taken_over_on_PostgreSQL()
    {
        await using var database = await TestDatabase.EmptyAsync(DatabaseProvider.PostgreSql);
        await ExecuteAsync(database, """
            CREATE FUNCTION dawdle() RETURNS event_trigger LANGUAGE plpgsql AS $$
            BEGIN IF EXISTS (SELECT 1 FROM pg_event_trigger_ddl_commands() WHERE object_identity LIKE '%Deliveries"') THEN PERFORM pg_sleep(600); END IF; END $$;
            CREATE EVENT TRIGGER dawdles ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION dawdle();
            """);
        var killed = Task.Run(() => Start(database).ApplyAsync(Cancel), Cancel);
        while (await ExecuteAsync(database, "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'") is 0L)
        {
            killed.IsCompleted.ShouldBeFalse("the start ended before it was killed");
            await Task.Delay(20, Cancel);
        }
        await Should.ThrowAsync<Exception>(killed);
        await ExecuteAsync(database, "DROP EVENT TRIGGER dawdles");

        (await Start(database).ApplyAsync(Cancel)).ShouldBeTrue();
        await ShouldBeCompleteAsync(database);
    }

    [Theory]
    [Databases]
    public async Task A_database_that_is_up_to_date_is_left_alone(DatabaseProvider provider)
    {
        await using var database = await TestDatabase.CreateAsync(provider);
        (await Start(database).ApplyAsync(Cancel)).ShouldBeFalse();
    }

    private static SchemaUpgrade Start(TestDatabase database)
    {
        var services = database.Services.Value;
        var settings = services.GetRequiredService<DatabaseSettings>();
        return new SchemaUpgrade(new Database(settings, services.GetRequiredService<DatabaseOptions>(), new WriteGate(), new CommitSignal()), settings);
    }

    private static async Task ShouldBeCompleteAsync(TestDatabase database)
    {
        await using var db = database.Open();
        (await db.Database.GetPendingMigrationsAsync(Cancel)).ShouldBeEmpty();
        (await db.Cursors.SingleAsync(Cancel)).Name.ShouldBe(EventCursor.Relay);
        (await db.Deliveries.AnyAsync(Cancel)).ShouldBeFalse();
    }

    private static async Task<object?> ExecuteAsync(TestDatabase database, string statement)
    {
        await using var connection = new NpgsqlConnection(database.ConnectionString);
        await connection.OpenAsync(Cancel);
        await using var command = new NpgsqlCommand(statement, connection);
        return await command.ExecuteScalarAsync(Cancel);
    }
}

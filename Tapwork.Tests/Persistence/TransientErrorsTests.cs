using System.ComponentModel;
using System.Data;
using System.Globalization;
using System.Net.Sockets;
using Microsoft.Data.SqlClient;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.SqlServer.Storage.Internal;
using Npgsql;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Tests.Persistence;

/// <summary>Which errors of the three databases are retried and never held against an event, a delivery or a session.</summary>
public sealed class TransientErrorsTests
{
    [Theory]
    // The issue's: deadlock, timeout, lock timeout, connection reset and refused, database not to be opened, Azure's fail-over, snapshot conflict.
    [InlineData(1205)]
    [InlineData(845)]
    [InlineData(-2)]
    [InlineData(1222)]
    [InlineData(10054)]
    [InlineData(10053)]
    [InlineData(10060)]
    [InlineData(10061)]
    [InlineData(4060)]
    [InlineData(40613)]
    [InlineData(3960)]
    // Server not found, network name gone, semaphore timeout, no process on the other end.
    [InlineData(2)]
    [InlineData(53)]
    [InlineData(64)]
    [InlineData(121)]
    [InlineData(233)]
    [InlineData(11001)]
    // Resources: locks, memory, disk, log, version store.
    [InlineData(1204)]
    [InlineData(701)]
    [InlineData(802)]
    [InlineData(8645)]
    [InlineData(1105)]
    [InlineData(9002)]
    [InlineData(3967)]
    // Start, shutdown, recovery, offline, fail-over.
    [InlineData(6005)]
    [InlineData(596)]
    [InlineData(922)]
    [InlineData(942)]
    [InlineData(978)]
    [InlineData(983)]
    [InlineData(17142)]
    [InlineData(18401)]
    // Azure.
    [InlineData(40197)]
    [InlineData(40501)]
    [InlineData(49918)]
    [InlineData(49919)]
    [InlineData(49920)]
    [InlineData(10928)]
    [InlineData(10929)]
    [InlineData(40549)]
    // The login is refused or locked.
    [InlineData(18456)]
    [InlineData(18486)]
    public void An_error_of_SQL_Server_that_passes_is_transient(int number) => TransientErrors.IsTransient(SqlServerErrors.Of(number)).ShouldBeTrue();

    [Theory]
    // Unique key, foreign key, null, too long, conversion, arithmetic, division, syntax, unknown column and table, permission, collation, in whatever company.
    [InlineData(2627)]
    [InlineData(2601)]
    [InlineData(547)]
    [InlineData(515)]
    [InlineData(2628)]
    [InlineData(8152)]
    [InlineData(245)]
    [InlineData(8115)]
    [InlineData(8134)]
    [InlineData(102)]
    [InlineData(207)]
    [InlineData(208)]
    [InlineData(229)]
    [InlineData(468)]
    [InlineData(451)]
    [InlineData(3621)]
    [InlineData(50000)]
    public void An_error_of_SQL_Server_that_would_come_again_is_not(int number)
    {
        TransientErrors.IsTransient(SqlServerErrors.Of(number)).ShouldBeFalse();
        TransientErrors.IsTransient(SqlServerErrors.Of(number, 3621)).ShouldBeFalse();
        TransientErrors.IsTransient(new DbUpdateException("save", SqlServerErrors.Of(number))).ShouldBeFalse();
    }

    [Fact]
    public void Every_number_of_EF_Core_s_list_is_transient()
    {
#pragma warning disable EF1001 // The list to compare with.
        var listed = Enumerable.Range(-100, 60_100).Where(n => SqlServerTransientExceptionDetector.ShouldRetryOn(SqlServerErrors.Of(n))).ToList();
#pragma warning restore EF1001
        listed.Count.ShouldBeGreaterThan(100);
        listed.Where(n => !TransientErrors.IsTransient(SqlServerErrors.Of(n))).ShouldBeEmpty();
    }

    [Fact]
    public void An_error_counts_wherever_it_stands_among_others_and_whatever_wraps_it()
    {
        var among = SqlServerErrors.Of(3621, 1205);
        foreach (var wrapped in Wrapped(among))
            TransientErrors.IsTransient(wrapped).ShouldBeTrue(wrapped.GetType().Name);
        foreach (var wrapped in Wrapped(SqlServerErrors.Of(2627)))
            TransientErrors.IsTransient(wrapped).ShouldBeFalse(wrapped.GetType().Name);
    }

    [Fact]
    public void A_connection_that_broke_or_never_came_about_is_transient_whatever_its_number()
    {
        TransientErrors.IsTransient(SqlServerErrors.Of(20, new SocketException(0), 0)).ShouldBeTrue("refused, as SqlClient tells it on Linux");
        TransientErrors.IsTransient(SqlServerErrors.Of(20, null, 0)).ShouldBeTrue("broken");
        TransientErrors.IsTransient(SqlServerErrors.Of(11, new Win32Exception(258), 0)).ShouldBeTrue("no answer");
        TransientErrors.IsTransient(SqlServerErrors.Of(11, null, 0)).ShouldBeFalse("cancelled by ourselves");
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_transient()
    {
        await using var sqlServer = new SqlConnection("Server=127.0.0.1,1;User Id=x;Password=x;Connect Timeout=5;TrustServerCertificate=true");
        TransientErrors.IsTransient(await Should.ThrowAsync<SqlException>(sqlServer.OpenAsync(TestContext.Current.CancellationToken))).ShouldBeTrue();
        await using var postgreSql = new NpgsqlConnection("Host=127.0.0.1;Port=1;Username=x;Timeout=5");
        TransientErrors.IsTransient(await Should.ThrowAsync<NpgsqlException>(postgreSql.OpenAsync(TestContext.Current.CancellationToken))).ShouldBeTrue();
        await using var sqlite = new SqliteConnection("Data Source=/nowhere/at/all.db");
        TransientErrors.IsTransient(await Should.ThrowAsync<SqliteException>(sqlite.OpenAsync(TestContext.Current.CancellationToken))).ShouldBeTrue();
    }

    // The words are the language's, which in a circuit is the person's.
    [Theory]
    [InlineData("en")]
    [InlineData("fr")]
    public void An_exhausted_pool_is_transient_in_every_language(string language)
    {
        CultureInfo.CurrentUICulture = new CultureInfo(language);
        var exhausted = SqlServerErrors.PoolExhausted();
        exhausted.Message.ShouldContain(language == "en" ? "pool" : "du pool");
        TransientErrors.IsTransient(exhausted).ShouldBeTrue();
        TransientErrors.IsTransientInDatabase(new InvalidOperationException("outer", exhausted)).ShouldBeTrue();
        TransientErrors.IsTransient(new NpgsqlException("The connection pool has been exhausted", new TimeoutException())).ShouldBeTrue();
        TransientErrors.IsTransient(new InvalidOperationException("a fault of ours")).ShouldBeFalse();
    }

    [Fact]
    public async Task An_exhausted_pool_of_PostgreSQL_is_transient()
    {
        Needs.PostgreSql();
        var connectionString = new NpgsqlConnectionStringBuilder(Needs.PostgreSqlServer!) { MaxPoolSize = 1, Timeout = 1, ApplicationName = "exhausted" }.ToString();
        await using var one = new NpgsqlConnection(connectionString);
        await one.OpenAsync(TestContext.Current.CancellationToken);
        await using var another = new NpgsqlConnection(connectionString);
        TransientErrors.IsTransient(await Should.ThrowAsync<NpgsqlException>(another.OpenAsync(TestContext.Current.CancellationToken))).ShouldBeTrue();
    }

    [Theory]
    [InlineData("40001", true)] // serialization
    [InlineData("40P01", true)] // deadlock
    [InlineData("40003", true)] // commit unknown
    [InlineData("55P03", true)] // lock timeout
    [InlineData("57014", true)] // statement timeout
    [InlineData("57P01", true)] // shutdown
    [InlineData("57P02", true)] // crash
    [InlineData("57P03", true)] // starting
    [InlineData("57P05", true)] // idle session
    [InlineData("25P03", true)] // idle in transaction
    [InlineData("25P04", true)] // transaction timeout
    [InlineData("25006", true)] // became a standby
    [InlineData("53100", true)] // disk full
    [InlineData("53200", true)] // memory
    [InlineData("53300", true)] // too many connections
    [InlineData("58030", true)] // I/O
    [InlineData("08006", true)] // connection failure
    [InlineData("08P01", true)] // a pooler's refusal
    [InlineData("28P01", true)] // password changed
    [InlineData("3D000", true)] // database being moved
    [InlineData("23505", false)] // unique
    [InlineData("23503", false)]
    [InlineData("23502", false)]
    [InlineData("22001", false)] // too long
    [InlineData("22021", false)]
    [InlineData("25P02", false)] // after a failure in the same transaction
    [InlineData("40002", false)] // constraint at commit
    [InlineData("42601", false)]
    [InlineData("42P01", false)]
    [InlineData("42501", false)]
    [InlineData("0A000", false)]
    [InlineData("P0001", false)]
    [InlineData("XX000", false)]
    public void An_error_of_PostgreSQL_is_known_by_its_state(string state, bool isTransient)
    {
        var error = new PostgresException("error", "ERROR", "ERROR", state);
        foreach (var wrapped in Wrapped(error).Prepend(error))
            TransientErrors.IsTransient(wrapped).ShouldBe(isTransient);
    }

    [Fact]
    public void A_statement_whose_columns_an_upgrade_changed_is_transient() =>
        TransientErrors.IsTransient(new PostgresException("cached plan must not change result type", "ERROR", "ERROR", "0A000", routine: "RevalidateCachedQuery")).ShouldBeTrue();

    [Theory]
    [InlineData(5, 5, true)] // busy
    [InlineData(5, 517, true)] // busy: snapshot
    [InlineData(5, 261, true)] // busy: recovery
    [InlineData(6, 262, true)] // locked: shared cache
    [InlineData(7, 7, true)] // memory
    [InlineData(8, 8, true)] // read-only
    [InlineData(10, 778, true)] // I/O: write
    [InlineData(13, 13, true)] // full
    [InlineData(14, 14, true)] // cannot open
    [InlineData(15, 15, true)] // locking protocol
    [InlineData(1, 1, false)]
    [InlineData(11, 11, false)] // malformed
    [InlineData(19, 2067, false)] // unique
    [InlineData(19, 787, false)] // foreign key
    [InlineData(20, 20, false)]
    [InlineData(26, 26, false)] // not a database
    public void An_error_of_SQLite_is_known_by_its_code(int code, int extended, bool isTransient)
    {
        foreach (var error in (SqliteException[])[new("error", code, extended), new("error", extended, extended)])
            foreach (var wrapped in Wrapped(error).Prepend(error))
                TransientErrors.IsTransient(wrapped).ShouldBe(isTransient);
    }

    [Fact]
    public void Giving_up_ourselves_is_not_transient()
    {
        TransientErrors.IsTransient(new OperationCanceledException("gone", new PostgresException("canceled", "ERROR", "ERROR", "57014"))).ShouldBeFalse();
        TransientErrors.IsTransient(new DbUpdateConcurrencyException("moved on")).ShouldBeFalse();
        TransientErrors.IsTransient(new DataException()).ShouldBeFalse();
    }

    [Fact]
    public void The_network_to_an_outside_system_is_not_our_database()
    {
        TransientErrors.IsTransientInDatabase(new HttpRequestException("reset", new SocketException(104))).ShouldBeFalse();
        TransientErrors.IsTransientInDatabase(new IOException()).ShouldBeFalse();
        TransientErrors.IsTransientInDatabase(new DbUpdateException("save", SqlServerErrors.Of(1205))).ShouldBeTrue();
        TransientErrors.IsTransientInDatabase(new NpgsqlException("reset", new SocketException(104))).ShouldBeTrue();
        TransientErrors.IsTransientInDatabase(new DbUpdateException("save", SqlServerErrors.Of(2627))).ShouldBeFalse();
    }

    private static IEnumerable<Exception> Wrapped(Exception e) =>
    [
        new DbUpdateException("save", e), new InvalidOperationException("likely due to transient failure", new DbUpdateException("save", e)), new AggregateException(new ArgumentException("other"), e),
        new DbUpdateException("twice", new AggregateException(e)),
    ];
}

using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Serilog;
using Serilog.Core;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Events;
using Tapwork.Infrastructure.Monitoring;
using Tapwork.Infrastructure.Persistence;
using Tapwork.Tests.Integrations;
using Tapwork.Tests.Persistence;
using Tapwork.Web.Monitoring;

namespace Tapwork.Tests.Monitoring;

public class LogKeepingTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    // Found by a benchmark: stopped, it ended as a service that had failed, which ends the whole application.
    [Fact]
    public async Task Stopped_it_ends_as_it_should()
    {
        await using var database = await TestDatabase.CreateAsync(DatabaseProvider.Sqlite);
        var queue = new LogQueue(new LogSettings());
        var clock = new FakeTimeProvider(Given.Now);
        using var keeping = new LogKeeping(database.Database, queue, clock, NullLogger<LogKeeping>.Instance);
        Say(queue, "first");
        await keeping.StartAsync(Cancel);
        while ((await MessagesAsync(database)).Count == 0)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(10, Cancel);
        }
        Say(queue, "last words");
        await keeping.StopAsync(Cancel);
        keeping.ExecuteTask.ShouldNotBeNull().IsCompletedSuccessfully.ShouldBeTrue();
        (await MessagesAsync(database)).ShouldBe(["first", "last words"]);
    }

    [Theory, Servers]
    public async Task While_the_database_is_away_lines_wait_and_what_is_too_much_is_counted_and_let_go(DatabaseProvider provider)
    {
        await using var database = await TestDatabase.CreateAsync(provider);
        var (way, connectionString) = database.OverCuttableWay();
        await using var cut = way;
        var queue = new LogQueue(new LogSettings { Room = 3 });
        var keeping = KeepingOf(Through(database, connectionString), queue);
        Say(queue, "before");
        (await keeping.WriteWaitingAsync(Cancel)).ShouldBeTrue();

        await way.CutAsync();
        Say(queue, "first");
        (await keeping.WriteWaitingAsync(Cancel)).ShouldBeFalse();
        for (var i = 1; i <= 5; i++)
            Say(queue, $"during {i}");
        (await keeping.WriteWaitingAsync(Cancel)).ShouldBeFalse();
        (await MessagesAsync(database)).ShouldBe(["before"]);

        way.Mend();
        (await keeping.WriteWaitingAsync(Cancel)).ShouldBeTrue();
        Say(queue, "after");
        (await keeping.WriteWaitingAsync(Cancel)).ShouldBeTrue();
        (await MessagesAsync(database)).ShouldBe(["before", "first", "during 1", "during 2", "during 3", "2 lines of the log were not kept", "after"]);
    }

    [Fact]
    public async Task What_was_said_last_is_kept_when_the_application_stops()
    {
        await using var database = await TestDatabase.SqliteAsync();
        var queue = new LogQueue(new LogSettings());
        using var keeping = KeepingOf(database.Database, queue);
        await keeping.StartAsync(Cancel);
        Say(queue, "good night");
        await keeping.StopAsync(Cancel);
        (await MessagesAsync(database)).ShouldBe(["good night"]);
    }

    [Fact]
    public async Task Lines_whose_term_is_over_go_by_themselves_and_only_those()
    {
        await using var hub = await HubFixture.StartAsync();
        var queue = hub.Get<LogQueue>();
        foreach (var days in (int[])[45, 31, 29, 0])
            queue.Add(LogEntry.Of(Given.Now.AddDays(-days), Gravity.Information, "Tapwork.Test", null, $"{days} days ago"));
        await hub.Get<LogKeeping>().WriteWaitingAsync(Cancel);
        await hub.Get<JobRunner>().RunAsync("retire-log", Cancel);
        await using var db = hub.Open();
        (await db.LogEntries.OrderBy(e => e.Id).Select(e => e.Message).ToListAsync(Cancel)).ShouldBe(["29 days ago", "0 days ago"]);
    }

    [Theory]
    [InlineData("Tapwork.Infrastructure.Deliveries.DeliverySender", "Debug", false)]
    [InlineData("Tapwork.Infrastructure.Deliveries.DeliverySender", "Information", true)]
    [InlineData("Hangfire.Processing", "Information", false)]
    [InlineData("Hangfire.Processing", "Warning", true)]
    [InlineData("Hangfire.Processing", "Fatal", true)]
    [InlineData("Microsoft.EntityFrameworkCore.Database.Command", "Error", false)]
    [InlineData("Tapwork.Infrastructure.Monitoring.LogKeeping", "Error", false)]
    public void What_is_kept_is_our_own_and_the_warnings_of_others_but_nothing_said_of_keeping_it(string source, string level, bool isKept)
    {
        var queue = new LogQueue(new LogSettings());
        using var log = new LoggerConfiguration().MinimumLevel.Verbose().WriteTo.Sink(new LogSink(queue, new LogSettings())).CreateLogger();
        log.ForContext(Constants.SourceContextPropertyName, source).Write(Enum.Parse<Serilog.Events.LogEventLevel>(level), "the {Thing} is {State}", "boiler", "cold");
        queue.Take(9).Select(e => (e.Source, e.Message)).ShouldBe(isKept ? [(source, "the boiler is cold")] : []);
    }

    [Fact]
    public async Task What_is_said_within_a_write_bears_the_correlation_of_who_writes_unless_told_otherwise()
    {
        await using var database = await TestDatabase.SqliteAsync();
        await database.Database.WriteAsync(Actor.System("test", "of the act"), _ =>
        {
            Correlation.Current.ShouldBe("of the act");
            Correlation.Current = "of the delivery";
            Correlation.Current.ShouldBe("of the delivery");
            return Task.CompletedTask;
        }, Cancel);
        Correlation.Current.ShouldBeNull();
    }

    [Fact]
    public void A_line_that_is_too_long_is_cut_where_every_database_can_keep_it()
    {
        var entry = LogEntry.Of(Given.Now, Gravity.Error, "Tapwork.Test", null, new string('a', LogEntry.LongestMessage - 1) + "😀", "\0" + new string('b', 9000));
        entry.Message.ShouldBe(new string('a', LogEntry.LongestMessage - 1) + "\uFFFD");
        entry.Exception.ShouldBe(new string('b', LogEntry.LongestException));
    }

    private static void Say(LogQueue queue, string message) => queue.Add(LogEntry.Of(Given.Now, Gravity.Information, "Tapwork.Test", null, message));

    private static LogKeeping KeepingOf(Database database, LogQueue queue) => new(database, queue, new FakeTimeProvider(Given.Now), NullLogger<LogKeeping>.Instance);

    private static Database Through(TestDatabase database, string connectionString) => new(
        new DatabaseSettings { Provider = database.Provider, ConnectionString = connectionString },
        new DatabaseOptions(database.Services.Value.GetServices<ISaveChangesInterceptor>(), NullLoggerFactory.Instance), new WriteGate(), new CommitSignal());

    private static async Task<List<string>> MessagesAsync(TestDatabase database)
    {
        await using var db = database.Open();
        return await db.LogEntries.OrderBy(e => e.Id).Select(e => e.Message).ToListAsync(Cancel);
    }
}

using System.Net;
using System.Reflection;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Tapwork.Core.Accounts;
using Tapwork.Core.Companies;
using Tapwork.Core.Deliveries;
using Tapwork.Infrastructure.Accounts;
using Tapwork.Infrastructure.Events;
using Tapwork.Infrastructure.Monitoring;
using Tapwork.Infrastructure.Persistence;
using Tapwork.Tests.Accounts;
using Tapwork.Tests.Deliveries;
using Tapwork.Tests.Persistence;
using Tapwork.Web.Accounts;

namespace Tapwork.Tests.Reliability;

/// <summary>What a transient error never does: park an event, use an attempt, lose an outcome or a log line, end a session or a night's job.</summary>
public sealed class TransientErrorTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string> Errors => ["deadlock", "timeout", "lock timeout", "reset", "fail-over", "snapshot", "pool"];

    [Theory]
    [MemberData(nameof(Errors))]
    public async Task It_parks_no_event(string error)
    {
        await using var database = await TestDatabase.SqliteAsync();
        await database.Database.WriteAsync(Actor.System("test"), db => Task.FromResult(db.Companies.Add(Company.Register("Société", Given.Siret(1), Given.Now))), Cancel);
        await new EventRelay(database.Database, database.Services.Value.GetRequiredService<PositionSignal>()).GivePositionsAsync(Cancel);
        var reader = new Reader(database.Database) { Fault = Of(error) };
        (await Should.ThrowAsync<DbUpdateException>(reader.ReadBatchAsync(Cancel))).InnerException.ShouldBe(reader.Fault);
        await using var db = database.Open();
        (await db.ParkedEvents.CountAsync(Cancel)).ShouldBe(0);
        reader.Fault = null;
        (await reader.ReadBatchAsync(Cancel)).ShouldBe(1);
        reader.Read.ShouldBe(1);
    }

    [Theory]
    [MemberData(nameof(Errors))]
    public async Task In_a_connector_it_uses_no_attempt_and_the_others_outcomes_are_kept(string error)
    {
        await using var bench = await DeliveryBench.CreateAsync();
        var ids = await bench.OrderAsync(2);
        var fault = Of(error);
        var instance = bench.Start(new ToldConnector { Answer = d => d.Id == ids[0] && fault is not null ? throw new InvalidOperationException("in the connector", fault) : ToldConnector.Accepted });
        await instance.SendDueAsync();
        (await bench.StatusesAsync()).ShouldBe([DeliveryStatus.Sending, DeliveryStatus.Delivered]);
        (await bench.ReadAsync(ids[0])).FailedTries.ShouldBe(0);
        fault = null;
        bench.Clock.Advance(TimeSpan.FromMinutes(2));
        await instance.RecoverAsync();
        await instance.SendDueAsync();
        var delivery = await bench.ReadAsync(ids[0]);
        (delivery.Status, delivery.FailedTries).ShouldBe((DeliveryStatus.Delivered, 0));
    }

    [Theory]
    [MemberData(nameof(Errors))]
    public async Task It_drops_no_line_of_the_log(string error)
    {
        await using var database = await TestDatabase.SqliteAsync();
        var failing = new Failing { Fault = Of(error) };
        var queue = new LogQueue(new LogSettings());
        queue.Add(LogEntry.Of(Given.Now, Gravity.Information, "Tapwork.Test", null, "kept"));
        using var keeping = new LogKeeping(Over(database, failing), queue, new FakeTimeProvider(Given.Now), NullLogger<LogKeeping>.Instance);
        (await keeping.WriteWaitingAsync(Cancel)).ShouldBeFalse();
        failing.Fault = null;
        (await keeping.WriteWaitingAsync(Cancel)).ShouldBeTrue();
        await using var db = database.Open();
        (await db.LogEntries.Select(e => e.Message).ToListAsync(Cancel)).ShouldBe(["kept"]);
    }

    [Fact]
    public async Task A_circuit_s_session_stays_while_the_database_is_away()
    {
        var away = new Database(new DatabaseSettings { Provider = DatabaseProvider.PostgreSql, ConnectionString = "Host=127.0.0.1;Port=1;Username=x;Pooling=false" },
            new DatabaseOptions([], NullLoggerFactory.Instance), new WriteGate(), new CommitSignal());
        var desk = new SignInDesk(away, null!, new Microsoft.AspNetCore.Identity.PasswordHasher<Login>(), TimeProvider.System);
        using var revalidation = new SessionRevalidation(NullLoggerFactory.Instance, desk, Feed(away));
        var person = new AuthenticationState(Session.PrincipalOf(new SignedIn(Guid.NewGuid(), "Anne", Role.Admin, null, "fr", "stamp")));
        var validate = typeof(SessionRevalidation).GetMethod("ValidateAuthenticationStateAsync", BindingFlags.Instance | BindingFlags.NonPublic)!;
        (await (Task<bool>)validate.Invoke(revalidation, [person, Cancel])!).ShouldBeTrue();
    }

    [Theory]
    [InlineData("no such table")]
    [InlineData("cancelled by the server")]
    [InlineData("disposed")]
    [InlineData("a fault of ours")]
    public async Task Whatever_keeps_the_database_from_answering_a_circuit_s_session_stays_until_it_answers(string error)
    {
        await using var database = await TestDatabase.SqliteAsync();
        var failing = new FailingReads
        {
            Fault = error switch
            {
                "no such table" => new Microsoft.Data.Sqlite.SqliteException("no such table: People", SQLitePCL.raw.SQLITE_ERROR),
                "cancelled by the server" => new OperationCanceledException(),
                "disposed" => new ObjectDisposedException("connection"),
                _ => new InvalidOperationException(error),
            },
        };
        var away = Over(database, failing);
        var desk = new SignInDesk(away, null!, new Microsoft.AspNetCore.Identity.PasswordHasher<Login>(), TimeProvider.System);
        using var revalidation = new SessionRevalidation(NullLoggerFactory.Instance, desk, Feed(away));
        (await HoldsAsync(revalidation, Cancel)).ShouldBeTrue();
        failing.Fault = null;
        // The database answers: there is no such person.
        (await HoldsAsync(revalidation, Cancel)).ShouldBeFalse();
    }

    // The framework begins anew when a browser comes back, and takes a cancelled question for a reason to sign out.
    [Fact]
    public async Task A_question_cancelled_by_a_reconnect_ends_no_session()
    {
        await using var database = await TestDatabase.SqliteAsync();
        using var gone = new CancellationTokenSource();
        var failing = new FailingReads { Before = gone.Cancel };
        var away = Over(database, failing);
        var desk = new SignInDesk(away, null!, new Microsoft.AspNetCore.Identity.PasswordHasher<Login>(), TimeProvider.System);
        using var revalidation = new SessionRevalidation(NullLoggerFactory.Instance, desk, Feed(away));
        (await HoldsAsync(revalidation, gone.Token)).ShouldBeTrue();
    }

    private static Task<bool> HoldsAsync(SessionRevalidation revalidation, CancellationToken cancel)
    {
        var person = new AuthenticationState(Session.PrincipalOf(new SignedIn(Guid.NewGuid(), "Anne", Role.Admin, null, "fr", "stamp")));
        return (Task<bool>)typeof(SessionRevalidation).GetMethod("ValidateAuthenticationStateAsync", BindingFlags.Instance | BindingFlags.NonPublic)!.Invoke(revalidation, [person, cancel])!;
    }

    [Fact]
    public async Task A_nightly_job_goes_on_in_the_same_night()
    {
        await using var database = await TestDatabase.SqliteAsync();
        // Three minutes past its time, and a day before the next.
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 11, 24, 2, 48, 0, TimeSpan.Zero));
        var failing = new Failing { Fault = SqlServerErrors.Of(1205), Times = 3 };
        var services = new ServiceCollection().AddSingleton(Over(database, failing)).AddSingleton<TimeProvider>(clock).AddSingleton<Infrastructure.Drafts.SweepDraftsJob>().BuildServiceProvider();
        await using var _ = services;
        var running = new JobRunner(services.GetRequiredService<Database>(), services, clock, NullLogger<JobRunner>.Instance).RunAsync("sweep-drafts", Cancel);
        while (!running.IsCompleted)
        {
            clock.Advance(TimeSpan.FromSeconds(5));
            await Task.Delay(5, Cancel);
        }
        await running;
        failing.Times.ShouldBe(0);
        await using var db = database.Open();
        (await db.JobRuns.SingleAsync(Cancel)).Outcome.ShouldBe("ok");
    }

    [Fact]
    public async Task A_request_is_asked_to_come_again_and_the_browser_stays_signed_in()
    {
        await using var database = await TestDatabase.PostgreSqlAsync();
        var (way, connectionString) = database.OverCuttableWay();
        await using var cut = way;
        await using var app = await HostedApp.StartAsync([.. database.Settings.Select(s => (s.Key, s.Key == "Database:ConnectionString" ? connectionString + ";Timeout=5" : s.Value))]);
        using var browser = await Browser.OfAsync(app, Role.Office);
        (await browser.GetAsync("/interventions")).StatusCode.ShouldBe(HttpStatusCode.OK);
        await way.CutAsync();
        (await browser.GetAsync("/interventions")).StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        way.Mend();
        (await browser.GetAsync("/interventions")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    private static Exception Of(string error) => error switch
    {
        "deadlock" => SqlServerErrors.Of(1205),
        "timeout" => SqlServerErrors.Of(-2),
        "lock timeout" => SqlServerErrors.Of(1222),
        "reset" => SqlServerErrors.Of(20, null, 10054),
        "fail-over" => SqlServerErrors.Of(40613, 4060),
        "snapshot" => SqlServerErrors.Of(3621, 3960),
        _ => SqlServerErrors.PoolExhausted(),
    };

    private static LiveFeed Feed(Database database) => new(database, new PositionSignal(), TimeProvider.System, NullLogger<LiveFeed>.Instance);

    private static Database Over(TestDatabase database, ISaveChangesInterceptor failing) => new(database.Services.Value.GetRequiredService<DatabaseSettings>(),
        new DatabaseOptions([.. database.Services.Value.GetServices<ISaveChangesInterceptor>(), failing], NullLoggerFactory.Instance), new WriteGate(), new CommitSignal());

    private sealed class FailingReads : DbCommandInterceptor, ISaveChangesInterceptor
    {
        public Exception? Fault { get; set; }

        public Action Before { get; init; } = () => { };

        public override ValueTask<InterceptionResult<System.Data.Common.DbDataReader>> ReaderExecutingAsync(
            System.Data.Common.DbCommand command, CommandEventData eventData, InterceptionResult<System.Data.Common.DbDataReader> result, CancellationToken cancellationToken = default)
        {
            Before();
            cancellationToken.ThrowIfCancellationRequested();
            return Fault is null ? ValueTask.FromResult(result) : throw Fault;
        }
    }

    // As a save or a statement fails whose server is away.
    private sealed class Failing : DbTransactionInterceptor, ISaveChangesInterceptor
    {
        public Exception? Fault { get; set; }

        public int Times { get; set; } = int.MaxValue;

        public override ValueTask<InterceptionResult> TransactionCommittingAsync(
            System.Data.Common.DbTransaction transaction, TransactionEventData eventData, InterceptionResult result, CancellationToken cancellationToken = default)
        {
            if (Fault is null || Times == 0)
                return ValueTask.FromResult(result);
            Times--;
            throw new DbUpdateException("commit", Fault);
        }
    }

    private sealed class Reader(Database database) : EventReader(database, TimeProvider.System, NullLogger.Instance)
    {
        public Exception? Fault { get; set; }

        public int Read { get; private set; }

        public override string Name => "faulty";

        protected override IReadOnlySet<string>? Topics => null;

        protected override Task DigestAsync(TapworkDbContext db, IReadOnlyList<EventRecord> events, CancellationToken cancel)
        {
            if (Fault is not null)
                throw new DbUpdateException("save", Fault);
            Read += events.Count;
            return Task.CompletedTask;
        }
    }
}

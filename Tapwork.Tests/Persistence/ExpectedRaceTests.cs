using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Tapwork.Core.Accounts;
using Tapwork.Core.Integrations;
using Tapwork.Core.Webhooks;
using Tapwork.Infrastructure.Accounts;
using Tapwork.Infrastructure.Drafts;
using Tapwork.Infrastructure.Events;
using Tapwork.Infrastructure.Integrations;
using Tapwork.Infrastructure.Monitoring;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Tests.Persistence;

/// <summary>Two who make the same row in the same moment: expected, so that nothing fails and nothing is logged.</summary>
public sealed class ExpectedRaceTests
{
    private const int AtOnce = 8;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory, Databases]
    public Task A_reader_s_cursor(DatabaseProvider provider) => RaceAsync(
        provider, database => new Idle(database).ReadBatchAsync(Cancel), db => db.Cursors.CountAsync(c => c.Name == "idle", Cancel));

    [Theory, Databases]
    public Task A_job_s_row(DatabaseProvider provider) => RaceAsync(provider, database => database.WriteAsync(Actor.System("test"), async db =>
    {
        var run = await db.RunOfAsync("watch", Cancel);
        run.StartedAt = Given.Now;
    }, Cancel), db => db.JobRuns.CountAsync(Cancel));

    [Theory, Databases]
    public async Task A_destination_s_row(DatabaseProvider provider)
    {
        var integration = Integration.Register("REQ-I-001", "Told", "told", Given.Now);
        integration.Tune(new IntegrationPace("5s", 30, 4, false, new RateLimit(1000, 0, 0, 0)));
        await RaceAsync(provider, database => new DestinationBudget(database, new FakeTimeProvider(Given.Now)).TryTakeAsync(integration, CallFor.Queue, Actor.System("test"), Cancel),
            db => db.Destinations.CountAsync(Cancel), db => db.Integrations.Add(integration));
    }

    [Theory, Databases]
    public Task An_inbound_call(DatabaseProvider provider) => RaceAsync(provider,
        database => database.WriteAsync(Actor.System("test"), db => AppendedRows.InsertIfMissingAsync(db, InboundCall.Receive("REQ-I-001", new string('a', 64), "{}", null, "c1", Given.Now), Cancel), Cancel),
        db => db.InboundCalls.CountAsync(Cancel));

    [Theory, Databases]
    public Task A_draft(DatabaseProvider provider) => RaceAsync(provider,
        database => new DraftDesk(database, new FakeTimeProvider(Given.Now)).KeepAsync(Given.Office, "form", new Dictionary<string, string> { ["a"] = "b" }, Cancel), db => db.Drafts.CountAsync(Cancel));

    [Theory, Databases]
    public Task A_saved_view(DatabaseProvider provider) => RaceAsync(provider, async database =>
    {
        await new SavedViews(database).SaveAsync(Given.Office, "deliveries", "late", "status=Dead", Cancel);
        return true;
    }, db => db.SavedViews.CountAsync(v => v.Query == "status=Dead", Cancel));

    [Theory, Databases]
    public Task A_year_s_first_number(DatabaseProvider provider) => RaceAsync(
        provider, database => database.WriteAsync(Actor.System("test"), db => db.NextNumberAsync("INT-2027", Cancel), Cancel), db => db.Sequences.CountAsync(s => s.Last == AtOnce, Cancel));

    [Theory, Databases]
    public async Task Only_operational_tables_are_written_so(DatabaseProvider provider)
    {
        await using var database = await TestDatabase.CreateAsync(provider);
        await Should.ThrowAsync<InvalidOperationException>(database.Database.WriteAsync(
            Actor.System("test"), db => AppendedRows.InsertIfMissingAsync(db, Integration.Register("REQ-I-001", "Told", "told", Given.Now), Cancel), Cancel));
    }

    private static Task RaceAsync(DatabaseProvider provider, Func<Database, Task> act, Func<TapworkDbContext, Task<int>> rows) =>
        RaceAsync(provider, async database => { await act(database); return true; }, rows);

    // Each as an instance of its own, so that no gate of one process keeps them apart.
    private static async Task RaceAsync<T>(DatabaseProvider provider, Func<Database, Task<T>> act, Func<TapworkDbContext, Task<int>> rows, Action<TapworkDbContext>? before = null)
    {
        await using var database = await TestDatabase.CreateAsync(provider);
        await database.Database.WriteAsync(Actor.System("test"), db =>
        {
            before?.Invoke(db);
            return Task.CompletedTask;
        }, Cancel);
        using var log = new Loud();
        var services = database.Services.Value;
        var options = new DatabaseOptions(services.GetServices<ISaveChangesInterceptor>(), log);
        var settings = services.GetRequiredService<DatabaseSettings>();
        await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => Task.Run(() => act(new Database(settings, options, new WriteGate(), new CommitSignal())), Cancel)));
        log.Said.ShouldBeEmpty();
        await using var db = database.Open();
        (await rows(db)).ShouldBe(1);
    }

    private sealed class Idle(Database database) : EventReader(database, TimeProvider.System, NullLogger.Instance)
    {
        public override string Name => "idle";

        protected override IReadOnlySet<string>? Topics => null;

        protected override Task DigestAsync(TapworkDbContext db, IReadOnlyList<EventRecord> events, CancellationToken cancel) => Task.CompletedTask;
    }

    // Everything from a warning on.
    private sealed class Loud : ILoggerFactory, ILogger
    {
        public ConcurrentQueue<string> Said { get; } = new();

        public void AddProvider(ILoggerProvider provider) { }

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
                Said.Enqueue(formatter(state, exception));
        }

        public void Dispose() { }
    }
}

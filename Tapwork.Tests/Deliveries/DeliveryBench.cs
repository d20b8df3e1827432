using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Tapwork.Core.Accounts;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Integrations;
using Tapwork.Infrastructure.Deliveries;
using Tapwork.Infrastructure.Events;
using Tapwork.Infrastructure.Integrations;
using Tapwork.Infrastructure.Persistence;
using Tapwork.Tests.Persistence;

namespace Tapwork.Tests.Deliveries;

/// <summary>A destination with deliveries on a real database, and as many instances of the application as a test wants; the clock stands until moved.</summary>
internal sealed class DeliveryBench : IAsyncDisposable
{
    public static readonly IntegrationPace Pace = new("5s 30s", 30, 4, false, RateLimit.None);
    private static readonly Actor Test = Actor.System("test");
    private static readonly PersonRateLimiter Limiter = new();
    private readonly TestDatabase _database;
    private long _events;

    private DeliveryBench(TestDatabase database) => _database = database;

    public static TheoryData<DatabaseProvider> Both => TestDatabases.Data;

    public FakeTimeProvider Clock { get; } = new(Given.Now);

    public Integration Integration { get; private set; } = null!;

    public Actor Office { get; private set; } = null!;

    public Actor Admin { get; private set; } = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<DeliveryBench> CreateAsync(DatabaseProvider provider = DatabaseProvider.Sqlite, IntegrationPace? pace = null)
    {
        if (provider == DatabaseProvider.PostgreSql)
            Needs.PostgreSql();
        var bench = new DeliveryBench(await TestDatabase.CreateAsync(provider));
        await bench._database.Database.WriteAsync(Test, db =>
        {
            bench.Integration = db.Integrations.Add(Integration.Register("REQ-I-001", "Told", ToldConnector.Name, Given.Now)).Entity;
            bench.Integration.Tune(pace ?? Pace);
            var person = db.People.Add(Person.Create("Claire Martin", "claire@example.com", Role.Office, null, "fr", Given.Now)).Entity;
            bench.Office = new Actor(person.Id, person.Name, person.Role, null, "127.0.0.1", "test", "c1");
            var admin = db.People.Add(Person.Create("Anne Admin", "anne@example.com", Role.Admin, null, "fr", Given.Now)).Entity;
            bench.Admin = new Actor(admin.Id, admin.Name, admin.Role, null, "127.0.0.1", "test", "c1");
            return Task.CompletedTask;
        }, Cancel);
        return bench;
    }

    /// <summary>An instance of the application: its own write gate and signals, the same database; its clock may be another.</summary>
    public Instance Start(ToldConnector connector, TimeProvider? clock = null)
    {
        var time = clock ?? Clock;
        var services = _database.Services.Value;
        var database = new Database(services.GetRequiredService<DatabaseSettings>(), services.GetRequiredService<DatabaseOptions>(), new WriteGate(), new CommitSignal());
        var due = new DeliverySignal();
        var catalogue = new IntegrationCatalogue(database, time);
        var claims = new DeliveryClaims(database, new DeliverySettings(), time);
        var sender = new DeliverySender(catalogue, claims, time, NullLogger<DeliverySender>.Instance);
        var recorder = new DeliveryRecorder(database, due, time, NullLogger<DeliveryRecorder>.Instance);
        var outcomes = new OutcomeQueue(recorder, time, NullLogger<OutcomeQueue>.Instance);
        return new Instance(this, connector, database, claims, sender, recorder, new DeliveryQueueDrain(catalogue, [connector], claims, sender, recorder), new DeliveryDesk(database, due, time))
        {
            Destinations = new DestinationDesk(database, due, time),
            Outcomes = outcomes,
            Lane = new DeliveryLane(Integration.Id, connector, new LaneParts(catalogue, claims, sender, outcomes, due, time, NullLogger<DeliveryLane>.Instance)),
        };
    }

    /// <summary>What compares with a partner that is asked through the connector.</summary>
    public Reconciliation Compare(IConnector connector) =>
        new(_database.Database, new IntegrationCatalogue(_database.Database, Clock), [connector], Limiter, Clock);

    /// <summary>So many deliveries, due now.</summary>
    public async Task<List<long>> OrderAsync(int count = 1, string? orderingKey = null, string purpose = "test")
    {
        var made = new List<Delivery>();
        await _database.Database.WriteAsync(Test, db =>
        {
            for (var i = 0; i < count; i++)
            {
                var order = new DeliveryOrder(
                    Integration.Id, ++_events, purpose, "test.happened", Guid.CreateVersion7(), """{"a":1}""", $"key-{_events}", orderingKey ?? $"record-{_events}", "c1",
                    new DeliverySearch(null, null, null, null, null));
                made.Add(db.Deliveries.Add(Delivery.Of(order, Clock.GetUtcNow())).Entity);
            }
            return Task.CompletedTask;
        }, Cancel);
        return [.. made.Select(d => d.Id)];
    }

    public TapworkDbContext Open() => _database.Open();

    public async Task<Delivery> ReadAsync(long id)
    {
        await using var db = Open();
        return await db.Deliveries.AsNoTracking().SingleAsync(d => d.Id == id, Cancel);
    }

    public async Task<List<DeliveryStatus>> StatusesAsync()
    {
        await using var db = Open();
        return await db.Deliveries.OrderBy(d => d.Id).Select(d => d.Status).ToListAsync(Cancel);
    }

    public async Task<List<string>> AttemptsAsync(long id)
    {
        await using var db = Open();
        return await db.Attempts.Where(a => a.DeliveryId == id).OrderBy(a => a.Id).Select(a => a.Outcome).ToListAsync(Cancel);
    }

    public async Task<DestinationState> StateAsync()
    {
        await using var db = Open();
        return await db.Destinations.AsNoTracking().SingleAsync(Cancel);
    }

    public async Task<List<string>> TopicsAsync()
    {
        await using var db = Open();
        return await db.Events.OrderBy(e => e.Id).Select(e => e.Topic).ToListAsync(Cancel);
    }

    public ValueTask DisposeAsync() => _database.DisposeAsync();
}

/// <summary>One instance of the application at the bench.</summary>
internal sealed record Instance(
    DeliveryBench Bench, ToldConnector Connector, Database Database, DeliveryClaims Claims, DeliverySender Sender, DeliveryRecorder Recorder,
    DeliveryQueueDrain Drain, DeliveryDesk Desk)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public required DestinationDesk Destinations { get; init; }

    public required OutcomeQueue Outcomes { get; init; }

    public required DeliveryLane Lane { get; init; }

    /// <summary>Changes the integration as this instance's desks would; the bench's own copy stays as it was.</summary>
    public Task ChangeAsync(Action<Integration> change) => Database.WriteAsync(Actor.System("desk"), async db =>
        change(await db.Integrations.SingleAsync(i => i.Id == Bench.Integration.Id, Cancel)), Cancel);

    public async Task<IReadOnlyList<Delivery>> ClaimAsync(int most = 10) =>
        (await Claims.ClaimAsync(Bench.Integration, Connector.IsIdempotent, most, Cancel)).Deliveries;

    /// <summary>Sends what was claimed; null when the lease was lost.</summary>
    public Task<SentDelivery?> SendAsync(Delivery claimed) => Sender.SendAsync(Connector, Bench.Integration, claimed, Cancel);

    public Task RecordAsync(params SentDelivery[] sent) => Recorder.RecordAsync(sent, Cancel);

    public Task<int> RecoverAsync() => Claims.RecoverAsync(_ => Connector.IsIdempotent, Cancel);

    /// <summary>Claims, sends and records all that may go now.</summary>
    public Task<int> SendDueAsync() => Drain.SendDueAsync(_ => true, Cancel);
}

using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Tapwork.Core.Accounts;
using Tapwork.Core.Companies;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Dossiers;
using Tapwork.Core.Integrations;
using Tapwork.Core.Interventions;
using Tapwork.Infrastructure;
using Tapwork.Infrastructure.Deliveries;
using Tapwork.Infrastructure.Events;
using Tapwork.Infrastructure.Integrations;
using Tapwork.Infrastructure.Persistence;
using Tapwork.Tests.Persistence;

namespace Tapwork.Tests.Integrations;

/// <summary>The application below the screens, on a database of its own, before a stand-in that answers as told; the loops stand still, a test takes each step by hand.</summary>
internal sealed class HubFixture : IAsyncDisposable
{
    private readonly TestDatabase _database;
    private readonly ServiceProvider _services;
    private readonly string _folder = Directory.CreateTempSubdirectory("tapwork-links-").FullName;
    private int _count;

    private HubFixture(TestDatabase database, LoopbackServer server, Action<IServiceCollection>? more)
    {
        (_database, Server) = (database, server);
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(database.Settings).AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Outgoing:AllowedAddresses:0"] = "127.0.0.0/8",
            ["PublicBaseUrl"] = "https://tapwork.example",
            ["Files:Folder"] = _folder,
        }).Build();
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(configuration).AddLogging().AddSingleton<TimeProvider>(Clock);
        services.AddTapwork(configuration);
        more?.Invoke(services);
        _services = services.BuildServiceProvider();
    }

    public LoopbackServer Server { get; }

    public FakeTimeProvider Clock { get; } = new(Given.Now);

    public Actor Admin { get; private set; } = null!;

    public Company Company { get; private set; } = null!;

    /// <summary>What every call is answered; 200 and an empty object unless told otherwise.</summary>
    public Func<HttpContext, Arrival, Task>? Answer { get; set; }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<HubFixture> StartAsync(Action<IServiceCollection>? more = null, DatabaseProvider provider = DatabaseProvider.Sqlite)
    {
        if (provider == DatabaseProvider.PostgreSql)
            Needs.PostgreSql();
        HubFixture hub = null!;
        var server = await LoopbackServer.StartAsync((context, arrival) =>
            hub.Answer?.Invoke(context, arrival) ?? SymphonicsPartner.JsonAsync(context, 200, arrival.Path == "/auth/token" ? """{"access_token":"token-1","expires_in":300}""" : "{}"));
        hub = new HubFixture(await TestDatabase.CreateAsync(provider), server, more);
        await hub.ChangeAsync(db =>
        {
            var person = db.People.Add(Person.Create("Anne Admin", "anne@example.com", Role.Admin, null, "fr", Given.Now)).Entity;
            hub.Admin = new Actor(person.Id, person.Name, person.Role, null, "127.0.0.1", "test", "c1");
            hub.Company = db.Companies.Add(Company.Register("Thaléos", "73282932000074", Given.Now)).Entity;
            return Task.CompletedTask;
        });
        return hub;
    }

    public T Get<T>() where T : notnull => _services.GetRequiredService<T>();

    public TapworkDbContext Open() => Get<Database>().Open(Actor.System("test"));

    public Task ChangeAsync(Func<TapworkDbContext, Task> change) => Get<Database>().WriteAsync(Actor.System("test"), change, Cancel);

    /// <summary>Connects, switches on.</summary>
    public async Task<(Guid Id, IReadOnlyDictionary<string, string> Made)> ConnectAsync(string connector, params (string Setting, string Value)[] typed)
    {
        var connected = await Get<IntegrationDesk>().ConnectAsync(Admin, connector, $"Essai {++_count}", typed.ToDictionary(t => t.Setting, t => (string?)t.Value), Cancel);
        await Get<IntegrationDesk>().EnableAsync(Admin, connected.Id, Cancel);
        return connected;
    }

    public Task<(Guid Id, IReadOnlyDictionary<string, string> Made)> WebhookAsync() => ConnectAsync("webhook", ("Url", new Uri(Server.Address, "hook").ToString()));

    public Task<Guid> SubscribeAsync(Guid integration, SubscriptionFilter? filter, params string[] topics) =>
        Get<SubscriptionDesk>().SubscribeAsync(Admin, integration, new SubscriptionTerms(topics, filter ?? SubscriptionFilter.All, [], new DateOnly(2026, 1, 1), null), Cancel);

    /// <summary>Takes the limit of calls away: a further call waits for the clock, and the clock stands still.</summary>
    public async Task LiftLimitAsync(Guid id) =>
        await Get<IntegrationDesk>().TuneAsync(Admin, id, (await IntegrationAsync(id)).Version, new IntegrationPace("5s", 15, 4, false, RateLimit.None), Cancel);

    /// <summary>A dossier is ready.</summary>
    public async Task<Dossier> PrepareAsync(string postalCode = "69003")
    {
        Dossier dossier = null!;
        await ChangeAsync(db =>
        {
            var intervention = Intervention.Enter($"INT-2026-{++_count:000000}", Company.Id, Given.Details() with { PostalCode = postalCode }, false, Given.Office, Given.Now).ReadyToComplete();
            intervention.CompleteInstallation(Given.Office, Given.Now);
            db.Interventions.Add(intervention);
            dossier = db.Dossiers.Add(Dossier.Prepare(intervention, DossierContent.Of(intervention, "Thermostat", "Hugo Petit"), null, Given.Now)).Entity;
            intervention.Follow(dossier, Given.Office, Given.Now);
            return Task.CompletedTask;
        });
        return dossier;
    }

    /// <summary>The dossier is corrected: a newer revision is ready.</summary>
    public async Task<Dossier> ReviseAsync(Dossier dossier)
    {
        Dossier newer = null!;
        await ChangeAsync(async db =>
        {
            var intervention = await db.Interventions.Include(i => i.Photos).Include(i => i.Documents).SingleAsync(i => i.Id == dossier.InterventionId, Cancel);
            newer = db.Dossiers.Add(Dossier.Prepare(intervention, DossierContent.Of(intervention, "Thermostat", $"Hugo Petit {++_count}"), dossier.Id, Given.Now)).Entity;
            intervention.Follow(newer, Given.Office, Given.Now);
        });
        return newer;
    }

    /// <summary>All that happened becomes deliveries.</summary>
    public async Task RouteAsync()
    {
        await Get<EventRelay>().GivePositionsAsync(Cancel);
        while (await Get<DeliveryRouter>().ReadBatchAsync(Cancel) > 0)
        {
        }
    }

    public async Task SendAsync()
    {
        Clock.Advance(TimeSpan.FromSeconds(2));
        await Get<DeliveryQueueDrain>().SendDueAsync(_ => true, Cancel);
    }

    public async Task<List<Delivery>> DeliveriesAsync(Guid integration)
    {
        await using var db = Open();
        return await db.Deliveries.AsNoTracking().Where(d => d.IntegrationId == integration).OrderBy(d => d.Id).ToListAsync(Cancel);
    }

    public async Task<DestinationState> StateAsync(Guid integration)
    {
        await using var db = Open();
        return await db.Destinations.AsNoTracking().SingleAsync(d => d.IntegrationId == integration, Cancel);
    }

    public async Task<Integration> IntegrationAsync(Guid id)
    {
        await using var db = Open();
        return await db.Integrations.AsNoTracking().SingleAsync(i => i.Id == id, Cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await Server.DisposeAsync();
        await _database.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}

using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Tapwork.Core.Accounts;
using Tapwork.Core.Companies;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Integrations;
using Tapwork.Infrastructure;
using Tapwork.Infrastructure.Events;
using Tapwork.Infrastructure.Integrations;
using Tapwork.Infrastructure.Persistence;
using Tapwork.Tests.Persistence;

namespace Tapwork.Tests.Deliveries;

/// <summary>The whole spine under way, with its hosted loops and the real clock, while the database fares badly.</summary>
public class WeatherTests
{
    private static readonly Actor Test = Actor.System("test");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory, Servers]
    public async Task While_the_server_is_away_writes_fail_whole_and_afterwards_everything_arrives_once(DatabaseProvider provider)
    {
        await using var database = await TestDatabase.CreateAsync(provider);
        await using var spine = await Spine.StartAsync(database);
        var failed = 0;
        using var over = new CancellationTokenSource();
        var writers = Enumerable.Range(0, 3).Select(w => Task.Run(async () =>
        {
            for (var i = 0; !over.IsCancellationRequested; i++)
                if (!await spine.TryRegisterAsync((w * 100_000) + i))
                    Interlocked.Increment(ref failed);
        }, Cancel)).ToList();

        await spine.UntilAsync(() => spine.Connector.Sent.Count > 10);
        do
        {
            await database.CloseAsync();
            await Task.Delay(50, Cancel);
        }
        while (Volatile.Read(ref failed) < 10);
        await database.ReopenAsync();
        var sent = spine.Connector.Sent.Count;
        await spine.UntilAsync(() => spine.Connector.Sent.Count > sent + 10);
        await over.CancelAsync();
        await Task.WhenAll(writers);
        await spine.ShouldHaveDeliveredAllOnceAsync();
    }

    [Fact]
    public async Task While_the_disk_is_full_writes_fail_whole_and_afterwards_everything_arrives_once()
    {
        await using var database = await TestDatabase.SqliteAsync();
        var disk = new FullDisk();
        await using var spine = await Spine.StartAsync(database, disk);
        for (var i = 0; i < 20; i++)
            (await spine.TryRegisterAsync(i)).ShouldBeTrue();
        disk.IsFull = true;
        // What still fits into the last pages goes; then nothing does.
        var refused = 0;
        for (var i = 20; i < 20_000 && refused < 5; i++)
            refused += await spine.TryRegisterAsync(i) ? 0 : 1;
        refused.ShouldBe(5);
        disk.IsFull = false;
        (await spine.TryRegisterAsync(20_001)).ShouldBeTrue();
        await spine.ShouldHaveDeliveredAllOnceAsync();
    }

    private sealed class FullDisk : DbConnectionInterceptor, ISaveChangesInterceptor
    {
        public volatile bool IsFull;

        public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData) => Limit(connection);

        public override Task ConnectionOpenedAsync(DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
        {
            Limit(connection);
            return Task.CompletedTask;
        }

        // A limit below what is used means: not one page more.
        private void Limit(DbConnection connection)
        {
            using var command = connection.CreateCommand();
            command.CommandText = $"PRAGMA max_page_count = {(IsFull ? 1 : int.MaxValue - 1)}";
            command.ExecuteNonQuery();
        }
    }

    /// <summary>Every company that registers is told to one destination.</summary>
    private sealed class Spine : IAsyncDisposable
    {
        private readonly ServiceProvider _services;
        private readonly List<IHostedService> _loops = [];
        private int _certain;

        private Spine(ServiceProvider services) => _services = services;

        public ToldConnector Connector { get; } = new();

        private Database Database => _services.GetRequiredService<Database>();

        public static async Task<Spine> StartAsync(TestDatabase database, ISaveChangesInterceptor? interceptor = null)
        {
            var configuration = new ConfigurationBuilder().AddInMemoryCollection(database.Settings).AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["Deliveries:LeaseMargin"] = "00:00:01",
            }).Build();
            var services = new ServiceCollection();
            services.AddSingleton<IConfiguration>(configuration).AddLogging();
            services.AddTapwork(configuration);
            services.RemoveAll<IConnector>().RemoveAll<IRoute>();
            services.AddSingleton<IConnector>(provider => provider.GetRequiredService<Spine>().Connector).AddSingleton<IRoute, EveryCompany>();
            if (interceptor is not null)
                services.AddSingleton(interceptor);
            Spine spine = null!;
            services.AddSingleton(_ => spine);
            spine = new Spine(services.BuildServiceProvider());
            await spine.Database.WriteAsync(Test, db =>
            {
                var integration = db.Integrations.Add(Integration.Register("REQ-I-001", "Told", ToldConnector.Name, TimeProvider.System.GetUtcNow())).Entity;
                integration.Tune(new IntegrationPace("100ms 100ms 100ms", 1, 4, false, RateLimit.None));
                return Task.CompletedTask;
            }, Cancel);
            foreach (var loop in spine._services.GetServices<IHostedService>().Where(l => l is WorkLoop))
            {
                spine._loops.Add(loop);
                await loop.StartAsync(Cancel);
            }
            return spine;
        }

        /// <returns>Whether it was written; when not, the reason was the weather.</returns>
        public async Task<bool> TryRegisterAsync(int number)
        {
            try
            {
                await Database.WriteAsync(Test, db =>
                {
                    db.Companies.Add(Company.Register($"Société {number}", Given.Siret(number), TimeProvider.System.GetUtcNow()));
                    return Task.CompletedTask;
                }, Cancel);
                Interlocked.Increment(ref _certain);
                return true;
            }
            catch (Exception e) when (DatabaseWeather.IsPassing(e))
            {
                return false;
            }
        }

        public async Task UntilAsync(Func<bool> isSo)
        {
            while (!isSo())
                await Task.Delay(20, Cancel);
        }

        public async Task ShouldHaveDeliveredAllOnceAsync()
        {
            while (!await IsAtRestAsync())
                await Task.Delay(50, Cancel);
            await using var db = Database.Open(Test);
            var companies = await db.Companies.Select(c => c.Id).ToListAsync(Cancel);
            companies.Count.ShouldBeGreaterThanOrEqualTo(_certain, "what was answered as written is there");
            (await db.Events.Where(e => e.Topic == EveryCompany.Topic).Select(e => e.Subject).ToListAsync(Cancel)).ShouldBe(companies, ignoreOrder: true);
            (await db.AuditEntries.CountAsync(e => e.RecordType == nameof(Company), Cancel)).ShouldBe(companies.Count);
            var deliveries = await db.Deliveries.AsNoTracking().ToListAsync(Cancel);
            deliveries.Select(d => d.Subject).ShouldBe(companies, ignoreOrder: true);
            deliveries.ShouldAllBe(d => d.Status == DeliveryStatus.Delivered);
            Connector.Sent.Select(d => d.Subject).Distinct().ShouldBe(companies, ignoreOrder: true);
            var accepted = await db.Attempts.CountAsync(a => a.Outcome == nameof(DeliveryOutcome.Accepted), Cancel);
            accepted.ShouldBe(companies.Count, "an outcome is recorded once");
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var loop in _loops)
                await loop.StopAsync(CancellationToken.None);
            await _services.DisposeAsync();
        }

        private async Task<bool> IsAtRestAsync()
        {
            await using var db = Database.Open(Test);
            return !await db.Events.AnyAsync(e => e.Position == null || (e.Topic == EveryCompany.Topic && e.Deliveries == null), Cancel)
                && !await db.Deliveries.AnyAsync(d => d.Status != DeliveryStatus.Delivered, Cancel);
        }
    }

    private sealed class EveryCompany : IRoute
    {
        public const string Topic = "company.registered";

        public string ConnectorKey => ToldConnector.Name;

        public IReadOnlySet<string> Topics { get; } = new HashSet<string> { Topic };

        public Task<IReadOnlyList<DeliveryOrder>> OrdersAsync(
            TapworkDbContext db, Integration integration, IReadOnlyList<EventRecord> events, CancellationToken cancel) =>
            Task.FromResult<IReadOnlyList<DeliveryOrder>>([.. events.Select(e => new DeliveryOrder(
                integration.Id, e.Id, "test", e.Topic, e.Subject, "{}", e.Subject.ToString(), e.Subject.ToString(), e.CorrelationId,
                new DeliverySearch(null, null, null, null, null)))]);
    }
}

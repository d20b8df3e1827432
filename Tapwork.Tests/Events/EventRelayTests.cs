using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tapwork.Core.Accounts;
using Tapwork.Core.Companies;
using Tapwork.Infrastructure.Events;
using Tapwork.Infrastructure.Persistence;
using Tapwork.Tests.Persistence;

namespace Tapwork.Tests.Events;

public class EventRelayTests
{
    [Fact]
    public async Task What_is_committed_gets_a_dense_place_in_line_on_SQLite()
    {
        await using var database = await TestDatabase.SqliteAsync();
        await RegisterAsync(database, 7300000, 5);
        await RelayOf(database).GivePositionsAsync(TestContext.Current.CancellationToken);
        await using var db = database.Open();
        (await db.Events.OrderBy(e => e.Position).Select(e => e.Position).ToListAsync(TestContext.Current.CancellationToken)).ShouldBe([1, 2, 3, 4, 5]);
    }

    [Fact]
    public async Task No_event_is_skipped_when_commits_overtake_each_other_on_PostgreSQL()
    {
        await using var database = await TestDatabase.PostgreSqlAsync();
        var cancel = TestContext.Current.CancellationToken;
        const int writers = 24, each = 20;
        using var done = new CancellationTokenSource();
        var reader = new Collector(database.Database);
        var relays = Enumerable.Range(0, 2).Select(_ => Task.Run(() => RelayUntilAsync(RelayOf(database), done.Token), cancel)).ToList();
        var reading = Task.Run(() => ReadUntilAsync(reader, done.Token), cancel);

        await Task.WhenAll(Enumerable.Range(0, writers).Select(w => Task.Run(() => WriteOvertakingAsync(database.Database, w, each, cancel), cancel)));
        await done.CancelAsync();
        await Task.WhenAll([.. relays, reading]);
        while (await RelayOf(database).GivePositionsAsync(cancel) > 0 || await reader.ReadBatchAsync(cancel) > 0)
        {
        }

        reader.Seen.Count.ShouldBe(writers * each);
        reader.Seen.ShouldBe(Enumerable.Range(1, writers * each).Select(n => (long)n));
        await using var db = database.Open();
        var overtaken = await db.Events.CountAsync(e => db.Events.Any(later => later.Id > e.Id && later.Position < e.Position), cancel);
        overtaken.ShouldBeGreaterThan(0, "the commits did not overtake each other: the test shows nothing");
    }

    private static EventRelay RelayOf(TestDatabase database) => new(database.Database, database.Services.Value.GetRequiredService<PositionSignal>());

    // Takes its ids early and commits late, while others come and go.
    private static async Task WriteOvertakingAsync(Database database, int writer, int count, CancellationToken cancel)
    {
        var random = new Random(writer);
        for (var i = 0; i < count; i++)
        {
            await database.WriteAsync(Actor.System("test"), async db =>
            {
                db.Companies.Add(Company.Register($"Société {writer}-{i}", SiretOf((writer * 1000) + i), Given.Now));
                await db.SaveChangesAsync(cancel);
                await Task.Delay(random.Next(0, 40), cancel);
            }, cancel);
        }
    }

    [Fact]
    public async Task A_reader_of_some_topics_passes_over_all_others_and_misses_none_of_its_own()
    {
        await using var database = await TestDatabase.SqliteAsync();
        var cancel = TestContext.Current.CancellationToken;
        await RegisterAsync(database, 5000, EventReader.BatchSize + 50);
        await database.Database.WriteAsync(Actor.System("test"), db =>
        {
            db.People.Add(Person.Create("Claire Martin", "claire@example.com", Role.Office, null, "fr", Given.Now));
            return Task.CompletedTask;
        }, cancel);
        await RegisterAsync(database, 6000, 1);
        var reader = new Collector(database.Database, new HashSet<string> { PersonCreated.Name });
        while (await RelayOf(database).GivePositionsAsync(cancel) > 0 || await reader.ReadBatchAsync(cancel) > 0)
        {
        }
        reader.Seen.ShouldBe([EventReader.BatchSize + 51]);
        await using var db = database.Open();
        (await db.Cursors.SingleAsync(c => c.Name == "collector", cancel)).Position.ShouldBe(EventReader.BatchSize + 52);
    }

    private static async Task RelayUntilAsync(EventRelay relay, CancellationToken done)
    {
        while (!done.IsCancellationRequested)
            await relay.GivePositionsAsync(CancellationToken.None);
    }

    private static async Task ReadUntilAsync(Collector reader, CancellationToken done)
    {
        while (!done.IsCancellationRequested)
            if (await reader.ReadBatchAsync(CancellationToken.None) == 0)
                await Task.Delay(1, CancellationToken.None);
    }

    private static async Task RegisterAsync(TestDatabase database, int seed, int count)
    {
        for (var i = 0; i < count; i++)
            await database.Database.WriteAsync(Actor.System("test"), db =>
            {
                db.Companies.Add(Company.Register($"Société {i}", SiretOf(seed + i), Given.Now));
                return Task.CompletedTask;
            }, TestContext.Current.CancellationToken);
    }

    private static string SiretOf(int number) =>
        Enumerable.Range(0, 10).Select(check => $"{number:0000000000000}{check}").First(Siret.IsValid);

    private sealed class Collector(Database database, IReadOnlySet<string>? topics = null)
        : EventReader(database, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance)
    {
        public List<long> Seen { get; } = [];

        public override string Name => "collector";

        protected override IReadOnlySet<string>? Topics => topics;

        protected override Task DigestAsync(TapworkDbContext db, IReadOnlyList<EventRecord> events, CancellationToken cancel)
        {
            Seen.AddRange(events.Select(e => e.Position!.Value));
            return Task.CompletedTask;
        }
    }
}

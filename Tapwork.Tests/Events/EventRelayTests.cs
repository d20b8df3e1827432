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

    // A reader that went by ids is run beside, and must fail, or the test shows nothing.
    [Theory, Servers]
    public async Task No_event_is_skipped_when_commits_overtake_each_other(DatabaseProvider provider)
    {
        await using var database = await TestDatabase.CreateAsync(provider);
        var cancel = TestContext.Current.CancellationToken;
        const int writers = 24, each = 20, rolledBack = 4;
        using var done = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 2).Select(_ => new Collector(database.Database)).ToList();
        var naive = new IdReader(database);
        List<Task> running =
        [
            .. Enumerable.Range(0, 2).Select(_ => Task.Run(() => UntilAsync(async c => await RelayOf(database).GivePositionsAsync(c), done.Token), cancel)),
            .. readers.Select(r => Task.Run(() => UntilAsync(r.ReadBatchAsync, done.Token), cancel)),
            Task.Run(() => UntilAsync(async c => await naive.ReadAsync(c), done.Token), cancel),
        ];

        await Task.WhenAll(Enumerable.Range(0, writers).Select(w => Task.Run(() => WriteOvertakingAsync(database.Database, w, each, rolledBack, cancel), cancel)));
        await done.CancelAsync();
        await Task.WhenAll(running);
        while (await RelayOf(database).GivePositionsAsync(cancel) > 0 || await readers[0].ReadBatchAsync(cancel) > 0 || await naive.ReadAsync(cancel) > 0)
        {
        }

        await using var db = database.Open();
        var all = Enumerable.Range(1, writers * each).Select(n => (long)n).ToList();
        (await db.Events.OrderBy(e => e.Position).Select(e => e.Position!.Value).ToListAsync(cancel)).ShouldBe(all, "positions are dense and unique");
        (await db.ParkedEvents.OrderBy(p => p.Id).Select(p => p.Position).ToListAsync(cancel)).ShouldBe(all, "each event was digested once, in the order of positions");
        (await db.Cursors.SingleAsync(c => c.Name == Collector.Cursor, cancel)).Position.ShouldBe(all[^1]);
        readers.ShouldAllBe(r => r.Batches > 0);
        naive.Seen.ShouldBeLessThan(all.Count, "nothing was overtaken: the test shows nothing");
        var overtaken = await db.Events.CountAsync(e => db.Events.Any(later => later.Id > e.Id && later.Position < e.Position), cancel);
        overtaken.ShouldBeGreaterThan(writers);
    }

    private static EventRelay RelayOf(TestDatabase database) => new(database.Database, database.Services.Value.GetRequiredService<PositionSignal>());

    // Takes its ids early and commits late, while others come and go; one in ten takes far longer, and some take their ids and never commit.
    private static async Task WriteOvertakingAsync(Database database, int writer, int count, int rolledBack, CancellationToken cancel)
    {
        var random = new Random(writer);
        for (var i = 0; i < count + rolledBack; i++)
        {
            var isKept = i % 6 != 5;
            try
            {
                await database.WriteAsync(Actor.System("test"), async db =>
                {
                    db.Companies.Add(Company.Register($"Société {writer}-{i}", Given.Siret((writer * 1000) + i), Given.Now));
                    await db.SaveChangesAsync(cancel);
                    await Task.Delay(random.Next(10) == 0 ? 250 : random.Next(0, 40), cancel);
                    if (!isKept)
                        throw new NotKeptException();
                }, cancel);
            }
            catch (NotKeptException)
            {
            }
        }
    }

    // Two at once: who finds the cursor moved reads on.
    private static async Task UntilAsync(Func<CancellationToken, Task<long>> work, CancellationToken done)
    {
        while (!done.IsCancellationRequested)
        {
            try
            {
                if (await work(CancellationToken.None) == 0)
                    await Task.Delay(1, CancellationToken.None);
            }
            catch (CursorMovedException)
            {
            }
        }
    }

    private static async Task RegisterAsync(TestDatabase database, int seed, int count)
    {
        for (var i = 0; i < count; i++)
            await database.Database.WriteAsync(Actor.System("test"), db =>
            {
                db.Companies.Add(Company.Register($"Société {i}", Given.Siret(seed + i), Given.Now));
                return Task.CompletedTask;
            }, TestContext.Current.CancellationToken);
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
        await using var db = database.Open();
        (await db.ParkedEvents.Select(p => p.Position).ToListAsync(cancel)).ShouldBe([EventReader.BatchSize + 51]);
        (await db.Cursors.SingleAsync(c => c.Name == Collector.Cursor, cancel)).Position.ShouldBe(EventReader.BatchSize + 52);
    }

    private sealed class NotKeptException : Exception;

    // Its effect is a row of the same transaction as its cursor.
    private sealed class Collector(Database database, IReadOnlySet<string>? topics = null)
        : EventReader(database, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance)
    {
        public const string Cursor = "collector";

        public int Batches { get; private set; }

        public override string Name => Cursor;

        protected override IReadOnlySet<string>? Topics => topics;

        protected override Task DigestAsync(TapworkDbContext db, IReadOnlyList<EventRecord> events, CancellationToken cancel)
        {
            foreach (var happened in events)
                db.ParkedEvents.Add(new ParkedEvent { Reader = "seen", Position = happened.Position!.Value, Record = happened.Subject, ParkedAt = Given.Now });
            return Task.CompletedTask;
        }

        protected override void AfterBatch() => Batches++;
    }

    private sealed class IdReader(TestDatabase database)
    {
        private long _last;

        public int Seen { get; private set; }

        public async Task<int> ReadAsync(CancellationToken cancel)
        {
            await using var db = database.Open();
            var ids = await db.Events.Where(e => e.Id > _last).OrderBy(e => e.Id).Select(e => e.Id).ToListAsync(cancel);
            if (ids.Count > 0)
                (_last, Seen) = (ids[^1], Seen + ids.Count);
            return ids.Count;
        }
    }
}

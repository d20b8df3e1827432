using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Auditing;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Benchmarks;

/// <summary>What the trail costs: the same edits with and without event and audit rows; and how fast entries are sealed and verified, in how much memory.</summary>
internal static class AuditBenchmark
{
    private const int InOneSave = 1000;

    public static async Task<int> RunAsync(BenchOptions options)
    {
        var verdict = new Verdict();
        await BenchRoom.EachProviderAsync(options, async room =>
        {
            await EditsAsync(room, options, verdict);
            await TrailAsync(room, options.Number("seal", 100_000), options.Number("verify", 1_000_000), verdict);
        });
        return verdict.ExitCode;
    }

    // Round by round, each in turn: a machine that is slow for a while is slow for both.
    private static async Task EditsAsync(BenchRoom room, BenchOptions options, Verdict verdict)
    {
        await using var database = await room.NewDatabaseAsync();
        await using var product = await ProductHost.ComposeAsync(database, "http://127.0.0.1:9");
        await product.Database.WriteAsync(Actor.System("bench"), db =>
        {
            db.People.AddRange(Enumerable.Range(0, InOneSave).Select(n => Person.Create($"Person {n}", $"person{n}@tapwork.example", Role.Office, null, "fr", TimeProvider.System.GetUtcNow())));
            return Task.CompletedTask;
        }, CancellationToken.None);
        var bare = new Database(product.Get<DatabaseSettings>(), new DatabaseOptions([], NullLoggerFactory.Instance), product.Get<WriteGate>(), product.Get<Tapwork.Infrastructure.Events.CommitSignal>());
        var (single, batch) = (new List<double>(), new List<double>());
        for (var round = 0; round <= options.Number("rounds", 5); round++)
        {
            var (with, without) = (await SinglesAsync(product.Database, 400), await SinglesAsync(bare, 400));
            var (withAll, withoutAll) = (await BatchesAsync(product.Database, 6), await BatchesAsync(bare, 6));
            if (round == 0)
                continue;
            Verdict.Say($"audit on {room.Provider}: a save of one record {with:0.00} ms with and {without:0.00} ms without its rows; of {InOneSave} records {withAll:0} ms and {withoutAll:0} ms");
            single.Add(with / without);
            batch.Add(withAll / withoutAll);
        }
        verdict.AtMost("a save of one record over the same without event and audit rows, median", single.Order().ElementAt(single.Count / 2), 1.5);
        verdict.AtMost("a save of 1,000 records over the same without event and audit rows, median", batch.Order().ElementAt(batch.Count / 2), 4);
    }

    private static async Task<double> SinglesAsync(Database database, int count)
    {
        await using var reading = database.Open(Actor.System("bench"));
        var people = await reading.People.OrderBy(p => p.Id).Take(count).Select(p => p.Id).ToListAsync();
        var began = TimeProvider.System.GetTimestamp();
        foreach (var id in people)
            await database.WriteAsync(Actor.System("bench"), async db => Switch(await db.People.SingleAsync(p => p.Id == id)), CancellationToken.None);
        return TimeProvider.System.GetElapsedTime(began).TotalMilliseconds / count;
    }

    private static async Task<double> BatchesAsync(Database database, int times)
    {
        var began = TimeProvider.System.GetTimestamp();
        for (var time = 0; time < times; time++)
            await database.WriteAsync(Actor.System("bench"), async db => (await db.People.Take(InOneSave).ToListAsync()).ForEach(Switch), CancellationToken.None);
        return TimeProvider.System.GetElapsedTime(began).TotalMilliseconds / times;
    }

    private static void Switch(Person person)
    {
        if (person.SuspendedAt is null)
            person.Suspend(TimeProvider.System.GetUtcNow());
        else
            person.Reactivate();
    }

    private static async Task TrailAsync(BenchRoom room, int toSeal, int toVerify, Verdict verdict)
    {
        await using var database = await room.NewDatabaseAsync();
        await using var product = await ProductHost.ComposeAsync(database, "http://127.0.0.1:9");
        var sealer = product.Get<AuditSealer>();
        await WriteAsync(product.Database, toSeal);
        var began = TimeProvider.System.GetTimestamp();
        var (sealed_, batch) = (0, 0);
        do
            sealed_ += batch = await sealer.SealAsync(CancellationToken.None);
        while (batch > 0);
        Verdict.Say($"audit on {room.Provider}: {sealed_} entries sealed, {sealed_ / TimeProvider.System.GetElapsedTime(began).TotalSeconds:0}/s");

        await WriteAsync(product.Database, toVerify - sealed_);
        while (await sealer.SealAsync(CancellationToken.None) > 0)
        {
        }
        await SignEachAsync(product);
        var (least, most) = (long.MaxValue, 0L);
        began = TimeProvider.System.GetTimestamp();
        var read = await product.Get<AuditVerification>().ReadAsync(Actor.System("bench"), new Weighing(() =>
        {
            var kept = GC.GetTotalMemory(forceFullCollection: false);
            (least, most) = (Math.Min(least, kept), Math.Max(most, kept));
        }), CancellationToken.None);
        Verdict.Say($"audit on {room.Provider}: {read.Entries} entries and as many heads verified, {read.Entries / TimeProvider.System.GetElapsedTime(began).TotalSeconds:0}/s, {least / 1_048_576} to {most / 1_048_576} MiB held meanwhile");
        verdict.AtMost("findings in a trail nobody touched", read.Found, 0);
        verdict.AtMost("MiB held at most", most / 1_048_576.0, 400);
    }

    private static async Task WriteAsync(Database database, int count)
    {
        for (var left = count; left > 0; left -= InOneSave)
            await database.WriteAsync(Actor.System("bench"), db =>
            {
                for (var number = 0; number < Math.Min(left, InOneSave); number++)
                    db.Tell("account.signed_in", nameof(Person), Guid.CreateVersion7(), TimeProvider.System.GetUtcNow(), new() { ["From"] = [null, $"place {number}"], ["Count"] = [number, number + 1] });
                return Task.CompletedTask;
            }, CancellationToken.None);
    }

    // As if each entry had been sealed alone, inside and outside: that takes hours.
    private static async Task SignEachAsync(ProductHost product)
    {
        var (key, settings, last) = (product.Get<AuditKeys>().Current, product.Get<AuditSettings>(), AuditHead.Origin);
        await using var file = File.Create(settings.HeadsFile);
        while (true)
        {
            await using var db = product.Database.Open(Actor.System("bench"));
            var ends = await db.AuditEntries.Where(e => e.Sequence > last).OrderBy(e => e.Sequence).Take(20 * InOneSave).Select(e => new { Sequence = e.Sequence!.Value, Hash = e.Hash!, e.At }).ToListAsync();
            if (ends.Count == 0)
                return;
            var heads = ends.AsParallel().AsOrdered().Select(end =>
            {
                var head = new AuditHead { Sequence = end.Sequence, Hash = end.Hash, At = AuditChain.Kept(end.At), KeyId = key.Id, Signature = [] };
                head.Signature = key.Seal(AuditChain.MessageOf(head));
                return head;
            }).ToList();
            foreach (var head in heads)
                await file.WriteAsync((byte[])[.. AuditHeadsFile.LineOf(head), (byte)'\n']);
            var (before, end) = (last, heads[^1].Sequence);
            await db.AuditHeads.Where(h => h.Sequence > before && h.Sequence <= end).ExecuteDeleteAsync();
            db.AuditHeads.AddRange(heads);
            await db.SaveChangesAsync();
            last = end;
        }
    }

    private sealed class Weighing(Action weigh) : IProgress<(long Done, long Expected)>
    {
        public void Report((long Done, long Expected) value) => weigh();
    }
}

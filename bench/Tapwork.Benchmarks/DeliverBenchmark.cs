using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Tapwork.Core.Accounts;
using Tapwork.Core.Deliveries;
using Tapwork.Infrastructure.Integrations;

namespace Tapwork.Benchmarks;

/// <summary>Deliveries that stand there already, to accepted and with their attempts recorded, against a bare loop of the same posts.</summary>
internal static class DeliverBenchmark
{
    private const int SavedAtOnce = 500;

    public static async Task<int> RunAsync(BenchOptions options)
    {
        var verdict = new Verdict();
        var count = options.Number("count", 20_000);
        await BenchRoom.EachProviderAsync(options, async room =>
        {
            var payloads = Submissions.Payloads(count).ToList();
            await ProductAsync(room, payloads.Take(1000).ToList(), options.Parallel);
            var bare = await BareRates.PostAsync(Submissions.Of(payloads).ToList(), options.Parallel);
            var product = await ProductAsync(room, payloads, options.Parallel);
            Verdict.Say($"deliver on {room.Provider}, {count} deliveries, {options.Parallel} at once");
            Verdict.Say($"  product    {product:0} deliveries/s");
            Verdict.Say($"  posts only {bare:0} posts/s");
            verdict.AtLeast("deliver over the bare loop of posts", product / bare, 0.1);
        });
        return verdict.ExitCode;
    }

    private static async Task<double> ProductAsync(BenchRoom room, IReadOnlyList<(string ExternalId, string Payload)> payloads, int parallel)
    {
        await using var sandbox = await SandboxChild.StartAsync();
        await using var database = await room.NewDatabaseAsync();
        await using var product = await ProductHost.ComposeAsync(database, sandbox.Symphonics, ("Symphonics:Concurrency", $"{parallel}"));
        await BareRates.WarmAsync(sandbox, parallel);
        await AddDueAsync(product, payloads);
        var began = TimeProvider.System.GetTimestamp();
        await product.StartAsync();
        await DeliveredAsync(product, payloads.Count);
        return payloads.Count / TimeProvider.System.GetElapsedTime(began).TotalSeconds;
    }

    internal static async Task AddDueAsync(ProductHost product, IReadOnlyList<(string ExternalId, string Payload)> payloads)
    {
        var integration = (await product.Get<IntegrationCatalogue>().ListAsync(CancellationToken.None)).Single();
        foreach (var batch in payloads.Index().Chunk(SavedAtOnce))
            await product.Database.WriteAsync(Actor.System("bench"), db =>
            {
                // Not for a dossier of this database: nobody there is to hear of it.
                db.Deliveries.AddRange(batch.Select(p => Delivery.Of(
                    new DeliveryOrder(integration.Id, p.Index + 1, "bench", "dossier.prepared", Guid.CreateVersion7(), p.Item.Payload, p.Item.ExternalId,
                        p.Item.ExternalId, Actor.NewCorrelationId(), new DeliverySearch(null, null, null, null, p.Item.ExternalId)),
                    TimeProvider.System.GetUtcNow())));
                return Task.CompletedTask;
            }, CancellationToken.None);
    }

    private static async Task DeliveredAsync(ProductHost product, int count)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            await using (var db = product.Database.Open(Actor.System("bench")))
                if (await db.Deliveries.CountAsync(d => d.Status == DeliveryStatus.Delivered) == count && await db.Attempts.CountAsync() >= count)
                    return;
            if (TimeProvider.System.GetElapsedTime(began) > TimeSpan.FromMinutes(10))
                throw new HostAbortedException("not all were delivered within ten minutes");
            await Task.Delay(100);
        }
    }
}

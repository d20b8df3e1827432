using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Tapwork.Core.Accounts;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Integrations;
using Tapwork.Infrastructure.Events;
using Tapwork.Infrastructure.Integrations;
using Tapwork.Infrastructure.Webhooks;

namespace Tapwork.Benchmarks;

/// <summary>Events to many endpoints: whether a dead and a slow one cost the healthy ones anything, and how far from a bare loop of the same posts it is.</summary>
internal static class FanOutBenchmark
{
    private const string Topic = "intervention.changed";
    private const int Healthy = 8, All = 10, SavedAtOnce = 500;

    public static async Task<int> RunAsync(BenchOptions options)
    {
        var verdict = new Verdict();
        var count = options.Number("count", 2000);
        await BenchRoom.EachProviderAsync(options, async room =>
        {
            // The first run compiles.
            _ = await ProductAsync(room, 200, Enumerable.Repeat(Kind.Healthy, Healthy));
            var alone = await ProductAsync(room, count, Enumerable.Repeat(Kind.Healthy, Healthy));
            var beside = await ProductAsync(room, count, [Kind.Dead, Kind.Slow, .. Enumerable.Repeat(Kind.Healthy, Healthy)]);
            var ten = await ProductAsync(room, count, Enumerable.Repeat(Kind.Healthy, All));
            var bare = await BareAsync(count * All, options.Parallel);
            Verdict.Say($"fan-out on {room.Provider}, {count} events");
            Verdict.Say($"  8 healthy endpoints alone             {alone:0} messages/s");
            Verdict.Say($"  the same beside a dead and a slow one {beside:0} messages/s");
            Verdict.Say($"  10 healthy endpoints                  {ten:0} messages/s");
            Verdict.Say($"  posts only                            {bare:0} posts/s");
            verdict.AtLeast("healthy endpoints beside a dead and a slow one", beside / alone, 0.9);
            verdict.AtLeast("fan-out to 10 over the bare loop of posts", ten / bare, 0.1);
        });
        return verdict.ExitCode;
    }

    // Messages a second to the healthy ones, from the events' commit on.
    private static async Task<double> ProductAsync(BenchRoom room, int count, IEnumerable<Kind> kinds)
    {
        await using var sandbox = await SandboxChild.StartAsync();
        await using var database = await room.NewDatabaseAsync();
        await using var product = await ProductHost.ComposeAsync(database, sandbox.Symphonics);
        await sandbox.SlowAsync("/webhook/slow", 2000);
        var admin = await AdminAsync(product);
        var healthy = new List<Guid>();
        foreach (var (number, kind) in kinds.Index())
        {
            var url = kind switch
            {
                Kind.Dead => "http://127.0.0.1:9/hook",
                Kind.Slow => $"{sandbox.Address}/sandbox/webhook/slow",
                _ => $"{sandbox.Address}/sandbox/webhook/e{number}",
            };
            var (id, _) = await product.Get<IntegrationDesk>().ConnectAsync(admin, "webhook", $"endpoint {number}", new Dictionary<string, string?> { ["Url"] = url }, CancellationToken.None);
            await product.Get<IntegrationDesk>().EnableAsync(admin, id, CancellationToken.None);
            await product.Get<SubscriptionDesk>().SubscribeAsync(admin, id, new SubscriptionTerms([Topic], SubscriptionFilter.All, [], new DateOnly(2020, 1, 1), null), CancellationToken.None);
            if (kind == Kind.Healthy)
                healthy.Add(id);
        }
        await product.StartAsync();
        await product.SettleAsync();
        var began = TimeProvider.System.GetTimestamp();
        await HappenAsync(product, count);
        await DeliveredAsync(product, healthy, count * healthy.Count);
        return count * healthy.Count / TimeProvider.System.GetElapsedTime(began).TotalSeconds;
    }

    private static async Task<Actor> AdminAsync(ProductHost product)
    {
        var person = Person.Create("Bench", "bench@example.com", Role.Admin, null, "en", TimeProvider.System.GetUtcNow());
        await product.Database.WriteAsync(Actor.System("bench"), db => Task.FromResult(db.People.Add(person)), CancellationToken.None);
        return new Actor(person.Id, person.Name, person.Role, null, "127.0.0.1", "bench", "bench");
    }

    private static async Task HappenAsync(ProductHost product, int count)
    {
        for (var done = 0; done < count; done += SavedAtOnce)
            await product.Database.WriteAsync(Actor.System("bench"), db =>
            {
                db.Events.AddRange(Enumerable.Range(0, Math.Min(SavedAtOnce, count - done)).Select(_ => new EventRecord
                {
                    Topic = Topic,
                    Subject = Guid.CreateVersion7(),
                    Json = "{}",
                    CorrelationId = Actor.NewCorrelationId(),
                    At = TimeProvider.System.GetUtcNow(),
                }));
                return Task.CompletedTask;
            }, CancellationToken.None);
    }

    private static async Task DeliveredAsync(ProductHost product, List<Guid> healthy, int count)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            await using (var db = product.Database.Open(Actor.System("bench")))
                if (await db.Deliveries.CountAsync(d => healthy.Contains(d.IntegrationId) && d.Status == DeliveryStatus.Delivered) >= count)
                    return;
            if (TimeProvider.System.GetElapsedTime(began) > TimeSpan.FromMinutes(10))
                throw new HostAbortedException("not all were delivered within ten minutes");
            await Task.Delay(100);
        }
    }

    private static async Task<double> BareAsync(int count, int parallel)
    {
        await using var sandbox = await SandboxChild.StartAsync();
        using var http = new HttpClient();
        var body = Encoding.UTF8.GetBytes(new EventMessage(Topic, TimeProvider.System.GetUtcNow(), new() { ["id"] = Guid.NewGuid(), ["reference"] = null, ["externalId"] = null }).ToJson());
        await PostAsync(1500, "warm");
        var began = TimeProvider.System.GetTimestamp();
        await PostAsync(count, "bare");
        return count / TimeProvider.System.GetElapsedTime(began).TotalSeconds;

        Task PostAsync(int posts, string name) => Parallel.ForEachAsync(Enumerable.Range(0, posts), new ParallelOptions { MaxDegreeOfParallelism = parallel }, async (number, cancel) =>
        {
            using var content = new ByteArrayContent(body);
            content.Headers.Add("webhook-id", $"{name}-{number}");
            using var answer = await http.PostAsync($"{sandbox.Address}/sandbox/webhook/{name}", content, cancel);
            answer.EnsureSuccessStatusCode();
        });
    }

    private enum Kind
    {
        Healthy,
        Dead,
        Slow,
    }
}

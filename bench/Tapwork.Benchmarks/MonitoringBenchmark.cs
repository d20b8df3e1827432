using Tapwork.Core.Accounts;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Integrations;
using Tapwork.Infrastructure.Deliveries;
using Tapwork.Infrastructure.Integrations;
using Tapwork.Infrastructure.Monitoring;

namespace Tapwork.Benchmarks;

/// <summary>What the pages of monitoring and the search of deliveries cost among a million deliveries and a year of sums by hour.</summary>
internal static class MonitoringBenchmark
{
    private const int Integrations = 10;

    private static readonly Actor Admin = Actor.System("bench");

    public static async Task<int> RunAsync(BenchOptions options)
    {
        var verdict = new Verdict();
        var count = options.Number("count", 1_000_000);
        await BenchRoom.EachProviderAsync(options, async room =>
        {
            await using var database = await room.NewDatabaseAsync();
            await using var product = await ProductHost.ComposeAsync(database, "http://127.0.0.1:9");
            var ids = await RegisterAsync(product);
            var began = TimeProvider.System.GetTimestamp();
            await new MonitoringRows(database, ids, count).FillAsync();
            Verdict.Say($"monitoring on {room.Provider}: {count} deliveries and a year of sums made in {TimeProvider.System.GetElapsedTime(began).TotalSeconds:0} s");
            foreach (var (name, ask) in Questions(product, ids))
            {
                var times = new Durations();
                for (var turn = 0; turn < 60; turn++)
                {
                    began = TimeProvider.System.GetTimestamp();
                    await ask(turn);
                    // The first few find statements to compile and pages to read from disk.
                    if (turn >= 10)
                        times.Add(TimeProvider.System.GetElapsedTime(began));
                }
                verdict.AtMost($"monitoring on {room.Provider}, {name}: p95, ms", times.Percentile(95), 100);
            }
        });
        return verdict.ExitCode;
    }

    private static IEnumerable<(string Name, Func<int, Task> Ask)> Questions(ProductHost product, IReadOnlyList<Guid> ids)
    {
        var (integrations, monitoring, deliveries, alerts) = (product.Get<IntegrationQueries>(), product.Get<MonitoringQueries>(), product.Get<DeliveryQueries>(), product.Get<WatchJob>());
        Guid Of(int turn) => ids[turn % ids.Count];
        yield return ("the list", _ => integrations.ListAsync(Admin, CancellationToken.None));
        yield return ("one integration", turn => integrations.FindAsync(Admin, $"REQ-I-{101 + (turn % ids.Count)}", CancellationToken.None));
        foreach (var span in Enum.GetValues<PerformanceSpan>())
            yield return ($"performance, {span}", turn => monitoring.OfAsync(Admin, Of(turn), span, CancellationToken.None));
        yield return ("alerts watched", _ => alerts.RunAsync(CancellationToken.None));
        foreach (var (name, filter) in new (string, Func<int, DeliveryFilter>)[]
        {
            ("all", _ => new()), ("a destination", turn => new(IntegrationId: Of(turn))), ("a status", turn => new(Status: turn % 2 == 0 ? DeliveryStatus.Dead : DeliveryStatus.Delivered)),
            ("in trouble", _ => new(InTrouble: true)), ("a destination in trouble", turn => new(IntegrationId: Of(turn), InTrouble: true)), ("a topic", _ => new(Topic: "dossier.prepared")),
            ("a reference", turn => new(Search: $"INT-2026-{turn * 7919:000000}")), ("a name", turn => new(Search: $"nom{turn}")), ("a PDL", turn => new(Search: $"{turn * 7919:d14}")),
            ("a correlation", turn => new(CorrelationId: $"c{turn * 7919}")),
        })
            yield return ($"search by {name}", turn => deliveries.ListAsync(Admin, filter(turn), CancellationToken.None));
        var (log, attempts) = (product.Get<LogQueries>(), product.Get<AttemptQueries>());
        foreach (var (name, filter) in new (string, Func<int, LogFilter>)[]
        {
            ("the last day", _ => new()), ("a correlation", turn => new(CorrelationId: $"c{turn * 7919}")), ("a word in the last day", _ => new(Search: "timeout")),
            ("what failed in the last day", _ => new(Least: Gravity.Error)),
        })
            yield return ($"log, {name}", turn => log.ReadAsync(Admin, filter(turn), null, CancellationToken.None));
        yield return ("failed attempts of a day", turn => attempts.FailedAsync(Admin, Of(turn), FaultClass.System, PerformanceSpan.Day, null, CancellationToken.None));
    }

    private static async Task<IReadOnlyList<Guid>> RegisterAsync(ProductHost product)
    {
        var ids = new List<Guid>();
        await product.Database.WriteAsync(Admin, db =>
        {
            for (var number = 1; number <= Integrations; number++)
            {
                var integration = db.Integrations.Add(Integration.Register($"REQ-I-{100 + number}", $"Endpoint {number}", "webhook", TimeProvider.System.GetUtcNow())).Entity;
                db.Destinations.Add(DestinationState.For(integration.Id));
                ids.Add(integration.Id);
            }
            return Task.CompletedTask;
        }, CancellationToken.None);
        return ids;
    }
}

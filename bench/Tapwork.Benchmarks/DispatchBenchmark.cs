using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Tapwork.Core.Accounts;
using Tapwork.Core.Interventions;
using Tapwork.Infrastructure.Auditing;
using Tapwork.Infrastructure.Documents;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Benchmarks;

/// <summary>
/// Finished interventions, their events committed and not yet relayed, through relay, readers, deliveries, pump and connector to the sandbox and
/// back to Published, against a bare loop that posts the same bytes and writes the same rows, and (PostgreSQL) against one Hangfire job a dossier.
/// </summary>
internal static class DispatchBenchmark
{
    public static async Task<int> RunAsync(BenchOptions options)
    {
        var verdict = new Verdict();
        await BenchRoom.EachProviderAsync(options, async room =>
        {
            await MeasureAsync(room, options, options.Number("warm-up", 1500), rounds: 1, verdict: null);
            await MeasureAsync(room, options, options.Number("count", 4000), options.Number("rounds", 3), verdict);
            if (options["only"] is null)
                await LatencyProbe.RunAsync(room, options, verdict);
        });
        return verdict.ExitCode;
    }

    // Each round takes its turn at all of them, so that a machine that is slow for a while is slow for all.
    private static async Task MeasureAsync(BenchRoom room, BenchOptions options, int count, int rounds, Verdict? verdict)
    {
        await using var template = await room.NewDatabaseAsync();
        await PrepareAsync(template, count);
        var marks = await MarksOfAsync(template);
        var (overLimit, overHangfire) = (new List<double>(), new List<double>());
        for (var round = 1; round <= rounds; round++)
        {
            var (product, processor, recorded) = await ProductAsync(template, marks, options.Parallel, count);
            if (verdict is not null)
                Verdict.Say($"dispatch on {room.Provider}, {count} dossiers, {options.Parallel} at once: {product:0} dossiers/s, {processor:0.00} ms of processor time of this process each");
            if (options["only"] == "product")
                continue;
            var (limit, bare) = await BareRates.PostAndWriteAsync(template, recorded.Parcels, options.Parallel);
            overLimit.Add(product / limit);
            if (verdict is not null)
                Verdict.Say($"  posts and rows     {limit:0} dossiers/s, {bare:0.00} ms of processor time ({recorded.Parcels[0].Writes.Count} rows) each");
            if (room.Provider != DatabaseProvider.PostgreSql)
                continue;
            var hangfire = await HangfireRival.RunAsync(template, recorded.Parcels, options.Parallel);
            overHangfire.Add(product / hangfire);
            if (verdict is not null)
                Verdict.Say($"  one Hangfire job each {hangfire:0} dossiers/s");
        }
        if (overLimit.Count > 0)
            verdict?.AtLeast("dispatch over the bare loop of posts and rows", overLimit, 0.2);
        if (overHangfire.Count > 0)
            verdict?.AtLeast("dispatch over one Hangfire job a dossier", overHangfire, 5);
    }

    private static async Task PrepareAsync(BenchDatabase template, int count)
    {
        Workload workload;
        await using (var product = await ProductHost.ComposeAsync(template, "http://127.0.0.1:9"))
            workload = await Workload.EnterAsync(product, count);
        await using (var product = await ProductHost.ComposeAsync(template, "http://127.0.0.1:9"))
        {
            await workload.FinishAsync(product);
            // What the workload's own making has left to the trail was sealed long before, in an office.
            while (await product.Get<AuditSealer>().SealAsync(CancellationToken.None) > 0)
            {
            }
        }
    }

    private static async Task<Marks> MarksOfAsync(BenchDatabase database)
    {
        await using var connection = database.Connect();
        await connection.OpenAsync();
        return await Marks.OfAsync(connection);
    }

    private static async Task<(double Rate, double Processor, RecordedRows Recorded)> ProductAsync(BenchDatabase template, Marks marks, int parallel, int count)
    {
        await using var sandbox = await SandboxChild.StartAsync();
        await using var database = await template.CopyAsync();
        await using var product = await ProductHost.ComposeAsync(database, sandbox.Symphonics, ("Symphonics:Concurrency", $"{parallel}"));
        await BareRates.WarmAsync(sandbox, parallel);
        await product.StartWithoutRelayAsync();
        await Task.Delay(TimeSpan.FromSeconds(1));
        var (began, used) = (TimeProvider.System.GetTimestamp(), Environment.CpuUsage.TotalTime);
        await product.StartRelayAsync();
        await PublishedAsync(product, count);
        var rate = count / TimeProvider.System.GetElapsedTime(began).TotalSeconds;
        var processor = (Environment.CpuUsage.TotalTime - used).TotalMilliseconds / count;
        await product.SettleAsync();
        await using var connection = database.Connect();
        await connection.OpenAsync();
        return (rate, processor, await RecordedRows.ReadAsync(connection, marks, product.Get<FileLinks>()));
    }

    private static async Task PublishedAsync(ProductHost product, int count)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            await using (var db = product.Database.Open(Actor.System("bench")))
                if (await db.Interventions.CountAsync(i => i.Status == InterventionStatus.Published) == count)
                    return;
            if (TimeProvider.System.GetElapsedTime(began) > TimeSpan.FromMinutes(5))
                throw new HostAbortedException("not all were published within five minutes");
            await Task.Delay(100);
        }
    }
}

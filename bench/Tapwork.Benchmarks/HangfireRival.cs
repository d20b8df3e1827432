using System.Collections.Concurrent;
using Hangfire;
using Hangfire.PostgreSql;

namespace Tapwork.Benchmarks;

/// <summary>The usual way instead: one Hangfire job a dossier on PostgreSQL, which posts the same bytes and saves the same rows in one transaction.</summary>
public static class HangfireRival
{
    private static readonly ConcurrentDictionary<Guid, Parcel> Parcels = new();
    private static readonly ConcurrentBag<RowWriter> Writers = [];
    private static SandboxChild? _sandbox;
    private static CountdownEvent _left = new(0);

    /// <summary>The jobs are queued before the clock runs.</summary>
    /// <returns>Dossiers a second.</returns>
    internal static async Task<double> RunAsync(BenchDatabase template, IReadOnlyList<Parcel> parcels, int parallel)
    {
        await using var sandbox = await SandboxChild.StartAsync();
        await using var database = await template.CopyAsync();
        await BareRates.WarmAsync(sandbox, parallel);
        (_sandbox, _left) = (sandbox, new CountdownEvent(parcels.Count));
        Writers.Clear();
        for (var i = 0; i < parallel; i++)
            Writers.Add(await RowWriter.OpenAsync(database));
        var storage = new PostgreSqlStorage(
            new Hangfire.PostgreSql.Factories.NpgsqlConnectionFactory(database.ConnectionString, Options), Options);
        var client = new BackgroundJobClient(storage);
        foreach (var parcel in parcels)
        {
            Parcels[parcel.Dossier] = parcel;
            client.Enqueue(() => SendAsync(parcel.Dossier));
        }
        var began = TimeProvider.System.GetTimestamp();
        var worker = new BackgroundJobServerOptions { WorkerCount = parallel, Activator = new JobActivator() };
        using (var server = new BackgroundJobServer(worker, storage))
        {
            if (!await Task.Run(() => _left.Wait(TimeSpan.FromMinutes(5))))
                throw new TimeoutException($"{_left.CurrentCount} Hangfire jobs were not done in five minutes");
        }
        var rate = parcels.Count / TimeProvider.System.GetElapsedTime(began).TotalSeconds;
        foreach (var writer in Writers)
            await writer.DisposeAsync();
        Parcels.Clear();
        return rate;
    }

    private static PostgreSqlStorageOptions Options => new() { SchemaName = "rival", QueuePollInterval = TimeSpan.FromMilliseconds(50) };

    /// <summary>The job.</summary>
    [AutomaticRetry(Attempts = 0)]
    public static async Task SendAsync(Guid dossier)
    {
        var parcel = Parcels[dossier];
        await _sandbox!.PostAsync(parcel.Submission);
        Writers.TryTake(out var writer);
        await writer!.WriteAsync([parcel]);
        Writers.Add(writer);
        _left.Signal();
    }
}

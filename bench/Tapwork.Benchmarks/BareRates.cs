using System.Threading.Channels;

namespace Tapwork.Benchmarks;

/// <summary>Loops that do only what cannot be left out: the limits the product is measured against.</summary>
internal static class BareRates
{
    private const int WrittenAtOnce = 200;

    /// <summary>Posts with this parallelism, and writes each batch's rows by prepared statements while the next are posted.</summary>
    /// <returns>Dossiers a second, and milliseconds of this process's processor time each.</returns>
    public static async Task<(double Rate, double Processor)> PostAndWriteAsync(BenchDatabase template, IReadOnlyList<Parcel> parcels, int parallel)
    {
        await using var sandbox = await SandboxChild.StartAsync();
        await using var database = await template.CopyAsync();
        await using var writer = await RowWriter.OpenAsync(database);
        await WarmAsync(sandbox, parallel);
        var posted = Channel.CreateUnbounded<Parcel>();
        var (began, used) = (TimeProvider.System.GetTimestamp(), Environment.CpuUsage.TotalTime);
        var writing = Task.Run(() => WriteAllAsync(writer, posted.Reader));
        await Parallel.ForEachAsync(parcels, new ParallelOptions { MaxDegreeOfParallelism = parallel }, async (parcel, _) =>
        {
            await sandbox.PostAsync(parcel.Submission);
            posted.Writer.TryWrite(parcel);
        });
        posted.Writer.Complete();
        await writing;
        var rate = parcels.Count / TimeProvider.System.GetElapsedTime(began).TotalSeconds;
        return (rate, (Environment.CpuUsage.TotalTime - used).TotalMilliseconds / parcels.Count);
    }

    /// <summary>Posts only.</summary>
    /// <returns>Submissions a second.</returns>
    public static async Task<double> PostAsync(IReadOnlyList<Submission> submissions, int parallel)
    {
        await using var sandbox = await SandboxChild.StartAsync();
        await WarmAsync(sandbox, parallel);
        var began = TimeProvider.System.GetTimestamp();
        await Parallel.ForEachAsync(submissions, new ParallelOptions { MaxDegreeOfParallelism = parallel }, async (submission, _) => await sandbox.PostAsync(submission));
        return submissions.Count / TimeProvider.System.GetElapsedTime(began).TotalSeconds;
    }

    /// <summary>Lets a fresh sandbox compile what it runs.</summary>
    public static async Task WarmAsync(SandboxChild sandbox, int parallel)
    {
        await sandbox.SignInAsync();
        await Parallel.ForEachAsync(Submissions.Made(1500), new ParallelOptions { MaxDegreeOfParallelism = parallel }, async (submission, _) => await sandbox.PostAsync(submission));
        await Task.Delay(TimeSpan.FromSeconds(1));
    }

    private static async Task WriteAllAsync(RowWriter writer, ChannelReader<Parcel> posted)
    {
        var batch = new List<Parcel>();
        while (await posted.WaitToReadAsync())
        {
            batch.Clear();
            while (batch.Count < WrittenAtOnce && posted.TryRead(out var parcel))
                batch.Add(parcel);
            await writer.WriteAsync(batch);
        }
    }
}

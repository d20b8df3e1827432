using System.Text;
using System.Threading.Channels;

namespace Tapwork.Benchmarks;

/// <summary>Loops that do only what cannot be left out: the limits the product is measured against.</summary>
internal static class BareRates
{
    private const int WrittenAtOnce = 200;

    /// <summary>Posts with this parallelism, and writes each batch's rows by prepared statements while the next are posted.</summary>
    /// <returns>Dossiers a second.</returns>
    public static async Task<double> PostAndWriteAsync(BenchDatabase template, IReadOnlyList<Parcel> parcels, int parallel)
    {
        await using var sandbox = await SandboxChild.StartAsync();
        await using var database = await template.CopyAsync();
        await using var writer = await RowWriter.OpenAsync(database);
        await WarmAsync(sandbox, parallel);
        var posted = Channel.CreateUnbounded<Parcel>();
        var began = TimeProvider.System.GetTimestamp();
        var writing = Task.Run(() => WriteAllAsync(writer, posted.Reader));
        await Parallel.ForEachAsync(parcels, new ParallelOptions { MaxDegreeOfParallelism = parallel }, async (parcel, _) =>
        {
            await sandbox.PostAsync(parcel.Submission);
            posted.Writer.TryWrite(parcel);
        });
        posted.Writer.Complete();
        await writing;
        return parcels.Count / TimeProvider.System.GetElapsedTime(began).TotalSeconds;
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
        await Parallel.ForEachAsync(Enumerable.Range(0, 1500), new ParallelOptions { MaxDegreeOfParallelism = parallel }, async (number, _) =>
        {
            var id = $"warm-{number}-r1";
            await sandbox.PostAsync(new Submission(id, Encoding.UTF8.GetBytes(WarmUpBody.Replace("{id}", id, StringComparison.Ordinal))));
        });
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

    private const string WarmUpBody = """
        {"external_id":"{id}","customer":{"first_name":"A","last_name":"B","email":"test.user@example.com","phone":"+33612345678"},
        "installation":{"address":"1 rue X","postal_code":"69003","city":"Lyon","pdl":"12345678901234","pce":null},
        "services":[{"code":"BAR-TH-173","name":"X","quantity":1}],"equipment":[{"name":"X","model":"Y","serial_number":"Z","quantity":1}],
        "documents":[],"photos":[],"installer":{"id":"0199c000-0000-7000-8000-000000000001","company_id":"0199c000-0000-7000-8000-000000000002","name":"X"},
        "completion_date":"2026-11-20"}
        """;
}

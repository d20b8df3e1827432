using Tapwork.Infrastructure.Interventions;

namespace Tapwork.Benchmarks;

/// <summary>How long one dossier takes while nothing else happens: from the commit of "installation done" to the dossier standing Accepted in the database.</summary>
internal static class LatencyProbe
{
    public static async Task RunAsync(BenchRoom room, BenchOptions options, Verdict verdict)
    {
        var (warmUps, samples) = (20, options.Number("samples", 100));
        await using var sandbox = await SandboxChild.StartAsync();
        await using var database = await room.NewDatabaseAsync();
        await using var product = await ProductHost.ComposeAsync(database, sandbox.Symphonics, ("Symphonics:Concurrency", $"{options.Parallel}"));
        await BareRates.WarmAsync(sandbox, options.Parallel);
        var workload = await Workload.EnterAsync(product, warmUps + samples);
        var whole = new Durations();
        foreach (var (number, id) in workload.Interventions.Index())
        {
            await Task.Delay(150 + (number % 7 * 23));
            await product.Get<InterventionWorkflow>().CompleteInstallationAsync(workload.Office, id, CancellationToken.None);
            var committed = TimeProvider.System.GetTimestamp();
            await AcceptedAsync(database, id);
            if (number >= warmUps)
                whole.Add(TimeProvider.System.GetElapsedTime(committed));
        }
        var own = await PartnersOwnAsync(sandbox, samples);
        Verdict.Say($"latency on {room.Provider}, {samples} dossiers one by one: from commit to accepted p50 {whole.Percentile(50):0.0} ms, p95 {whole.Percentile(95):0.0} ms; the partner's own p50 {own.Percentile(50):0.0} ms");
        verdict.AtMost("commit to accepted over the partner's own time, p50 in ms", whole.Percentile(50) - own.Percentile(50), 50);
    }

    private static async Task AcceptedAsync(BenchDatabase database, Guid intervention)
    {
        await using var connection = database.Connect();
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = """SELECT COUNT(*) FROM "Dossiers" WHERE "InterventionId" = @id AND "State" = 'Accepted'""";
        var parameter = command.CreateParameter();
        (parameter.ParameterName, parameter.Value) = ("@id", intervention);
        command.Parameters.Add(parameter);
        while ((long)(await command.ExecuteScalarAsync())! == 0)
            await Task.Delay(1);
    }

    private static async Task<Durations> PartnersOwnAsync(SandboxChild sandbox, int samples)
    {
        var own = new Durations();
        foreach (var submission in Submissions.Made(samples))
        {
            await Task.Delay(100);
            var began = TimeProvider.System.GetTimestamp();
            await sandbox.PostAsync(submission);
            own.Add(TimeProvider.System.GetElapsedTime(began));
        }
        return own;
    }
}

using System.Globalization;
using System.Text.Json.Nodes;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Benchmarks;

/// <summary>Two instances with one budget: a partner that takes 100 calls in any minute, 20 of them kept for people, and a backlog all the while.</summary>
internal static class BudgetBenchmark
{
    // Two people, one at each instance: a check every 3.5 seconds, 17 a minute, within the reserve.
    private const double CheckEvery = 7;
    private const double SecondPersonAfter = 3.5;

    public static async Task<int> RunAsync(BenchOptions options)
    {
        var verdict = new Verdict();
        await using var server = await PostgresServer.FindAsync();
        if (server is null)
            return verdict.ExitCode;
        var folder = Directory.CreateTempSubdirectory("tapwork-bench-").FullName;
        try
        {
            await MeasureAsync(server, folder, options.Number("minutes", 5), verdict);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
        return verdict.ExitCode;
    }

    private static async Task MeasureAsync(PostgresServer server, string folder, int minutes, Verdict verdict)
    {
        await using var sandbox = await SandboxChild.StartAsync(callsPerMinute: 100);
        await using var database = await BenchDatabase.CreateAsync(DatabaseProvider.PostgreSql, server.ConnectionString, folder);
        await using (var product = await BudgetInstance.ComposeAsync(database, sandbox.Symphonics))
            await DeliverBenchmark.AddDueAsync(product, [.. Submissions.Payloads((minutes + 3) * 100)]);
        var own = await PartnersOwnAsync();
        await using var one = Start(database, sandbox, after: 0);
        await using var other = Start(database, sandbox, SecondPersonAfter);
        foreach (var instance in (Child[])[one, other])
            await instance.LineAsync(line => line == BudgetInstance.Ready, TimeSpan.FromMinutes(1));
        var perMinute = await CountAsync(sandbox, minutes);
        var checks = new Durations();
        foreach (var took in one.Lines.Concat(other.Lines).Where(l => l.StartsWith(BudgetInstance.Checked, StringComparison.Ordinal)))
            checks.Add(TimeSpan.FromMilliseconds(double.Parse(took.Split(' ')[1], CultureInfo.InvariantCulture)));
        var unheard = one.Lines.Concat(other.Lines).Count(l => l.StartsWith(BudgetInstance.Checked, StringComparison.Ordinal) && !l.EndsWith("Valid", StringComparison.Ordinal));
        var state = await sandbox.StateAsync();
        Verdict.Say($"budget: two instances on PostgreSQL, {minutes} minutes, submissions by minute {string.Join(' ', perMinute)}, {checks.Count} checks by people, {unheard} unanswered");
        Verdict.Say($"  checks p50 {checks.Percentile(50):0.0} ms, p95 {checks.Percentile(95):0.0} ms; the partner's own p50 {own.Percentile(50):0.0} ms");
        verdict.AtLeast("submissions a minute, the least of all minutes", perMinute.Min(), 76);
        verdict.AtMost("answers 429", state["rateLimited429"]!.GetValue<int>(), 0);
        verdict.AtMost("PDL checks by people over the partner's own time, p95 in ms", checks.Percentile(95) - own.Percentile(50), 200);
        verdict.AtMost("PDL checks by people that were not answered", unheard, 0);
    }

    private static Child Start(BenchDatabase database, SandboxChild sandbox, double after) => Child.StartDotnet("Tapwork.Benchmarks.dll",
        BudgetInstance.Verb, "--database", database.ConnectionString, "--folder", database.Folder, "--symphonics", sandbox.Symphonics,
        "--every", CheckEvery.ToString(CultureInfo.InvariantCulture), "--after", after.ToString(CultureInfo.InvariantCulture));

    private static async Task<List<int>> CountAsync(SandboxChild sandbox, int minutes)
    {
        var perMinute = new List<int>();
        var last = Submitted(await sandbox.StateAsync());
        var began = TimeProvider.System.GetTimestamp();
        for (var minute = 1; minute <= minutes; minute++)
        {
            await Task.Delay(TimeSpan.FromMinutes(minute) - TimeProvider.System.GetElapsedTime(began));
            var now = Submitted(await sandbox.StateAsync());
            perMinute.Add(now - last);
            last = now;
        }
        return perMinute;
    }

    private static int Submitted(JsonObject state) => state["accepted201"]!.GetValue<int>();

    // Of another sandbox without limits: these calls are not to be counted.
    private static async Task<Durations> PartnersOwnAsync()
    {
        await using var sandbox = await SandboxChild.StartAsync();
        await sandbox.SignInAsync();
        var own = new Durations();
        for (var i = 0; i < 120; i++)
        {
            var began = TimeProvider.System.GetTimestamp();
            await sandbox.GetAsync("/validation/pdl/12345678901234");
            if (i >= 20)
                own.Add(TimeProvider.System.GetElapsedTime(began));
            await Task.Delay(20);
        }
        return own;
    }
}

namespace Tapwork.Benchmarks;

/// <summary>From the start of the built application on an empty data folder to its sign-in page answering 200.</summary>
internal static class StartBenchmark
{
    public static async Task<int> RunAsync(BenchOptions options)
    {
        var verdict = new Verdict();
        var all = new Durations();
        for (var run = 1; run <= options.Number("count", 5); run++)
        {
            var took = await OnceAsync();
            Verdict.Say($"start {run}: {took.TotalSeconds:0.00} s");
            all.Add(took);
        }
        verdict.AtMost("from an empty folder to the sign-in page, p50 in s", all.Percentile(50) / 1000, 5);
        return verdict.ExitCode;
    }

    private static async Task<TimeSpan> OnceAsync()
    {
        var folder = Directory.CreateTempSubdirectory("tapwork-bench-start-").FullName;
        var address = $"http://127.0.0.1:{PostgresServer.FreePort()}";
        try
        {
            var began = TimeProvider.System.GetTimestamp();
            await using var application = Child.Start("dotnet", [
                "run", "--project", "Tapwork.Web", "-c", "Release", "--no-build", "--no-launch-profile", "--", "--urls", address, "--PublicBaseUrl", address,
                "--Database:ConnectionString", $"Data Source={folder}/tapwork.db", "--Files:Folder", $"{folder}/files",
                "--Sandbox:Folder", $"{folder}/sandbox", "--Sandbox:SmtpPort", "0"], RepositoryFolder(), ("ASPNETCORE_ENVIRONMENT", "Development"));
            await AnsweredAsync(address + "/sign-in", application);
            var took = TimeProvider.System.GetElapsedTime(began);
            await application.StopAsync("TERM", TimeSpan.FromSeconds(30));
            return took;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task AnsweredAsync(string page, Child application)
    {
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false });
        while (!application.HasExited)
        {
            try
            {
                using var answer = await http.GetAsync(page);
                if (answer.IsSuccessStatusCode)
                    return;
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }
            await Task.Delay(10);
        }
        throw new InvalidOperationException($"the application ended: {string.Join('\n', application.Lines)}");
    }

    private static string RepositoryFolder()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Tapwork.sln")))
            folder = folder.Parent ?? throw new InvalidOperationException("run it from the repository: scripts/bench start");
        return folder.FullName;
    }
}

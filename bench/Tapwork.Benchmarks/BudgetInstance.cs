using System.Globalization;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Integrations.Symphonics;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Benchmarks;

/// <summary>One of the instances of <c>budget</c>, as a process of its own; on its side a person checks a PDL every so often.</summary>
internal static class BudgetInstance
{
    /// <summary>Not for people: <c>budget</c> starts it.</summary>
    public const string Verb = "budget-instance";

    /// <summary>What the line of a check begins with; milliseconds and the answer follow.</summary>
    public const string Checked = "checked ";

    /// <summary>Said when it runs.</summary>
    public const string Ready = "instance is ready";

    public static async Task<int> RunAsync(BenchOptions options)
    {
        var database = BenchDatabase.At(DatabaseProvider.PostgreSql, options["database"]!, options["folder"]!);
        var product = await ComposeAsync(database, options["symphonics"]!);
        await product.StartAsync();
        await product.Get<SymphonicsChecks>().CheckPdlAsync("12345678901234", Actor.System("bench"), CancellationToken.None);
        Console.WriteLine(Ready);
        var every = TimeSpan.FromSeconds(options.Figure("every", 7));
        await Task.Delay(TimeSpan.FromSeconds(options.Figure("after", 0)));
        while (true)
        {
            var began = TimeProvider.System.GetTimestamp();
            var answer = await product.Get<SymphonicsChecks>().CheckPdlAsync("12345678901234", Person, CancellationToken.None);
            var took = TimeProvider.System.GetElapsedTime(began);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Checked}{took.TotalMilliseconds:0.0} {answer.State}"));
            await Task.Delay(every - took > TimeSpan.Zero ? every - took : TimeSpan.Zero);
        }
    }

    /// <summary>With the limits Symphonics has.</summary>
    public static Task<ProductHost> ComposeAsync(BenchDatabase database, string symphonics) => ProductHost.ComposeAsync(
        database, symphonics, ("Symphonics:CallsPerMinute", "100"), ("Symphonics:ReservedPerMinute", "20"));

    private static Actor Person => new(Guid.CreateVersion7(), "Claire Martin", Role.Office, null, "127.0.0.1", "bench", Actor.NewCorrelationId());
}

using Microsoft.Data.Sqlite;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure;
using Tapwork.Infrastructure.Auditing;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Web.Auditing;

/// <summary>The audit trail from the console, with the application's own settings; the application may run meanwhile.</summary>
internal static class AuditCommands
{
    public const string Verify = "verify-audit";
    public const string RotateKey = "rotate-audit-key";
    public const string AnchorHeads = "anchor-audit-heads";

    /// <summary>Reads the whole trail and tells what was altered, removed, inserted, recomputed or cut off, and where.</summary>
    /// <returns>The exit code: 0 when nothing was, 1 when something was, 2 when the database cannot be read.</returns>
    public static Task<int> VerifyAsync(string[] args) => RunAsync(Verify, args, async services => (await ReadAsync(services, Verify)).IsWhole ? 0 : 1);

    /// <summary>Verifies, and begins the heads file anew at the chain's end if something is wrong with it.</summary>
    /// <returns>The exit code: 0 when the file was begun anew, 1 when there was no reason to, 2 when the database cannot be read.</returns>
    public static Task<int> AnchorAsync(string[] args) => RunAsync(AnchorHeads, args, AnchorAsync);

    private static async Task<int> AnchorAsync(IServiceProvider services)
    {
        var verdict = await ReadAsync(services, AnchorHeads);
        if (!verdict.Findings.Any(f => f.Fault.IsOfHeadsFile()))
        {
            Console.WriteLine("nothing is wrong with the heads file: it stays as it is");
            return 1;
        }
        var now = services.GetRequiredService<TimeProvider>().GetUtcNow();
        var (sequence, former, setAside) = await services.GetRequiredService<AuditAnchoring>().AnchorAsync($"{AnchorHeads} by {Environment.UserName}", verdict.Found, now, CancellationToken.None);
        Console.WriteLine(setAside is null ? "there was no heads file" : $"the former heads file, up to {former}, is {setAside}: keep it");
        Console.WriteLine($"the heads file begins anew at {sequence}; an entry of the trail tells of it");
        return 0;
    }

    private static async Task<int> RunAsync(string verb, string[] args, Func<IServiceProvider, Task<int>> run)
    {
        await using var services = Compose(args);
        var settings = services.GetRequiredService<DatabaseSettings>();
        try
        {
            // Opening it would make an empty one.
            if (settings.Provider == DatabaseProvider.Sqlite && !File.Exists(new SqliteConnectionStringBuilder(settings.ConnectionString).DataSource))
                throw new FileNotFoundException($"there is no {settings.ConnectionString}");
            return await run(services);
        }
        catch (Exception e) when (DatabaseUnavailableException.Explain(e, settings) is { } unavailable)
        {
            await Console.Error.WriteLineAsync($"{verb}: {unavailable.Message}");
            return 2;
        }
    }

    private static async Task<AuditVerdict> ReadAsync(IServiceProvider services, string cause)
    {
        var clock = services.GetRequiredService<TimeProvider>();
        var told = clock.GetTimestamp();
        var verdict = await services.GetRequiredService<AuditVerification>().ReadAsync(Actor.System(cause), new Telling(read =>
        {
            if (clock.GetElapsedTime(told) < TimeSpan.FromSeconds(1))
                return;
            told = clock.GetTimestamp();
            Console.WriteLine($"{read.Done} of {read.Expected} entries");
        }), CancellationToken.None);
        foreach (var finding in verdict.Findings)
            Console.WriteLine(Line(finding));
        if (verdict.Found > verdict.Findings.Sum(f => f.Count))
            Console.WriteLine($"and more: {verdict.Found} in all");
        Console.WriteLine(verdict.IsWhole
            ? $"whole: {verdict.Entries} entries, sealed up to {verdict.Sequence}"
            : $"BROKEN: {verdict.Found} findings in {verdict.Entries} entries, sealed up to {verdict.Sequence}");
        return verdict;
    }

    /// <summary>Adds a key to the key file, making the file when there is none; instances use it from their next start on.</summary>
    public static int Rotate(string[] args)
    {
        using var services = Compose(args);
        Console.WriteLine($"key {services.GetRequiredService<AuditKeys>().Rotate()} is in {services.GetRequiredService<AuditSettings>().KeyFile}; restart every instance");
        return 0;
    }

    private static ServiceProvider Compose(string[] args)
    {
        var configuration = WebApplication.CreateBuilder(args).Configuration;
        return new ServiceCollection().AddSingleton<IConfiguration>(configuration).AddLogging().AddTapwork(configuration).BuildServiceProvider();
    }

    private static string Line(AuditFinding finding)
    {
        var place = finding.Sequence is { } sequence ? $" at {sequence}" : finding.EntryId is { } id ? $" (entry {id}, not sealed yet)" : "";
        var range = finding is { Sequence: { } first, Count: > 1 } ? $" to {first + finding.Count - 1}" : "";
        var record = finding.Record is { } of ? $": {of}" : "";
        var versions = finding.Fault == AuditFault.Unrecorded ? $", {finding.Count} versions" : "";
        return $"{Words(finding.Fault)}{place}{range}{record}{versions}";
    }

    private static string Words(AuditFault fault) => fault switch
    {
        AuditFault.Altered => "altered",
        AuditFault.Removed => "removed",
        AuditFault.Inserted => "inserted",
        AuditFault.Unrecorded => "versions of a record without an entry",
        AuditFault.Repeated => "copy of another entry",
        AuditFault.ErasedUnseen => "values erased by nobody knows whom",
        AuditFault.Recomputed => "chain made anew",
        AuditFault.CutOff => "cut off",
        AuditFault.Unsigned => "sealed without a signature",
        AuditFault.ForgedHead => "signature of a head is wrong",
        AuditFault.ForgedSummary => "signature of a summary of retired entries is wrong",
        AuditFault.ForgedHeadOutside => "signature of a head outside the database is wrong",
        AuditFault.HeadsFileMissing => "the heads file is missing",
        AuditFault.HeadsFileIncomplete => "the heads file has lost heads",
        _ => "not as kept outside the database",
    };

    // At once and on the thread that reads, so that lines come in order.
    private sealed class Telling(Action<(long Done, long Expected)> tell) : IProgress<(long Done, long Expected)>
    {
        public void Report((long Done, long Expected) value) => tell(value);
    }
}

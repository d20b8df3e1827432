using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using Tapwork.Core.Accounts;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Interventions;
using Tapwork.Infrastructure;
using Tapwork.Infrastructure.Deliveries;
using Tapwork.Infrastructure.Persistence;
using Tapwork.Tests.Persistence;
using Tapwork.Tests.Shell;
using Tapwork.Web.Sandbox;

namespace Tapwork.Tests.Reliability;

/// <summary>Prepared work, an office that finishes it, a partner in bad weather, and instances of the application that are killed and frozen.</summary>
internal sealed class Storm : IAsyncDisposable
{
    private const int TimeoutSeconds = 2;

    /// <summary>How long a lease lasts here: a process frozen for longer has lost what it held.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(TimeoutSeconds + 3);

    // Together 30 of a hundred: 5xx, timeouts, 429, cut before and after accepting, and an answer that comes after the timeout.
    private static readonly FaultPlan Weather = new()
    {
        Seed = 2026,
        DelayMilliseconds = (TimeoutSeconds * 1000) + 700,
        Rates = new Dictionary<Fault, double>
        {
            [Fault.Http500] = 0.05,
            [Fault.Http503] = 0.05,
            [Fault.Hang] = 0.04,
            [Fault.Rate429] = 0.02,
            [Fault.Rate429Bare] = 0.02,
            [Fault.CutBefore] = 0.04,
            [Fault.CutAfter] = 0.05,
            [Fault.SlowAfter] = 0.03,
        },
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("tapwork-storm-").FullName;
    private readonly string[] _addresses = [$"http://127.0.0.1:{TapworkApp.FreePort()}", $"http://127.0.0.1:{TapworkApp.FreePort()}"];
    private readonly List<string> _atSending = [];
    private readonly TestDatabase _database;
    private readonly (CuttableConnection Way, string ConnectionString)? _toServer;
    private ChildProcess? _office;

    private Storm(TestDatabase database, (CuttableConnection Way, string ConnectionString)? toServer) => (_database, _toServer) = (database, toServer);

    public SandboxServer Sandbox { get; private set; } = null!;

    /// <summary>External ids of deliveries that stood at Sending after a kill or freeze, one for each time.</summary>
    public IReadOnlyList<string> AtSending => _atSending;

    private string Files => Path.Combine(_folder, "files");

    /// <param name="database">Where the work stands.</param>
    /// <param name="interventions">How many are prepared.</param>
    /// <param name="toServer">The way by which office and instances reach the database's server; null for the direct one.</param>
    public static async Task<Storm> BrewAsync(TestDatabase database, int interventions, (CuttableConnection Way, string ConnectionString)? toServer = null)
    {
        var storm = new Storm(database, toServer);
        try
        {
            await PreparedWork.AddAsync(database.Database, storm.Files, interventions, TestContext.Current.CancellationToken);
            storm.Sandbox = await SandboxServer.StartAsync(Path.Combine(storm._folder, "sandbox"));
            await storm.Sandbox.BehaveAsync(Weather);
            storm._office = ChildProcess.Start(storm._folder, storm.Settings(0), typeof(Storm).Assembly.Location, FinishingProcess.Verb);
            return storm;
        }
        catch
        {
            await storm.DisposeAsync();
            throw;
        }
    }

    /// <summary>The application, once it listens; the same number listens at the same address again.</summary>
    public async Task<ChildProcess> StartInstanceAsync(int number)
    {
        var instance = ChildProcess.Start(_folder, Settings(number), TapworkApp.WebAssembly);
        try
        {
            await instance.SaysAsync("Tapwork is at ");
            return instance;
        }
        catch
        {
            await instance.DisposeAsync();
            throw;
        }
    }

    /// <summary>The office begins to finish so many more.</summary>
    public Task FinishAsync(int count) => _office!.TellAsync($"{count}");

    /// <summary>Waits until the office has done what it was told so many times.</summary>
    public async Task FinishedAsync(int times)
    {
        for (var i = 0; i < times; i++)
            await _office!.SaysAsync(FinishingProcess.Says);
    }

    /// <summary>A moment in the middle of the work, told by the sends that have come in since rather than by a clock: machines differ.</summary>
    public async Task SomeMomentAsync(Random random)
    {
        var arrivals = (await Sandbox.StateAsync()).Submissions + random.Next(1, 45);
        await UntilAsync("sends still to come in", async () => arrivals - (await Sandbox.StateAsync()).Submissions);
        await Task.Delay(random.Next(0, 150), TestContext.Current.CancellationToken);
    }

    public async Task KillAsync(ChildProcess instance, int number)
    {
        await instance.KillAsync();
        await NoteSendingAsync(number);
    }

    public async Task FreezeAsync(ChildProcess instance, int number)
    {
        instance.Freeze();
        await NoteSendingAsync(number);
    }

    /// <summary>The database's server is away for so long.</summary>
    public async Task LoseDatabaseAsync(TimeSpan time)
    {
        await _toServer!.Value.Way.CutAsync();
        await NoteSendingAsync(0);
        await Task.Delay(time, TestContext.Current.CancellationToken);
        _toServer.Value.Way.Mend();
    }

    /// <summary>The partner takes no connection for so long.</summary>
    public async Task LosePartnerAsync(TimeSpan time)
    {
        await Sandbox.BehaveAsync(new FaultPlan { Down = true });
        await Task.Delay(time, TestContext.Current.CancellationToken);
        await Sandbox.BehaveAsync(Weather);
    }

    /// <summary>Waits until every intervention is Published.</summary>
    public async Task AllPublishedAsync() => await UntilAsync("interventions not published", async () =>
    {
        await using var db = _database.Open();
        return await db.Interventions.CountAsync(i => i.Status != InterventionStatus.Published);
    });

    /// <summary>Waits until the partner has fetched every file.</summary>
    public async Task AllFetchedAsync() => await UntilAsync("files not fetched", async () => (await Sandbox.StateAsync()).FilesMissing);

    /// <summary>What the partner counted against what the rows say, for each dossier.</summary>
    public async Task<IReadOnlyList<DossierTally>> TallyAsync()
    {
        await using var db = _database.Open();
        // After a 409 the partner is asked whether the dossier is ours; without an answer to that it is sent again.
        var later = await db.Deliveries.SelectMany(d => db.Attempts.Where(a => a.DeliveryId == d.Id && a.Outcome == nameof(DeliveryOutcome.TryLater)), (d, a) =>
            new { d.IdempotencyKey, HasAsked = a.Request != null && a.Request.Contains("GET "), IsUnheard = a.HttpStatus == null }).ToListAsync();
        var unheardOf = later.Where(a => a.IsUnheard && !a.HasAsked).CountBy(a => a.IdempotencyKey).ToDictionary();
        var askedOf = later.Where(a => a.HasAsked).CountBy(a => a.IdempotencyKey).ToDictionary();
        // Whose lease ran out stood at Sending as well, under a process that was frozen by nothing but the want of a processor.
        var interrupted = await db.Deliveries.SelectMany(
            d => db.Attempts.Where(a => a.DeliveryId == d.Id && a.Outcome == "Interrupted"), (d, _) => d.IdempotencyKey).ToListAsync();
        var interruptedOf = interrupted.CountBy(id => id).ToDictionary();
        var sendingOf = _atSending.CountBy(id => id).ToDictionary();
        return [.. (await Sandbox.SubmissionsAsync()).GroupBy(a => JsonNode.Parse(a.Body!)!["external_id"]!.ToString()).Select(d =>
            new DossierTally(d.Key, [.. d], unheardOf.GetValueOrDefault(d.Key), askedOf.GetValueOrDefault(d.Key), Math.Max(sendingOf.GetValueOrDefault(d.Key), interruptedOf.GetValueOrDefault(d.Key))))];
    }

    /// <summary>Compares events, deliveries and the partner's own list in good weather, late enough that nothing counts as still under way.</summary>
    public async Task<ReconciliationReport> ReconcileAsync(int mostAsked)
    {
        await Sandbox.BehaveAsync(new FaultPlan());
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(Settings(0)).Build();
        var later = new FakeTimeProvider(TimeProvider.System.GetUtcNow().AddMinutes(20));
        await using var services = new ServiceCollection().AddSingleton<IConfiguration>(configuration).AddSingleton<TimeProvider>(later).AddLogging()
            .AddTapwork(configuration).BuildServiceProvider();
        return await services.GetRequiredService<Reconciliation>().RunAsync(Actor.System("test"), mostAsked, TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (_office is not null)
            await _office.DisposeAsync();
        if (Sandbox is not null)
            await Sandbox.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static string ApplicationName(int number) => $"storm-{number}";

    private Dictionary<string, string?> Settings(int number) => new(_database.Settings)
    {
        ["Database:ConnectionString"] = OnServer(number),
        ["ASPNETCORE_ENVIRONMENT"] = "Development",
        ["ASPNETCORE_URLS"] = null,
        ["Urls"] = _addresses[number],
        ["PublicBaseUrl"] = _addresses[number],
        ["Files:Folder"] = Files,
        ["Demo:Enabled"] = "false",
        ["Sandbox:Enabled"] = "false",
        ["Outgoing:AllowedAddresses:0"] = "127.0.0.0/8",
        ["Outgoing:RequireHttps"] = "false",
        ["Symphonics:BaseUrl"] = Sandbox.Symphonics,
        ["Symphonics:ClientId"] = "sandbox-client",
        ["Symphonics:ClientSecret"] = "sandbox-secret",
        ["Symphonics:WebhookSecret"] = "sandbox-webhook-secret",
        ["Symphonics:RetrySchedule"] = "100ms 100ms 200ms 200ms 300ms 300ms 500ms 500ms 500ms 500ms 1s 1s 1s 1s 1s 1s 1s 1s 2s 2s",
        ["Symphonics:Concurrency"] = "6",
        ["Symphonics:TimeoutSeconds"] = $"{TimeoutSeconds}",
        ["Symphonics:CallsPerMinute"] = "0",
        ["Symphonics:ReservedPerMinute"] = "0",
        ["Symphonics:CallsPerDay"] = "0",
        ["Symphonics:ReservedPerDay"] = "0",
        ["Deliveries:LeaseMargin"] = $"{Lease - TimeSpan.FromSeconds(TimeoutSeconds)}",
    };

    private string OnServer(int number)
    {
        var connectionString = _toServer?.ConnectionString ?? _database.ConnectionString;
        return _database.Provider != DatabaseProvider.PostgreSql ? connectionString : new NpgsqlConnectionStringBuilder(connectionString) { ApplicationName = ApplicationName(number) }.ToString();
    }

    private async Task NoteSendingAsync(int number)
    {
        await AtRestAsync(ApplicationName(number));
        await using var db = _database.Open();
        _atSending.AddRange(await db.Deliveries.Where(d => d.Status == DeliveryStatus.Sending).Select(d => d.IdempotencyKey).ToListAsync());
    }

    // What the process had asked of the server just before may still be under way there. An answer that a frozen one does not take is not, nor is a question it has half asked.
    private async Task AtRestAsync(string applicationName)
    {
        if (_database.Provider != DatabaseProvider.PostgreSql)
            return;
        await UntilAsync("statements of the process under way", async () =>
        {
            await using var db = _database.Open();
            return await db.Database.SqlQuery<int>(
                $"SELECT COUNT(*)::int AS \"Value\" FROM pg_stat_activity WHERE application_name = {applicationName} AND state = 'active' AND COALESCE(wait_event, '') NOT IN ('ClientWrite', 'ClientRead')").SingleAsync();
        });
    }

    private static async Task UntilAsync(string what, Func<Task<int>> left)
    {
        var waits = 2400;
        while (await left() is > 0 and var count)
        {
            (waits--).ShouldBeGreaterThan(0, $"{count} {what} after two minutes");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }
}

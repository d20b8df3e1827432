using Hangfire;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure;
using Tapwork.Infrastructure.Events;
using Tapwork.Infrastructure.Integrations;
using Tapwork.Infrastructure.Monitoring;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Benchmarks;

/// <summary>The product below its screens, whole, in this process.</summary>
internal sealed class ProductHost : IAsyncDisposable
{
    private readonly IHost _host;
    private EventRelayLoop? _relay;

    private ProductHost(IHost host) => _host = host;

    public Database Database => Get<Database>();

    /// <summary>Composed and migrated, its integration configured, nothing running yet.</summary>
    /// <param name="database">Its own.</param>
    /// <param name="symphonics">Address of the partner.</param>
    /// <param name="settings">Beside the usual ones.</param>
    public static async Task<ProductHost> ComposeAsync(BenchDatabase database, string symphonics, params (string Name, string Value)[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Database:Provider"] = database.Provider.ToString(),
            ["Database:ConnectionString"] = database.ConnectionString,
            ["Files:Folder"] = Path.Combine(database.Folder, "files"),
            ["Audit:KeyFile"] = Path.Combine(database.Folder, "audit-keys.json"),
            ["Audit:HeadsFile"] = database.HeadsFile,
            ["PublicBaseUrl"] = "https://tapwork.example",
            ["Outgoing:AllowedAddresses:0"] = "127.0.0.0/8",
            ["Symphonics:BaseUrl"] = symphonics,
            ["Symphonics:ClientId"] = "sandbox-client",
            ["Symphonics:ClientSecret"] = "sandbox-secret",
            ["Symphonics:WebhookSecret"] = "sandbox-webhook-secret",
            ["Symphonics:CallsPerMinute"] = "0",
            ["Symphonics:ReservedPerMinute"] = "0",
            ["Symphonics:CallsPerDay"] = "0",
            ["Symphonics:ReservedPerDay"] = "0",
        }).AddInMemoryCollection(settings.ToDictionary(s => s.Name, s => (string?)s.Value));
        builder.Logging.AddSimpleConsole().SetMinimumLevel(LogLevel.Warning)
            .AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error)
            // A database that has no table of migrations yet is told as a failed command.
            .AddFilter("Microsoft.EntityFrameworkCore.Database.Command", LogLevel.None);
        builder.Services.AddTapwork(builder.Configuration);
        // Started by hand: what is committed before waits until then.
        builder.Services.Remove(builder.Services.Single(s => s.ImplementationType == typeof(EventRelayLoop)));
        var product = new ProductHost(builder.Build());
        await product.Get<DatabasePreparation>().PrepareAsync(CancellationToken.None);
        // As at the start of the application: the first key is made outside of any transaction.
        product.Get<IDataProtectionProvider>().CreateProtector("start").Protect([]);
        await product.Get<IntegrationSeeding>().SeedAsync(CancellationToken.None);
        return product;
    }

    public T Get<T>() where T : notnull => _host.Services.GetRequiredService<T>();

    /// <summary>Runs all but the relay.</summary>
    public async Task StartWithoutRelayAsync()
    {
        await _host.StartAsync();
        Get<IRecurringJobManager>().RemoveIfExists("relay-events");
    }

    public async Task StartRelayAsync()
    {
        _relay = ActivatorUtilities.CreateInstance<EventRelayLoop>(_host.Services);
        await _relay.StartAsync(CancellationToken.None);
    }

    public async Task StartAsync()
    {
        await StartWithoutRelayAsync();
        await StartRelayAsync();
    }

    /// <summary>Waits until every event has its place and every reader has read it.</summary>
    public async Task SettleAsync()
    {
        while (true)
        {
            await using (var db = Database.Open(Actor.System("bench")))
            {
                var cursors = await db.Cursors.Where(c => c.Name != RollUpAttemptsJob.Cursor).Select(c => c.Position).ToListAsync();
                if (cursors.Count > 1 && cursors.Distinct().Count() == 1 && !await db.Events.AnyAsync(e => e.Position == null))
                    return;
            }
            await Task.Delay(50);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_relay is not null)
            await _relay.StopAsync(CancellationToken.None);
        await _host.StopAsync();
        _relay?.Dispose();
        await ((IAsyncDisposable)_host).DisposeAsync();
        // The scheduler keeps the log of this host for all that come after it in the process.
        Hangfire.Logging.LogProvider.SetCurrentLogProvider(null);
    }
}

using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Tapwork.Core.Accounts;
using Tapwork.Core.Companies;
using Tapwork.Core.Integrations;
using Tapwork.Infrastructure;
using Tapwork.Infrastructure.Integrations;
using Tapwork.Infrastructure.Integrations.Symphonics;
using Tapwork.Infrastructure.Persistence;
using Tapwork.Tests.Persistence;

namespace Tapwork.Tests.Integrations;

public sealed class IntegrationSeedingTests : IAsyncLifetime
{
    private static readonly Actor Test = Actor.System("test");
    private TestDatabase _database = null!;
    private ServiceProvider _services = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private Database Database => _services.GetRequiredService<Database>();

    public async ValueTask InitializeAsync()
    {
        _database = await TestDatabase.SqliteAsync();
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(_database.Settings).AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Symphonics:BaseUrl"] = "https://symphonics.example",
            ["Symphonics:ClientId"] = "client",
            ["Symphonics:ClientSecret"] = "marker-secret",
            ["Symphonics:WebhookSecret"] = "marker-webhook",
        }).Build();
        _services = new ServiceCollection().AddSingleton<IConfiguration>(configuration).AddLogging().AddTapwork(configuration).BuildServiceProvider();
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await _database.DisposeAsync();
    }

    // Found in the field: the first key was written on a second connection, which waited 30 s for the transaction it was needed in: "database is locked".
    [Fact]
    public async Task A_database_without_a_key_is_seeded_without_waiting_for_itself()
    {
        await SeedAsync();
        await using var db = Database.Open(Test);
        var integration = await db.Integrations.SingleAsync(i => i.ConnectorKey == SymphonicsConnector.Name, Cancel);
        integration.Settings.ShouldNotContain("marker");
        _services.GetRequiredService<SettingsProtection>().Of<SymphonicsSettings>(integration).ClientSecret.ShouldBe("marker-secret");
        (await db.DataProtectionKeys.CountAsync(Cancel)).ShouldBe(1);
    }

    [Fact]
    public async Task What_is_as_asked_for_is_not_touched_by_the_next_start()
    {
        await SeedAsync();
        var before = await TracesAsync();
        await SeedAsync();
        (await TracesAsync()).ShouldBe(before);
    }

    [Fact]
    public async Task Settings_under_a_key_that_is_gone_are_written_anew()
    {
        await SeedAsync();
        await Database.WriteAsync(Test, async db => (await db.Integrations.SingleAsync(i => i.ConnectorKey == SymphonicsConnector.Name, Cancel)).Configure("""{"ClientSecret":"of another key"}""", [], Given.Now), Cancel);
        await SeedAsync();
        await using var db = Database.Open(Test);
        var integration = await db.Integrations.SingleAsync(i => i.ConnectorKey == SymphonicsConnector.Name, Cancel);
        _services.GetRequiredService<SettingsProtection>().Of<SymphonicsSettings>(integration).ClientSecret.ShouldBe("marker-secret");
    }

    // Found by a reader: every start put back what an administrator had changed since, a rotated secret too.
    [Fact]
    public async Task What_people_changed_stands_until_the_file_itself_changes()
    {
        await SeedAsync();
        await Database.WriteAsync(Test, async db =>
        {
            var integration = await db.Integrations.SingleAsync(i => i.ConnectorKey == SymphonicsConnector.Name, Cancel);
            var protection = _services.GetRequiredService<SettingsProtection>();
            integration.Configure(protection.Rotate(typeof(SymphonicsSettings), integration.Settings, "ClientSecret", "rotated", Given.Now), ["ClientSecret"], Given.Now);
            integration.Tune(new IntegrationPace("7s", 9, 2, false, RateLimit.None));
        }, Cancel);
        await SeedAsync();
        (await SecretAsync()).ShouldBe(("rotated", "7s"));

        _services.GetRequiredService<IConfiguration>()["Symphonics:RetrySchedule"] = "8s";
        await SeedAsync();
        (await SecretAsync()).ShouldBe(("rotated", "8s"), "only the part of the file that changed is followed");
        _services.GetRequiredService<IConfiguration>()["Symphonics:ClientSecret"] = "of the file";
        await SeedAsync();
        (await SecretAsync()).ShouldBe(("of the file", "8s"));

        async Task<(string, string)> SecretAsync()
        {
            await using var db = Database.Open(Test);
            var integration = await db.Integrations.AsNoTracking().SingleAsync(i => i.ConnectorKey == SymphonicsConnector.Name, Cancel);
            return (_services.GetRequiredService<SettingsProtection>().Of<SymphonicsSettings>(integration).ClientSecret, integration.RetrySchedule);
        }
    }

    [Fact]
    public async Task Making_the_first_key_inside_a_transaction_is_refused_at_once()
    {
        var protector = _services.GetRequiredService<IDataProtectionProvider>().CreateProtector("test");
        var refused = await Should.ThrowAsync<Exception>(() => Database.WriteAsync(Test, _ => Task.FromResult(protector.Protect("secret")), Cancel));
        refused.ToString().ShouldContain("do it before the transaction");
        protector.Unprotect(protector.Protect("secret")).ShouldBe("secret");
    }

    [Fact]
    public async Task A_write_inside_a_write_is_refused_at_once()
    {
        await Should.ThrowAsync<InvalidOperationException>(() => Database.WriteAsync(Test, _ => Database.WriteAsync(Test, RegisterAsync, Cancel), Cancel));
        await Database.WriteAsync(Test, RegisterAsync, Cancel);
        await using var db = Database.Open(Test);
        (await db.Companies.CountAsync(Cancel)).ShouldBe(1);
    }

    [Fact]
    public async Task Reading_on_another_connection_inside_a_write_is_nobody_s_harm() =>
        await Database.WriteAsync(Test, async _ =>
        {
            await using var other = Database.Open(Test);
            (await other.Companies.AnyAsync(Cancel)).ShouldBeFalse();
        }, Cancel);

    [Fact]
    public async Task Keys_never_stand_in_the_audit_trail()
    {
        await SeedAsync();
        await using var db = Database.Open(Test);
        (await db.AuditEntries.AnyAsync(Cancel)).ShouldBeTrue();
        (await db.AuditEntries.Select(e => e.RecordType + e.Changes).ToListAsync(Cancel)).ShouldAllBe(e => !e.Contains("DataProtectionKey") && !e.Contains("masterKey"));
    }

    private static Task RegisterAsync(TapworkDbContext db)
    {
        db.Companies.Add(Company.Register("Société", "73282932000074", Given.Now));
        return Task.CompletedTask;
    }

    private Task SeedAsync() => _services.GetRequiredService<IntegrationSeeding>().SeedAsync(Cancel);

    private async Task<(int Events, int Audited, int Keys)> TracesAsync()
    {
        await using var db = Database.Open(Test);
        return (await db.Events.CountAsync(Cancel), await db.AuditEntries.CountAsync(Cancel), await db.DataProtectionKeys.CountAsync(Cancel));
    }
}

using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Tapwork.Core.Accounts;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Integrations;
using Tapwork.Core.Interventions;
using Tapwork.Infrastructure.Interventions;
using Tapwork.Infrastructure.Persistence;
using Tapwork.Tests.Integrations;
using Tapwork.Tests.Persistence;
using Tapwork.Tests.Shell;

namespace Tapwork.Tests.Reliability;

[Collection(ReliabilityCollection.Name)]
public sealed class PartnerWeatherTests : IAsyncLifetime
{
    // More than it takes to open the breaker.
    private const int Interventions = DestinationState.Window + 10;

    private readonly string _folder = Directory.CreateTempSubdirectory("tapwork-weather-").FullName;
    private TestDatabase _database = null!;
    private Guid _admin;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Files => Path.Combine(_folder, "files");

    public async ValueTask InitializeAsync()
    {
        _database = await TestDatabase.SqliteAsync();
        await PreparedWork.AddAsync(_database.Database, Files, Interventions, Cancel);
        _admin = await _database.Database.WriteAsync(Actor.System("test"), db =>
            Task.FromResult(db.People.Add(Person.Create("Thomas Lefèvre", "admin@example.com", Role.Admin, null, "fr", TimeProvider.System.GetUtcNow())).Entity.Id), Cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task An_expired_certificate_holds_the_integration_tells_the_administrator_once_and_lets_all_through_when_renewed()
    {
        using var authority = new TestAuthority(_folder);
        using var expired = authority.Issue(years: 1);
        using var renewed = authority.Issue(years: 30);
        var shown = expired;
        await using var partner = await LoopbackServer.StartAsync(AnswerAsync, () => Volatile.Read(ref shown));
        await using var app = await TapworkApp.StartAsync(Settings(partner.Address, authority.File));
        await FinishAllAsync();

        await UntilAsync(db => db.Destinations.AnyAsync(d => d.HeldBecause != null, Cancel));
        await UntilAsync(db => db.Notifications.AnyAsync(n => n.PersonId == _admin && n.Kind == IntegrationHeld.Name, Cancel));
        await UntilAsync(db => db.Deliveries.AnyAsync(d => d.Purpose == $"mail:{_admin}:integration_held" && d.Status == DeliveryStatus.Delivered, Cancel));
        (await HeldBecauseAsync()).ShouldBe("certificate of 127.0.0.1 refused: it expired on 2021-01-01 00:00 UTC");

        await LetAQuarterOfAnHourPassAsync();
        (await HeldBecauseAsync()).ShouldNotBeNull("the probe met the same certificate");
        partner.Arrivals.ShouldBeEmpty();

        Volatile.Write(ref shown, renewed);
        await LetAQuarterOfAnHourPassAsync();
        await UntilAsync(db => db.Interventions.AllAsync(i => i.Status == InterventionStatus.Published, Cancel));
        (await HeldBecauseAsync()).ShouldBeNull();
        partner.Arrivals.Where(a => a.Path == "/crm/interventions").Select(a => a.Headers["Idempotency-Key"]).Distinct().Count().ShouldBe(Interventions);
        await using var after = _database.Open();
        (await after.Deliveries.Where(d => d.Purpose == "dossier").Select(d => d.FailedTries).ToListAsync(Cancel)).ShouldAllBe(tries => tries == 0);
        (await after.Notifications.CountAsync(n => n.Kind == IntegrationHeld.Name, Cancel)).ShouldBe(1);
        (await after.Events.CountAsync(e => e.Topic == "integration.reopened", Cancel)).ShouldBe(1);
    }

    [Fact]
    public async Task A_partner_that_is_down_opens_the_breaker_which_closes_by_itself_and_lets_all_through_when_it_is_back()
    {
        var isDown = true;
        await using var partner = await LoopbackServer.StartAsync((context, arrival) =>
        {
            if (!Volatile.Read(ref isDown))
                return AnswerAsync(context, arrival);
            context.Abort();
            return Task.CompletedTask;
        });
        await using var app = await TapworkApp.StartAsync(Settings(partner.Address, authority: null));
        await FinishAllAsync();
        // The first probe meets the same, and the pause grows.
        await UntilAsync(db => db.Destinations.AnyAsync(d => d.Breaker == BreakerState.Open && d.Pauses == 2, Cancel));

        Volatile.Write(ref isDown, false);
        await UntilAsync(db => db.Interventions.AllAsync(i => i.Status == InterventionStatus.Published, Cancel));
        await using var after = _database.Open();
        (await after.Destinations.AllAsync(d => d.Breaker == BreakerState.Closed, Cancel)).ShouldBeTrue();
        (await after.Events.CountAsync(e => e.Topic == "integration.breaker_opened", Cancel)).ShouldBe(1);
        (await after.Events.CountAsync(e => e.Topic == "integration.breaker_closed", Cancel)).ShouldBe(1);
    }

    private static Task AnswerAsync(HttpContext context, Arrival arrival) => arrival.Path == "/auth/token"
        ? SymphonicsPartner.JsonAsync(context, 200, """{"access_token":"token","token_type":"Bearer","expires_in":3600}""")
        : SymphonicsPartner.JsonAsync(context, 201, $$"""{"id":"SYM-{{JsonNode.Parse(arrival.Body)!["external_id"]}}","status":"received"}""");

    private async Task FinishAllAsync()
    {
        var workflow = new InterventionWorkflow(_database.Database, TimeProvider.System);
        await using var db = _database.Open();
        var person = await db.People.SingleAsync(p => p.Role == Role.Office, Cancel);
        foreach (var id in await db.Interventions.Select(i => i.Id).ToListAsync(Cancel))
            await workflow.CompleteInstallationAsync(new Actor(person.Id, person.Name, person.Role, null, null, null, Actor.NewCorrelationId()), id, Cancel);
    }

    // Of the row the probes go by: it becomes due, and a probe is on record.
    private async Task LetAQuarterOfAnHourPassAsync()
    {
        var now = TimeProvider.System.GetUtcNow();
        await using (var db = _database.Open())
            (await db.Destinations.Where(d => d.HeldBecause != null).ExecuteUpdateAsync(d => d.SetProperty(x => x.NextProbeAt, now), Cancel)).ShouldBe(1);
        await UntilAsync(db => db.Attempts.AnyAsync(a => a.StartedAt >= now, Cancel));
    }

    private async Task<string?> HeldBecauseAsync()
    {
        await using var db = _database.Open();
        return await db.Destinations.Where(d => db.Integrations.Any(i => i.Id == d.IntegrationId && i.Code == "REQ-I-001")).Select(d => d.HeldBecause).SingleAsync(Cancel);
    }

    private async Task UntilAsync(Func<TapworkDbContext, Task<bool>> isSo)
    {
        while (true)
        {
            await using (var db = _database.Open())
                if (await isSo(db))
                    return;
            await Task.Delay(50, Cancel);
        }
    }

    private Dictionary<string, string?> Settings(Uri partner, string? authority) => new(_database.Settings)
    {
        ["SSL_CERT_FILE"] = authority,
        ["Files:Folder"] = Files,
        ["Demo:Enabled"] = "false",
        ["Symphonics:BaseUrl"] = partner.ToString(),
        ["Symphonics:ClientId"] = "client",
        ["Symphonics:ClientSecret"] = "secret",
        ["Symphonics:WebhookSecret"] = "secret-of-webhooks",
        ["Symphonics:RetrySchedule"] = "500ms 500ms 500ms 500ms 1s 1s 1s 1s",
        ["Symphonics:CallsPerMinute"] = "0",
        ["Symphonics:ReservedPerMinute"] = "0",
        ["Symphonics:CallsPerDay"] = "0",
        ["Symphonics:ReservedPerDay"] = "0",
    };
}

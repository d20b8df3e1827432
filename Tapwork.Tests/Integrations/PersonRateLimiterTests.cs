using Tapwork.Core;
using Tapwork.Core.Accounts;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Dossiers;
using Tapwork.Core.Integrations;
using Tapwork.Core.Interventions;
using Tapwork.Infrastructure.Deliveries;
using Tapwork.Infrastructure.Integrations;
using Tapwork.Infrastructure.Integrations.Symphonics;

namespace Tapwork.Tests.Integrations;

/// <summary>What one person may ask of a destination.</summary>
public class PersonRateLimiterTests
{
    private static readonly Actor Other = Given.Office with { PersonId = Guid.Parse("0199c000-0000-7000-8000-000000000002") };

    [Theory]
    [InlineData(100, 0, 20)]
    [InlineData(0, 5000, 500)]
    [InlineData(3, 0, 1)]
    public void One_person_gets_a_share_and_the_next_person_one_of_their_own(int perMinute, int perDay, int share)
    {
        using var limiter = new PersonRateLimiter();
        var integration = IntegrationOf(new RateLimit(perMinute, 0, perDay, 0));
        for (var i = 0; i < share; i++)
            limiter.Acquire(integration, Given.Office);
        Should.Throw<RuleViolation>(() => limiter.Acquire(integration, Given.Office)).Rule.ShouldBe("integration.calls_per_person_reached");
        limiter.Acquire(integration, Other);
        limiter.Acquire(IntegrationOf(new RateLimit(perMinute, 0, perDay, 0)), Given.Office);
        limiter.Acquire(integration, Actor.System("job"));
    }

    [Fact]
    public void Without_a_limit_of_the_destination_nobody_is_limited()
    {
        using var limiter = new PersonRateLimiter();
        var integration = IntegrationOf(RateLimit.None);
        for (var i = 0; i < 2000; i++)
            limiter.Acquire(integration, Given.Office);
    }

    [Fact]
    public async Task A_person_who_asks_too_often_is_told_so_and_Symphonics_is_not_asked()
    {
        await using var partner = await SymphonicsPartner.AnswersAsync(async (context, arrival) =>
        {
            if (!arrival.Path.StartsWith("/validation/", StringComparison.Ordinal))
                return false;
            await SymphonicsPartner.JsonAsync(context, 200, """{"valid":true,"exists":true,"pdl":"12345678901234"}""");
            return true;
        }, new() { ["Symphonics:CallsPerDay"] = "30", ["Symphonics:ReservedPerDay"] = "0" });
        var cancel = TestContext.Current.CancellationToken;
        var checks = partner.Get<SymphonicsChecks>();
        for (var i = 0; i < 3; i++)
            (await checks.CheckPdlAsync($"1234567890123{i}", Given.Office, cancel)).State.ShouldBe(PdlState.Valid);
        var asked = partner.Server.Arrivals.Count;
        Func<Task>[] questions =
        [
            () => checks.CheckPdlAsync("12345678901239", Given.Office, cancel),
            () => checks.CheckAccountAsync("test.user@example.com", Given.Office, cancel),
            () => checks.FindPdlAsync(new PdlPlace("12 rue des Lilas", "69003", "Lyon"), "Durand", Given.Office, cancel),
        ];
        foreach (var question in questions)
            (await Should.ThrowAsync<RuleViolation>(question)).Rule.ShouldBe("integration.calls_per_person_reached");
        partner.Server.Arrivals.Count.ShouldBe(asked);
        (await checks.CheckPdlAsync("12345678901239", Other, cancel)).State.ShouldBe(PdlState.Valid);
    }

    // An administrator could test a connection as often as they liked.
    [Theory]
    [InlineData(0, 40, 4)]
    [InlineData(15, 0, 3)]
    [InlineData(1, 1, 1)]
    public async Task A_person_who_tests_a_connection_too_often_is_told_so_and_the_partner_is_not_called(int perMinute, int perDay, int share)
    {
        var cancel = TestContext.Current.CancellationToken;
        await using var hub = await HubFixture.StartAsync();
        var (id, _) = await hub.ConnectAsync("partner", ("BaseUrl", hub.Server.Address.ToString()), ("Credential", "Bearer"), ("BearerToken", "b"));
        await hub.Get<IntegrationDesk>().TuneAsync(
            hub.Admin, id, (await hub.IntegrationAsync(id)).Version, new IntegrationPace("5s", 15, 4, false, new RateLimit(perMinute, 0, perDay, 0)), cancel);
        for (var i = 0; i < share; i++)
            (await hub.Get<ConnectionTest>().RunAsync(hub.Admin, id, cancel))[^1].IsPassed.ShouldBeTrue();
        for (var i = 0; i < 10; i++)
            (await Should.ThrowAsync<RuleViolation>(() => hub.Get<ConnectionTest>().RunAsync(hub.Admin, id, cancel))).Rule.ShouldBe("integration.tests_per_person_reached");
        hub.Server.Arrivals.Count.ShouldBe(share);
    }

    // A comparison started by a person asks as well, and could be started as often as they liked.
    [Fact]
    public async Task A_person_s_comparisons_ask_a_partner_no_more_than_the_person_may()
    {
        var cancel = TestContext.Current.CancellationToken;
        await using var hub = await HubFixture.StartAsync();
        var (id, _) = await hub.ConnectAsync("partner", ("BaseUrl", hub.Server.Address.ToString()), ("Credential", "Bearer"), ("BearerToken", "b"));
        await hub.LiftLimitAsync(id);
        await hub.Get<SubscriptionDesk>().AuthoriseAsync(hub.Admin, id, Enum.GetValues<DossierPart>(), "Contrat du 3 mars", null, cancel);
        await hub.SubscribeAsync(id, null, DossierPrepared.Name);
        for (var i = 0; i < 4; i++)
            await hub.PrepareAsync();
        await hub.RouteAsync();
        await hub.SendAsync();
        (await hub.DeliveriesAsync(id)).ShouldAllBe(d => d.Status == DeliveryStatus.Delivered);
        await hub.Get<IntegrationDesk>().TuneAsync(
            hub.Admin, id, (await hub.IntegrationAsync(id)).Version, new IntegrationPace("5s", 15, 4, false, new RateLimit(0, 0, 30, 0)), cancel);
        hub.Clock.Advance(TimeSpan.FromMinutes(1));
        var comparison = hub.Get<Reconciliation>();
        (await comparison.RunAsync(hub.Admin, 20, cancel)).Asked.ShouldBe(3);
        (await comparison.RunAsync(hub.Admin, 20, cancel)).Asked.ShouldBe(0);
        (await comparison.RunAsync(Actor.System("job"), 20, cancel)).Asked.ShouldBe(4);
    }

    private static Integration IntegrationOf(RateLimit limit)
    {
        var integration = Integration.Register("REQ-I-001", "Symphonics", "symphonics", Given.Now);
        integration.Tune(new IntegrationPace("5s", 30, 4, false, limit));
        return integration;
    }
}

using Microsoft.Extensions.Time.Testing;
using Tapwork.Core;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Integrations;
using Tapwork.Core.Interventions;
using Tapwork.Infrastructure.Integrations;
using Tapwork.Infrastructure.Integrations.Symphonics;

namespace Tapwork.Tests.Integrations;

/// <summary>A token serves people and the queue: people's calls pay for it first, the queue's only where the queue asks for it.</summary>
public sealed class TokenBudgetTests
{
    private readonly FakeTimeProvider _clock = new(Given.Now);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    // People had used up their day, the token of five minutes ran out, and no dossier left until the next day.
    [Theory]
    [InlineData(CallFor.Person)]
    [InlineData(CallFor.Queue)]
    public async Task Whoever_has_calls_left_gets_a_token(CallFor usesAllUp)
    {
        await using var partner = await SymphonicsPartner.AnswersAsync(async (context, arrival) =>
        {
            if (arrival.Path != "/auth/token" && !arrival.Path.StartsWith("/validation", StringComparison.Ordinal))
                return false;
            await SymphonicsPartner.JsonAsync(context, 200, """{"access_token":"t","expires_in":300,"valid":true,"exists":true}""");
            return true;
        }, new() { ["Symphonics:CallsPerDay"] = "100", ["Symphonics:ReservedPerDay"] = "10" }, _clock);
        var budget = partner.Get<DestinationBudget>();
        while (await budget.TryTakeAsync(partner.Integration, usesAllUp, Given.Office, Cancel) is null)
            _clock.Advance(TimeSpan.FromSeconds(2));
        if (usesAllUp == CallFor.Person)
            (await partner.OutcomeAsync()).ShouldBeOfType<DeliveryOutcome.Accepted>();
        else
            (await partner.Get<SymphonicsChecks>().CheckPdlAsync("12345678901234", Given.Office, Cancel)).State.ShouldBe(PdlState.Valid);
    }

    // Each question asked for a token, was refused, and the tokens used up what is the queue's: no dossier left for a day after sign-in was back.
    [Theory]
    [InlineData(503, 6, 100, 0)]
    [InlineData(503, 10, 100, 0)]
    [InlineData(401, 10, 100, 0)]
    [InlineData(503, 12, 33, 4)]
    public async Task While_sign_in_fails_people_leave_the_queue_its_floor(int status, int people, int perDay, int reserved)
    {
        await using var partner = await SymphonicsPartner.AnswersAsync(async (context, arrival) =>
        {
            if (arrival.Path != "/auth/token")
                return false;
            await SymphonicsPartner.JsonAsync(context, status, "{}");
            return true;
        }, new() { ["Symphonics:CallsPerDay"] = $"{perDay}", ["Symphonics:ReservedPerDay"] = $"{reserved}" }, _clock);
        for (var person = 0; person < people; person++)
            await AskAsync(partner.Get<SymphonicsChecks>());
        var limit = partner.Integration.RateLimit;
        partner.Server.Arrivals.Count(a => a.Path == "/auth/token").ShouldBeInRange(1, perDay - limit.QueueFloorPerDay);
        var left = 0;
        while (await partner.Get<DestinationBudget>().TryTakeAsync(partner.Integration, CallFor.Queue, Given.Office, Cancel) is null)
            left++;
        left.ShouldBeGreaterThanOrEqualTo(limit.QueueFloorPerDay);
    }

    [Fact]
    public async Task While_sign_in_fails_connection_tests_leave_the_queue_its_floor()
    {
        await using var hub = await HubFixture.StartAsync();
        var (id, _) = await hub.ConnectAsync(
            "partner", ("BaseUrl", hub.Server.Address.ToString()), ("Credential", "OAuth2"), ("ClientId", "client"), ("ClientSecret", "secret"));
        await hub.Get<IntegrationDesk>().TuneAsync(
            hub.Admin, id, (await hub.IntegrationAsync(id)).Version, new IntegrationPace("5s", 15, 4, false, new RateLimit(0, 0, 40, 0)), Cancel);
        hub.Answer = (context, _) => SymphonicsPartner.JsonAsync(context, 503, "{}");
        var refused = 0;
        for (var test = 0; test < 50; test++)
        {
            try
            {
                await hub.Get<ConnectionTest>().RunAsync(hub.Admin, id, Cancel);
            }
            catch (RuleViolation e) when (e.Rule == "integration.tests_per_person_reached")
            {
                refused++;
            }
        }
        refused.ShouldBe(46);
        hub.Server.Arrivals.Count(a => a.Path == "/auth/token").ShouldBe(4);
    }

    // As often as one person may.
    private static async Task AskAsync(SymphonicsChecks checks)
    {
        var by = Given.Office with { PersonId = Guid.CreateVersion7() };
        try
        {
            for (var question = 0; question < 10; question++)
                (await checks.CheckPdlAsync($"1234567890123{question}", by, Cancel)).State.ShouldBe(PdlState.Unchecked);
        }
        catch (RuleViolation e) when (e.Rule == "integration.calls_per_person_reached")
        {
            // A tenth of a small day.
        }
    }
}

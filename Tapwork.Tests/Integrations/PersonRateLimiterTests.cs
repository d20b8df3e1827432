using Tapwork.Core;
using Tapwork.Core.Accounts;
using Tapwork.Core.Integrations;
using Tapwork.Core.Interventions;
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

    private static Integration IntegrationOf(RateLimit limit)
    {
        var integration = Integration.Register("REQ-I-001", "Symphonics", "symphonics", Given.Now);
        integration.Tune(new IntegrationPace("5s", 30, 4, false, limit));
        return integration;
    }
}

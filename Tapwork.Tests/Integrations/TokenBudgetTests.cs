using Microsoft.Extensions.Time.Testing;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Integrations;
using Tapwork.Infrastructure.Integrations;

namespace Tapwork.Tests.Integrations;

/// <summary>A token serves people and the queue: whichever share has a call left pays for it.</summary>
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
            (await partner.Get<Tapwork.Infrastructure.Integrations.Symphonics.SymphonicsChecks>().CheckPdlAsync("12345678901234", Given.Office, Cancel)).State
                .ShouldBe(Tapwork.Core.Interventions.PdlState.Valid);
    }
}

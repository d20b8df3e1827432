using Tapwork.Core.Deliveries;
using Tapwork.Core.Monitoring;
using Tapwork.Infrastructure.Monitoring;

namespace Tapwork.Tests.Monitoring;

/// <summary>What is used up of what was agreed.</summary>
public class AgreementTests
{
    private const decimal ThreeNines = 99.9m;

    // 30 days, of which 43.2 minutes are allowed.
    private static readonly DateTimeOffset Start = new(2026, 11, 10, 10, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_failure_in_the_hour_under_way_costs_no_more_than_has_passed_of_it()
    {
        var hour = Hour(Start, accepted: 0, failed: 5);
        Agreement.Of(ThreeNines, null, [hour], Start.AddMinutes(2)).MinutesLost.ShouldBe(2);
        Agreement.Of(ThreeNines, null, [hour], Start.AddHours(5)).MinutesLost.ShouldBe(60);
    }

    [Fact]
    public void The_rule_warns_before_the_agreement_is_broken()
    {
        var rule = AlertRule.Default(AlertKind.Sla);
        // 36 of 43.2 minutes.
        var atRisk = Agreement.Of(ThreeNines, null, [Hour(Start, accepted: 4, failed: 6)], Start.AddDays(1));
        (atRisk.MinutesLost, atRisk.MinutesAllowed, atRisk.MinutesUsed).ShouldBe((36, 43.2, 84));
        rule.IsMetBy(atRisk.MinutesUsed!.Value).ShouldBeTrue();
        var kept = Agreement.Of(ThreeNines, null, [Hour(Start, accepted: 9, failed: 1)], Start.AddDays(1));
        rule.IsMetBy(kept.MinutesUsed!.Value).ShouldBeFalse();
        Agreement.Of(ThreeNines, null, [Hour(Start, accepted: 0, failed: 10)], Start.AddDays(1)).MinutesUsed.ShouldBe(139);
    }

    [Fact]
    public void Nothing_lost_is_nothing_used_even_where_nothing_is_allowed()
    {
        Agreement.Of(100m, null, [Hour(Start, accepted: 50, failed: 0)], Start.AddDays(1)).MinutesUsed.ShouldBe(0);
        Agreement.Of(100m, null, [Hour(Start, accepted: 50, failed: 1)], Start.AddDays(1)).MinutesUsed!.Value.ShouldBeGreaterThan(100);
        Agreement.Of(ThreeNines, null, [], Start).MinutesUsed.ShouldBeNull("no sends, nothing to say");
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(4, 80)]
    [InlineData(5, 100)]
    [InlineData(6, 120)]
    public void The_agreed_response_time_is_kept_while_at_most_one_send_in_twenty_takes_longer(int slow, int used)
    {
        var hour = new DeliveryHour { IntegrationId = Guid.Empty, Hour = Start };
        for (var i = 0; i < 100; i++)
            hour.Add(nameof(DeliveryOutcome.Accepted), null, i < slow ? 900 : 150);
        var agreement = Agreement.Of(null, 500, [hour], Start.AddHours(1));
        agreement.SlownessUsed.ShouldBe(used);
        agreement.InTime!.Value.ShouldBe(1 - (slow / 100.0), 0.0001);
        agreement.MinutesUsed.ShouldBeNull("no availability was agreed");
    }

    private static DeliveryHour Hour(DateTimeOffset start, int accepted, int failed)
    {
        var hour = new DeliveryHour { IntegrationId = Guid.Empty, Hour = start };
        for (var i = 0; i < accepted; i++)
            hour.Add(nameof(DeliveryOutcome.Accepted), null, 100);
        for (var i = 0; i < failed; i++)
            hour.Add(nameof(DeliveryOutcome.TryLater), FaultClass.System, 100);
        return hour;
    }
}

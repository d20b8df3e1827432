using Microsoft.EntityFrameworkCore;
using Tapwork.Core;
using Tapwork.Core.Deliveries;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Tests.Deliveries;

public class ScheduleTests
{
    // Found by a reader: a number that no clock holds took the page down.
    [Theory]
    [InlineData("999999999h")]
    [InlineData("31d")]
    [InlineData("2147483647d 2147483647d")]
    public void A_wait_longer_than_thirty_days_is_refused(string text) =>
        Should.Throw<RuleViolation>(() => RetrySchedule.Parse(text)).Rule.ShouldBe("integration.retry_schedule_malformed");

    [Theory]
    [MemberData(nameof(DeliveryBench.Both), MemberType = typeof(DeliveryBench))]
    public async Task After_the_last_step_of_the_schedule_a_delivery_is_dead(DatabaseProvider provider)
    {
        await using var bench = await DeliveryBench.CreateAsync(provider);
        var id = (await bench.OrderAsync()).Single();
        var instance = bench.Start(new ToldConnector { Answer = _ => ToldConnector.Down });
        await instance.SendDueAsync();
        var first = await bench.ReadAsync(id);
        (first.NextAttemptAt - bench.Clock.GetUtcNow()).ShouldBeInRange(TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(6));
        bench.Clock.Advance(TimeSpan.FromSeconds(7));
        await instance.SendDueAsync();
        (await bench.ReadAsync(id)).Status.ShouldBe(DeliveryStatus.Retrying);
        bench.Clock.Advance(TimeSpan.FromSeconds(37));
        await instance.SendDueAsync();
        (await bench.ReadAsync(id)).Status.ShouldBe(DeliveryStatus.Dead);
        bench.Clock.Advance(TimeSpan.FromDays(30));
        (await instance.SendDueAsync()).ShouldBe(0);
        (await bench.AttemptsAsync(id)).ShouldBe(["TryLater", "TryLater", "TryLater"]);
        (await bench.TopicsAsync()).Count(t => t == DeliveryDied.Name).ShouldBe(1);
    }

    [Fact]
    public async Task A_wait_the_partner_asked_for_is_kept_when_it_is_longer_than_the_step_and_not_when_it_is_shorter()
    {
        await using var bench = await DeliveryBench.CreateAsync();
        var ids = await bench.OrderAsync(2);
        var instance = bench.Start(new ToldConnector
        {
            Answer = d => new DeliveryOutcome.TryLater("503", TimeSpan.FromSeconds(d.Id == ids[0] ? 120 : 1), FaultClass.System, MayHaveArrived: false),
        });
        await instance.SendDueAsync();
        (await bench.ReadAsync(ids[0])).NextAttemptAt.ShouldBe(bench.Clock.GetUtcNow().AddSeconds(120));
        (await bench.ReadAsync(ids[1])).NextAttemptAt.ShouldBeGreaterThanOrEqualTo(bench.Clock.GetUtcNow().AddSeconds(4));
    }

    [Theory]
    [MemberData(nameof(DeliveryBench.Both), MemberType = typeof(DeliveryBench))]
    public async Task A_replay_keeps_row_and_key_and_begins_the_schedule_anew(DatabaseProvider provider)
    {
        await using var bench = await DeliveryBench.CreateAsync(provider);
        var id = (await bench.OrderAsync()).Single();
        var before = await bench.ReadAsync(id);
        var instance = bench.Start(new ToldConnector { Answer = _ => ToldConnector.Refused });
        await instance.SendDueAsync();
        instance.Connector.Answer = _ => ToldConnector.Accepted;
        await instance.Desk.ReplayAsync(bench.Office, id, TestContext.Current.CancellationToken);
        await instance.SendDueAsync();

        (await bench.StatusesAsync()).ShouldBe([DeliveryStatus.Delivered]);
        var after = await bench.ReadAsync(id);
        (after.IdempotencyKey, after.PayloadHash, after.FailedTries).ShouldBe((before.IdempotencyKey, before.PayloadHash, 0));
        instance.Connector.Sent.Last().MayHaveArrivedBefore.ShouldBeTrue("a 409 is ours");
        (await bench.AttemptsAsync(id)).ShouldBe(["Refused", "Accepted"]);
        await using var db = bench.Open();
        var told = await db.AuditEntries.SingleAsync(e => e.Action == "delivery.replayed", TestContext.Current.CancellationToken);
        (told.ActorId, told.RecordId).ShouldBe((bench.Office.PersonId, id.ToString(System.Globalization.CultureInfo.InvariantCulture)));
    }

    [Fact]
    public async Task What_is_being_sent_is_not_replayed()
    {
        await using var bench = await DeliveryBench.CreateAsync();
        var id = (await bench.OrderAsync()).Single();
        var instance = bench.Start(new ToldConnector());
        await instance.ClaimAsync();
        var refused = await Should.ThrowAsync<RuleViolation>(() => instance.Desk.ReplayAsync(bench.Office, id, TestContext.Current.CancellationToken));
        refused.Message.ShouldContain("delivery.being_sent");
    }
}

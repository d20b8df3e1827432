using Tapwork.Core.Deliveries;
using Tapwork.Core.Integrations;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Tests.Deliveries;

public class DestinationTests
{
    [Theory]
    [MemberData(nameof(DeliveryBench.Both), MemberType = typeof(DeliveryBench))]
    public async Task An_open_breaker_closes_the_destination_to_every_instance(DatabaseProvider provider)
    {
        await using var bench = await DeliveryBench.CreateAsync(provider);
        var (one, other) = await BreakAsync(bench);
        await bench.OrderAsync(3);
        (await one.ClaimAsync()).ShouldBeEmpty();
        (await other.ClaimAsync()).ShouldBeEmpty();
        (await bench.StateAsync()).Breaker.ShouldBe(BreakerState.Open);
        (await bench.TopicsAsync()).ShouldContain("integration.breaker_opened");
    }

    [Theory]
    [MemberData(nameof(DeliveryBench.Both), MemberType = typeof(DeliveryBench))]
    public async Task After_the_pause_one_probe_goes_whichever_instance_asks(DatabaseProvider provider)
    {
        await using var bench = await DeliveryBench.CreateAsync(provider);
        var (one, other) = await BreakAsync(bench);
        bench.Clock.Advance(DestinationState.ShortestPause + TimeSpan.FromSeconds(1));
        var claims = await Task.WhenAll(((Instance[])[one, other, one, other]).Select(i => Task.Run(() => i.ClaimAsync(), TestContext.Current.CancellationToken)));
        var probe = claims.SelectMany(c => c).ToList().ShouldHaveSingleItem();
        (await one.ClaimAsync()).ShouldBeEmpty();
        (await other.ClaimAsync()).ShouldBeEmpty();

        other.Connector.Answer = _ => ToldConnector.Accepted;
        await other.RecordAsync((await other.SendAsync(probe)).ShouldNotBeNull());
        (await bench.StateAsync()).Breaker.ShouldBe(BreakerState.Closed);
        (await other.SendDueAsync()).ShouldBe(DestinationState.OpensAt - 1);
        (await bench.StatusesAsync()).ShouldAllBe(s => s == DeliveryStatus.Delivered);
    }

    [Fact]
    public async Task A_probe_that_fails_makes_the_next_pause_longer()
    {
        await using var bench = await DeliveryBench.CreateAsync();
        var (one, _) = await BreakAsync(bench);
        bench.Clock.Advance(DestinationState.ShortestPause + TimeSpan.FromSeconds(1));
        (await one.SendDueAsync()).ShouldBe(1);
        bench.Clock.Advance(DestinationState.ShortestPause + TimeSpan.FromSeconds(1));
        (await one.SendDueAsync()).ShouldBe(0);
        bench.Clock.Advance(DestinationState.ShortestPause);
        (await one.SendDueAsync()).ShouldBe(1);
    }

    [Fact]
    public async Task A_probe_whose_process_died_frees_its_slot()
    {
        await using var bench = await DeliveryBench.CreateAsync();
        var (dead, other) = await BreakAsync(bench);
        bench.Clock.Advance(DestinationState.ShortestPause + TimeSpan.FromSeconds(1));
        (await dead.ClaimAsync()).Count.ShouldBe(1);
        (await other.ClaimAsync()).ShouldBeEmpty();
        bench.Clock.Advance(TimeSpan.FromSeconds(DeliveryBench.Pace.TimeoutSeconds + 6));
        (await other.ClaimAsync()).Count.ShouldBe(1);
    }

    [Theory]
    [MemberData(nameof(DeliveryBench.Both), MemberType = typeof(DeliveryBench))]
    public async Task A_held_integration_uses_no_try_and_is_probed_once_in_fifteen_minutes(DatabaseProvider provider)
    {
        await using var bench = await DeliveryBench.CreateAsync(provider);
        var ids = await bench.OrderAsync();
        var connector = new ToldConnector { Answer = _ => ToldConnector.Misconfigured };
        var (one, other) = (bench.Start(connector), bench.Start(connector));
        await one.SendDueAsync();
        await bench.OrderAsync(5);
        var held = await bench.ReadAsync(ids[0]);
        (held.Status, held.FailedTries).ShouldBe((DeliveryStatus.Retrying, 0));
        (await bench.TopicsAsync()).Count(t => t == IntegrationHeld.Name).ShouldBe(1);

        for (var minute = 1; minute <= 46; minute++)
        {
            bench.Clock.Advance(TimeSpan.FromMinutes(1));
            await one.SendDueAsync();
            await other.SendDueAsync();
        }
        connector.Sent.Count.ShouldBe(1 + 3, "one at first, then one in each quarter of an hour");
        (await bench.TopicsAsync()).Count(t => t == IntegrationHeld.Name).ShouldBe(1, "the administrator is told once");

        connector.Answer = _ => ToldConnector.Accepted;
        bench.Clock.Advance(DestinationState.ProbeEvery);
        await other.SendDueAsync();
        (await bench.StatusesAsync()).ShouldAllBe(s => s == DeliveryStatus.Delivered);
        (await bench.StateAsync()).HeldBecause.ShouldBeNull();
        (await bench.TopicsAsync()).ShouldContain("integration.reopened");
    }

    [Theory]
    [MemberData(nameof(DeliveryBench.Both), MemberType = typeof(DeliveryBench))]
    public async Task A_held_integration_is_probed_with_one_delivery_while_two_instances_ask(DatabaseProvider provider)
    {
        await using var bench = await DeliveryBench.CreateAsync(provider);
        await bench.OrderAsync(3);
        var connector = new ToldConnector { Answer = _ => ToldConnector.Misconfigured };
        var instances = new[] { bench.Start(connector), bench.Start(connector) };
        await instances[0].SendDueAsync();
        bench.Clock.Advance(DestinationState.ProbeEvery);
        var claims = await Task.WhenAll(instances.Select(i => Task.Run(() => i.ClaimAsync(), TestContext.Current.CancellationToken)));
        claims.SelectMany(c => c).Count().ShouldBe(1);
        foreach (var instance in instances)
            (await instance.ClaimAsync()).ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(DeliveryBench.Both), MemberType = typeof(DeliveryBench))]
    public async Task A_partner_that_asks_for_quiet_gets_it_from_every_instance(DatabaseProvider provider)
    {
        await using var bench = await DeliveryBench.CreateAsync(provider);
        var id = (await bench.OrderAsync()).Single();
        var connector = new ToldConnector { Answer = _ => new DeliveryOutcome.TryLater("429", TimeSpan.FromMinutes(5), FaultClass.Rate, MayHaveArrived: false) };
        var (one, other) = (bench.Start(connector), bench.Start(connector));
        await one.SendDueAsync();
        (await bench.ReadAsync(id)).NextAttemptAt.ShouldBe(bench.Clock.GetUtcNow().AddMinutes(5));
        await bench.OrderAsync();
        connector.Answer = _ => ToldConnector.Accepted;
        bench.Clock.Advance(TimeSpan.FromSeconds(299));
        (await other.SendDueAsync()).ShouldBe(0);
        bench.Clock.Advance(TimeSpan.FromSeconds(2));
        (await other.SendDueAsync()).ShouldBe(2);
    }

    [Fact]
    public async Task A_switched_off_integration_is_sent_nothing_and_its_deliveries_are_not_touched()
    {
        await using var bench = await DeliveryBench.CreateAsync();
        var id = (await bench.OrderAsync()).Single();
        var instance = bench.Start(new ToldConnector());
        await using (var db = bench.Open())
        {
            db.Integrations.Single().Disable();
            await db.SaveChangesAsync(TestContext.Current.CancellationToken);
        }
        (await instance.SendDueAsync()).ShouldBe(0);
        (await bench.ReadAsync(id)).Status.ShouldBe(DeliveryStatus.Pending);
    }

    // Opens the breaker with as many failing deliveries as it takes; they are due again.
    private static async Task<(Instance One, Instance Other)> BreakAsync(DeliveryBench bench)
    {
        await bench.OrderAsync(DestinationState.OpensAt);
        var connector = new ToldConnector { Answer = _ => ToldConnector.Down };
        var (one, other) = (bench.Start(connector), bench.Start(connector));
        (await one.SendDueAsync()).ShouldBe(DestinationState.OpensAt);
        return (one, other);
    }
}

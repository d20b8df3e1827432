using Tapwork.Core.Deliveries;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Tests.Deliveries;

public class OrderTests
{
    [Theory]
    [MemberData(nameof(DeliveryBench.Both), MemberType = typeof(DeliveryBench))]
    public async Task Behind_a_head_that_does_not_get_through_the_others_of_its_record_wait(DatabaseProvider provider)
    {
        await using var bench = await OrderedAsync(provider);
        var mine = await bench.OrderAsync(3, "mine");
        var other = await bench.OrderAsync(1, "other");
        var instance = bench.Start(new ToldConnector { Answer = d => d.Id == mine[0] ? ToldConnector.Down : ToldConnector.Accepted });
        await instance.SendDueAsync();
        instance.Connector.SentIds.ShouldBe([mine[0], other[0]], ignoreOrder: true);
        (await bench.StatusesAsync()).ShouldBe([DeliveryStatus.Retrying, DeliveryStatus.Pending, DeliveryStatus.Pending, DeliveryStatus.Delivered]);

        instance.Connector.Answer = _ => ToldConnector.Accepted;
        bench.Clock.Advance(TimeSpan.FromSeconds(7));
        await instance.SendDueAsync();
        instance.Connector.SentIds.Where(mine.Contains).ShouldBe([mine[0], mine[0], mine[1], mine[2]]);
    }

    [Theory]
    [MemberData(nameof(DeliveryBench.Both), MemberType = typeof(DeliveryBench))]
    public async Task A_person_may_skip_a_head_that_was_refused(DatabaseProvider provider)
    {
        await using var bench = await OrderedAsync(provider);
        var ids = await bench.OrderAsync(3, "mine");
        var instance = bench.Start(new ToldConnector { Answer = d => d.Id == ids[0] ? ToldConnector.Refused : ToldConnector.Accepted });
        await instance.SendDueAsync();
        bench.Clock.Advance(TimeSpan.FromDays(1));
        (await instance.SendDueAsync()).ShouldBe(0);
        await instance.Desk.CancelAsync(bench.Office, ids[0], TestContext.Current.CancellationToken);
        await instance.SendDueAsync();
        (await bench.StatusesAsync()).ShouldBe([DeliveryStatus.Cancelled, DeliveryStatus.Delivered, DeliveryStatus.Delivered]);
        instance.Connector.SentIds.ShouldBe(ids);
    }

    [Fact]
    public async Task Behind_a_held_head_the_others_wait_until_a_person_lets_it_go()
    {
        await using var bench = await OrderedAsync(DatabaseProvider.Sqlite);
        var ids = await bench.OrderAsync(2, "mine");
        var instance = bench.Start(new ToldConnector());
        await instance.Desk.HoldAsync(bench.Office, ids[0], TestContext.Current.CancellationToken);
        (await instance.SendDueAsync()).ShouldBe(0);
        await instance.Desk.ReplayAsync(bench.Office, ids[0], TestContext.Current.CancellationToken);
        await instance.SendDueAsync();
        instance.Connector.SentIds.ShouldBe(ids);
    }

    [Theory]
    [MemberData(nameof(DeliveryBench.Both), MemberType = typeof(DeliveryBench))]
    public async Task Two_instances_keep_the_order_between_them(DatabaseProvider provider)
    {
        await using var bench = await OrderedAsync(provider);
        var ids = await bench.OrderAsync(20, "mine");
        var connector = new ToldConnector();
        var instances = Enumerable.Range(0, 2).Select(_ => bench.Start(connector)).ToList();
        while ((await bench.StatusesAsync()).Any(s => s != DeliveryStatus.Delivered))
            await Task.WhenAll(instances.Select(i => Task.Run(i.SendDueAsync, TestContext.Current.CancellationToken)));
        connector.SentIds.ShouldBe(ids);
    }

    private static Task<DeliveryBench> OrderedAsync(DatabaseProvider provider) => DeliveryBench.CreateAsync(provider, DeliveryBench.Pace with { IsOrdered = true });
}

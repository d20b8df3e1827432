using Tapwork.Core.Deliveries;
using Tapwork.Core.Dossiers;
using Tapwork.Infrastructure.Monitoring;
using Tapwork.Tests.Integrations;

namespace Tapwork.Tests.Monitoring;

/// <summary>From the sums to the sends behind them.</summary>
public class AttemptQueriesTests
{
    private static readonly Exchange Nothing = new(null, null, 503);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_failed_sends_of_one_integration_one_kind_and_one_span_are_listed_page_by_page()
    {
        await using var hub = await HubFixture.StartAsync();
        var (id, delivery) = await DeliveryAsync(hub);
        var (other, foreign) = await DeliveryAsync(hub);
        await FailAsync(hub, delivery, 1, TimeSpan.FromDays(2), Later("too long ago"));
        await FailAsync(hub, delivery, 1, TimeSpan.FromHours(1), new DeliveryOutcome.Refused("content", []));
        await FailAsync(hub, foreign, 3, TimeSpan.FromHours(1), Later("another's"));
        await FailAsync(hub, delivery, AttemptQueries.PageSize + 5, TimeSpan.FromMinutes(30), Later("down"));
        var attempts = hub.Get<AttemptQueries>();
        var first = await attempts.FailedAsync(hub.Admin, id, FaultClass.System, PerformanceSpan.Day, null, Cancel);
        (first.Rows.Count, first.IsCutShort, first.Rows[0].Error, first.Rows[0].Status, first.Rows[0].DeliveryId).ShouldBe((AttemptQueries.PageSize, false, "down", 503, delivery.Id));
        var second = await attempts.FailedAsync(hub.Admin, id, FaultClass.System, PerformanceSpan.Day, first.Before, Cancel);
        (second.Rows.Count, second.Before).ShouldBe((5, null));
        first.Rows.Concat(second.Rows).Select(r => r.Id).ShouldBeInOrder(SortDirection.Descending);
        (await attempts.FailedAsync(hub.Admin, id, FaultClass.Validation, PerformanceSpan.Day, null, Cancel)).Rows.Single().Error.ShouldBe("content");
        (await attempts.FailedAsync(hub.Admin, other, FaultClass.System, PerformanceSpan.Day, null, Cancel)).Rows.Count.ShouldBe(3);
        (await attempts.FailedAsync(hub.Admin, id, FaultClass.System, PerformanceSpan.Month, second.Rows[^1].Id, Cancel)).Rows.Single().Error.ShouldBe("too long ago");
    }

    [Fact]
    public async Task Far_back_it_begins_near_the_span_and_stops_where_it_has_gone_through_enough()
    {
        await using var hub = await HubFixture.StartAsync();
        var (id, delivery) = await DeliveryAsync(hub);
        await FailAsync(hub, delivery, 3000, TimeSpan.FromDays(3), Later("before"));
        var (quiet, foreign) = await DeliveryAsync(hub);
        await FailAsync(hub, foreign, 1, TimeSpan.FromHours(2), Later("the one"));
        await FailAsync(hub, delivery, AttemptQueries.MostLookedThrough, TimeSpan.FromHours(1), Later("many"));
        var page = await hub.Get<AttemptQueries>().FailedAsync(hub.Admin, quiet, FaultClass.System, PerformanceSpan.Day, null, Cancel);
        (page.Rows.Count, page.IsCutShort).ShouldBe((0, true));
        page = await hub.Get<AttemptQueries>().FailedAsync(hub.Admin, quiet, FaultClass.System, PerformanceSpan.Day, page.Before, Cancel);
        (page.Rows.Single().Error, page.Before).ShouldBe(("the one", null));
    }

    [Fact]
    public async Task The_last_day_of_all_integrations_is_told_hour_by_hour()
    {
        await using var hub = await HubFixture.StartAsync();
        var (id, delivery) = await DeliveryAsync(hub);
        var (silent, _) = await DeliveryAsync(hub);
        await FailAsync(hub, delivery, 2, TimeSpan.FromHours(3), Later("down"));
        await FailAsync(hub, delivery, 1, TimeSpan.FromHours(3), new DeliveryOutcome.Accepted(null));
        await FailAsync(hub, delivery, 1, TimeSpan.FromHours(3), new DeliveryOutcome.Pointless("nothing to tell"));
        // It goes as far as what it has seen a while ago.
        await hub.Get<RollUpAttemptsJob>().RunAsync(Cancel);
        hub.Clock.Advance(RollUpAttemptsJob.Behind);
        await hub.Get<RollUpAttemptsJob>().RunAsync(Cancel);
        var hours = await hub.Get<MonitoringQueries>().LastDayAsync(hub.Admin, Cancel);
        hours.ShouldNotContainKey(silent);
        (hours[id].Count, hours[id].Sum(h => h.Sent), hours[id].Sum(h => h.Failed)).ShouldBe((24, 3, 2), "what was pointless to send says nothing of the far side");
        hours[id][20].Sent.ShouldBe(3);
    }

    private static DeliveryOutcome Later(string reason) => new DeliveryOutcome.TryLater(reason, null, FaultClass.System, true);

    private static async Task<(Guid Integration, Delivery Delivery)> DeliveryAsync(HubFixture hub)
    {
        var (id, _) = await hub.WebhookAsync();
        await hub.SubscribeAsync(id, null, DossierPrepared.Name);
        await hub.PrepareAsync();
        await hub.RouteAsync();
        return (id, (await hub.DeliveriesAsync(id))[0]);
    }

    private static Task FailAsync(HubFixture hub, Delivery delivery, int count, TimeSpan ago, DeliveryOutcome outcome) => hub.ChangeAsync(db =>
    {
        db.Attempts.AddRange(Enumerable.Range(0, count).Select(_ => DeliveryAttempt.Of(delivery, hub.Clock.GetUtcNow() - ago, TimeSpan.FromMilliseconds(40), outcome, Nothing)));
        return Task.CompletedTask;
    });
}

using Microsoft.EntityFrameworkCore;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Dossiers;
using Tapwork.Infrastructure.Monitoring;
using Tapwork.Tests.Integrations;

namespace Tapwork.Tests.Monitoring;

/// <summary>What counts in the sums by hour, and that each attempt does so once.</summary>
public class FiguresTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(429, 1.0)]
    [InlineData(502, 0.0)]
    [InlineData(504, 0.0)]
    public async Task A_gateway_that_fails_is_unavailable_and_left_alone_like_one_that_asks_for_less(int status, double availability)
    {
        await using var hub = await HubFixture.StartAsync();
        var id = await WaitingAsync(hub, 1);
        hub.Answer = (context, _) => SymphonicsPartner.JsonAsync(context, status, "");
        await hub.SendAsync();
        (await hub.StateAsync(id)).QuietUntil.ShouldBe(hub.Clock.GetUtcNow().AddSeconds(10));
        (await hub.DeliveriesAsync(id)).Single().LastFault.ShouldBe(status == 429 ? FaultClass.Rate : FaultClass.System);
        await RollUpAsync(hub);
        (await FiguresAsync(hub, id)).Whole.Availability.ShouldBe(availability);
    }

    [Fact]
    public async Task What_says_nothing_of_the_far_side_counts_nowhere()
    {
        await using var hub = await HubFixture.StartAsync();
        var id = await WaitingAsync(hub, 8);
        await hub.SendAsync();
        // Six crashes of our own, one mail to an ended account, one send.
        await hub.ChangeAsync(async db =>
        {
            var ids = await db.Attempts.OrderBy(a => a.Id).Select(a => a.Id).ToListAsync(Cancel);
            await db.Attempts.Where(a => ids.Take(6).Contains(a.Id)).ExecuteUpdateAsync(a => a.SetProperty(x => x.Outcome, "Interrupted").SetProperty(x => x.Fault, FaultClass.System), Cancel);
            await db.Attempts.Where(a => a.Id == ids[6]).ExecuteUpdateAsync(a => a.SetProperty(x => x.Outcome, nameof(DeliveryOutcome.Pointless)), Cancel);
        });
        await hub.Get<WatchJob>().RunAsync(Cancel);
        await using (var db = hub.Open())
            (await db.Incidents.CountAsync(Cancel)).ShouldBe(0, "no error rate");
        await RollUpAsync(hub);
        var figures = await FiguresAsync(hub, id);
        (figures.Whole.Sent, figures.Whole.Accepted, figures.Whole.System, figures.Agreement.MinutesLost).ShouldBe((1, 1, 0, 0));
    }

    // An attempt of a smaller number that is committed after a greater one was summed up was passed over for ever.
    [Fact]
    public async Task An_attempt_that_is_committed_after_the_next_one_is_counted_once()
    {
        await using var hub = await HubFixture.StartAsync();
        var id = await WaitingAsync(hub, 3);
        await hub.SendAsync();
        hub.Clock.Advance(TimeSpan.FromMinutes(10));
        await NumberAsync(hub, 2, -2);
        await hub.Get<RollUpAttemptsJob>().RunAsync(Cancel);
        hub.Clock.Advance(TimeSpan.FromMinutes(1));
        await hub.Get<RollUpAttemptsJob>().RunAsync(Cancel);
        await NumberAsync(hub, -2, 2);
        hub.Clock.Advance(RollUpAttemptsJob.Behind);
        await hub.Get<RollUpAttemptsJob>().RunAsync(Cancel);
        await RollUpAsync(hub);
        (await FiguresAsync(hub, id)).Whole.Sent.ShouldBe(3);
    }

    // Below zero nobody sees it, as before its commit.
    private static Task NumberAsync(HubFixture hub, long from, long to) => hub.ChangeAsync(async db =>
        (await db.Database.ExecuteSqlAsync($"UPDATE \"Attempts\" SET \"Id\" = {to} WHERE \"Id\" = {from}", Cancel)).ShouldBe(1));

    private static async Task<Guid> WaitingAsync(HubFixture hub, int dossiers)
    {
        var (id, _) = await hub.WebhookAsync();
        await hub.SubscribeAsync(id, null, DossierPrepared.Name);
        for (var i = 0; i < dossiers; i++)
            await hub.PrepareAsync();
        await hub.RouteAsync();
        return id;
    }

    private static async Task RollUpAsync(HubFixture hub)
    {
        await hub.Get<RollUpAttemptsJob>().RunAsync(Cancel);
        hub.Clock.Advance(RollUpAttemptsJob.Behind);
        await hub.Get<RollUpAttemptsJob>().RunAsync(Cancel);
    }

    private static Task<Performance> FiguresAsync(HubFixture hub, Guid id) => hub.Get<MonitoringQueries>().OfAsync(hub.Admin, id, PerformanceSpan.Day, Cancel);
}

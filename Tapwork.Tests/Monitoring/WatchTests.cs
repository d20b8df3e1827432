using Microsoft.EntityFrameworkCore;
using Tapwork.Core;
using Tapwork.Core.Dossiers;
using Tapwork.Core.Integrations;
using Tapwork.Core.Monitoring;
using Tapwork.Infrastructure.Deliveries;
using Tapwork.Infrastructure.Integrations;
using Tapwork.Infrastructure.Monitoring;
using Tapwork.Tests.Integrations;

namespace Tapwork.Tests.Monitoring;

/// <summary>What is watched, told once, and over.</summary>
public class WatchTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_queue_that_stands_is_told_once_and_once_more_when_it_is_over()
    {
        await using var hub = await HubFixture.StartAsync();
        var (id, _) = await hub.WebhookAsync();
        await hub.SubscribeAsync(id, null, DossierPrepared.Name);
        await hub.PrepareAsync();
        await hub.RouteAsync();
        hub.Clock.Advance(TimeSpan.FromMinutes(29));
        (await WatchAsync(hub)).ShouldBeEmpty();
        hub.Clock.Advance(TimeSpan.FromMinutes(2));
        (await WatchAsync(hub)).ShouldBe(["alert.queue_age"]);
        hub.Clock.Advance(TimeSpan.FromMinutes(5));
        (await WatchAsync(hub)).ShouldBe(["alert.queue_age"], "once an incident");
        await hub.SendAsync();
        (await WatchAsync(hub)).ShouldBe(["alert.queue_age", AlertCleared.Name]);
        // Without a mail server they are told in the application, and the comparison finds no gap.
        await hub.RouteAsync();
        await using var db = hub.Open();
        (await db.Events.Where(e => e.Topic.StartsWith("alert.")).Select(e => e.RoutingNote).Distinct().ToListAsync(Cancel)).ShouldBe(["not_wanted"]);
    }

    [Fact]
    public async Task In_quiet_hours_nobody_is_told_until_they_end()
    {
        await using var hub = await HubFixture.StartAsync();
        var (id, _) = await hub.WebhookAsync();
        // The clock says 10:00 in Paris.
        await hub.Get<AlertDesk>().ChangeAsync(hub.Admin, new AlertRuleRow(AlertKind.QueueAge, true, 30, 15, false, new TimeOnly(22, 0), new TimeOnly(12, 0)), Cancel);
        await hub.SubscribeAsync(id, null, DossierPrepared.Name);
        await hub.PrepareAsync();
        await hub.RouteAsync();
        hub.Clock.Advance(TimeSpan.FromMinutes(40));
        (await WatchAsync(hub)).ShouldBeEmpty();
        (await hub.Get<AlertDesk>().ReadAsync(hub.Admin, Cancel)).Incidents.Single().ClosedAt.ShouldBeNull();
        hub.Clock.Advance(TimeSpan.FromMinutes(90));
        (await WatchAsync(hub)).ShouldBe(["alert.queue_age"]);
    }

    [Fact]
    public async Task Failing_calls_an_open_breaker_and_an_old_secret_are_found()
    {
        await using var hub = await HubFixture.StartAsync();
        var (id, _) = await hub.WebhookAsync();
        await hub.Get<IntegrationDesk>().TuneAsync(hub.Admin, id, (await hub.IntegrationAsync(id)).Version, new IntegrationPace(string.Join(' ', Enumerable.Repeat("1s", 40)), 15, 1, false, RateLimit.None), Cancel);
        await hub.SubscribeAsync(id, null, DossierPrepared.Name);
        await hub.PrepareAsync();
        await hub.RouteAsync();
        hub.Answer = (context, _) => SymphonicsPartner.JsonAsync(context, 500, "");
        for (var i = 0; i < DestinationState.OpensAt; i++)
            await hub.SendAsync();
        (await hub.StateAsync(id)).Breaker.ShouldBe(BreakerState.Open);
        hub.Clock.Advance(TimeSpan.FromMinutes(3));
        (await WatchAsync(hub)).ShouldBe(["alert.breaker", "alert.error_rate"], ignoreOrder: true);
        hub.Clock.Advance(TimeSpan.FromDays(366));
        (await WatchAsync(hub)).ShouldContain("alert.secret_age");
    }

    [Fact]
    public async Task A_certificate_about_to_expire_is_found_in_time()
    {
        await using var hub = await HubFixture.StartAsync();
        var (id, _) = await hub.WebhookAsync();
        await hub.ChangeAsync(db => db.Destinations.Where(d => d.IntegrationId == id).ExecuteUpdateAsync(d => d.SetProperty(x => x.CertificateUntil, Given.Now.AddDays(20)), Cancel));
        (await WatchAsync(hub)).ShouldBeEmpty();
        hub.Clock.Advance(TimeSpan.FromDays(6));
        (await WatchAsync(hub)).ShouldBe(["alert.certificate"]);
    }

    [Fact]
    public async Task A_breaker_does_as_a_person_says_and_the_reason_is_kept()
    {
        await using var hub = await HubFixture.StartAsync();
        var (id, _) = await hub.WebhookAsync();
        await hub.SubscribeAsync(id, null, DossierPrepared.Name);
        await hub.PrepareAsync();
        await hub.RouteAsync();
        var desk = hub.Get<DestinationDesk>();
        await Should.ThrowAsync<RuleViolation>(() => desk.ForceAsync(hub.Admin, id, BreakerState.Open, " ", Cancel));
        await desk.ForceAsync(hub.Admin, id, BreakerState.Open, "works at theirs", Cancel);
        await hub.SendAsync();
        hub.Server.Arrivals.ShouldBeEmpty();
        await using (var db = hub.Open())
            (await db.AuditEntries.SingleAsync(e => e.Action == "integration.breaker_forced", Cancel)).Changes.ShouldContain("works at theirs");
        await desk.ForceAsync(hub.Admin, id, null, null, Cancel);
        await hub.SendAsync();
        hub.Server.Arrivals.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Sends_are_summed_up_by_hour_each_once()
    {
        await using var hub = await HubFixture.StartAsync();
        var (id, _) = await hub.WebhookAsync();
        await hub.SubscribeAsync(id, null, DossierPrepared.Name);
        for (var i = 0; i < 3; i++)
            await hub.PrepareAsync();
        await hub.RouteAsync();
        var failures = 1;
        hub.Answer = (context, _) => SymphonicsPartner.JsonAsync(context, Interlocked.Decrement(ref failures) >= 0 ? 500 : 200, "{}");
        await hub.SendAsync();
        hub.Clock.Advance(TimeSpan.FromSeconds(10));
        await hub.SendAsync();
        hub.Clock.Advance(RollUpAttemptsJob.Behind + TimeSpan.FromSeconds(1));
        var job = hub.Get<RollUpAttemptsJob>();
        await job.RunAsync(Cancel);
        await job.RunAsync(Cancel);
        var performance = await hub.Get<MonitoringQueries>().OfAsync(hub.Admin, id, PerformanceSpan.Day, Cancel);
        (performance.Whole.Sent, performance.Whole.Accepted, performance.Whole.System).ShouldBe((4, 3, 1));
        performance.Whole.P95.ShouldNotBeNull();
        performance.ThisMonth.Availability.ShouldBe(0.75);
        performance.MinutesLost.ShouldBe(15);
        (await hub.Get<MonitoringQueries>().OfAsync(hub.Admin, id, PerformanceSpan.Year, Cancel)).Steps.Count.ShouldBe(12);
        hub.Clock.Advance(RollUpAttemptsJob.Kept + TimeSpan.FromHours(2));
        await job.RunAsync(Cancel);
        await using var db = hub.Open();
        (await db.DeliveryHours.CountAsync(Cancel)).ShouldBe(0, "kept a year");
    }

    private static async Task<List<string>> WatchAsync(HubFixture hub)
    {
        await hub.Get<WatchJob>().RunAsync(Cancel);
        await using var db = hub.Open();
        return await db.Events.Where(e => e.Topic.StartsWith("alert.")).OrderBy(e => e.Id).Select(e => e.Topic).ToListAsync(Cancel);
    }
}

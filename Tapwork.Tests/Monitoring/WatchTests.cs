using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.EntityFrameworkCore;
using Tapwork.Core;
using Tapwork.Core.Dossiers;
using Tapwork.Core.Integrations;
using Tapwork.Core.Monitoring;
using Tapwork.Core.Webhooks;
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
        await hub.Get<AlertDesk>().ChangeAsync(hub.Admin, Rule(AlertKind.QueueAge, 30, from: new TimeOnly(22, 0), until: new TimeOnly(12, 0)), Cancel);
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

    // Found by a reader: with two deliveries and long pauses the breaker never opened, and nobody was told that nothing went through.
    [Fact]
    public async Task Few_deliveries_that_all_fail_are_told_though_the_breaker_is_closed()
    {
        await using var hub = await HubFixture.StartAsync();
        var (id, _) = await hub.WebhookAsync();
        await hub.SubscribeAsync(id, null, DossierPrepared.Name);
        await hub.PrepareAsync();
        await hub.RouteAsync();
        hub.Answer = (context, _) => SymphonicsPartner.JsonAsync(context, 500, "");
        await hub.SendAsync();
        hub.Clock.Advance(TimeSpan.FromMinutes(3));
        (await WatchAsync(hub)).ShouldBe(["alert.breaker"]);
        (await hub.StateAsync(id)).Breaker.ShouldBe(BreakerState.Closed);
        hub.Answer = null;
        await hub.SendAsync();
        (await WatchAsync(hub)).ShouldBe(["alert.breaker", AlertCleared.Name]);
    }

    // Found by a reader: a call from outside that could not be processed waited for a person whom nothing told of it.
    [Fact]
    public async Task A_call_that_waits_for_a_person_is_told_until_it_is_processed()
    {
        await using var hub = await HubFixture.StartAsync();
        var (id, _) = await hub.WebhookAsync();
        var code = (await hub.IntegrationAsync(id)).Code;
        await hub.ChangeAsync(db =>
        {
            var call = db.InboundCalls.Add(InboundCall.Receive(code, "h", "{}", null, "c", Given.Now)).Entity;
            for (var tries = 0; tries < 5; tries++)
                call.Fail("unreadable", Given.Now);
            return Task.CompletedTask;
        });
        (await WatchAsync(hub)).ShouldBe(["alert.dead_letters"]);
        await hub.ChangeAsync(async db => (await db.InboundCalls.SingleAsync(Cancel)).Settle(InboundStatus.Processed, null, Given.Now));
        (await WatchAsync(hub)).ShouldBe(["alert.dead_letters", AlertCleared.Name]);
    }

    [Fact]
    public async Task A_certificate_about_to_expire_is_found_in_time()
    {
        await using var hub = await HubFixture.StartAsync();
        var (id, _) = await hub.WebhookAsync();
        hub.Get<SeenCertificates>().See(id, "partner.example", Certificate(Given.Now.AddDays(20)));
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
        await RollUpAsync(hub);
        await RollUpAsync(hub);
        hub.Clock.Advance(TimeSpan.FromHours(1));
        var performance = await hub.Get<MonitoringQueries>().OfAsync(hub.Admin, id, PerformanceSpan.Day, Cancel);
        (performance.Whole.Sent, performance.Whole.Accepted, performance.Whole.System).ShouldBe((4, 3, 1));
        performance.Whole.P95.ShouldNotBeNull();
        performance.ThisMonth.Availability.ShouldBe(0.75);
        performance.Agreement.MinutesLost.ShouldBe(15);
        (await hub.Get<MonitoringQueries>().OfAsync(hub.Admin, id, PerformanceSpan.Year, Cancel)).Steps.Count.ShouldBe(12);
        hub.Clock.Advance(RollUpAttemptsJob.Kept + TimeSpan.FromHours(2));
        await hub.Get<RollUpAttemptsJob>().RunAsync(Cancel);
        await using var db = hub.Open();
        (await db.DeliveryHours.CountAsync(Cancel)).ShouldBe(0, "kept a year");
    }

    [Fact]
    public async Task An_all_clear_waits_for_the_end_of_quiet_hours_and_is_forgotten_when_it_comes_back_before()
    {
        await using var hub = await HubFixture.StartAsync();
        await WaitingAsync(hub);
        (await WatchAsync(hub)).ShouldBe(["alert.queue_age"]);
        // It is 10:40 in Paris.
        await hub.Get<AlertDesk>().ChangeAsync(hub.Admin, Rule(AlertKind.QueueAge, 30, from: new TimeOnly(10, 30), until: new TimeOnly(14, 0)), Cancel);
        await hub.SendAsync();
        (await WatchAsync(hub)).ShouldBe(["alert.queue_age"]);
        await hub.PrepareAsync();
        await hub.RouteAsync();
        hub.Clock.Advance(TimeSpan.FromMinutes(40));
        (await WatchAsync(hub)).ShouldBe(["alert.queue_age"], "it is back, and nobody was told that it was over");
        await hub.SendAsync();
        (await WatchAsync(hub)).ShouldBe(["alert.queue_age"]);
        hub.Clock.Advance(TimeSpan.FromHours(3));
        (await WatchAsync(hub)).ShouldBe(["alert.queue_age", AlertCleared.Name]);
        (await WatchAsync(hub)).Count.ShouldBe(2);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task No_all_clear_is_told_because_an_integration_or_the_rule_was_switched_off(bool integration)
    {
        await using var hub = await HubFixture.StartAsync();
        var id = await WaitingAsync(hub);
        (await WatchAsync(hub)).ShouldBe(["alert.queue_age"]);
        if (integration)
            await hub.Get<IntegrationDesk>().DisableAsync(hub.Admin, id, Cancel);
        else
            await hub.Get<AlertDesk>().ChangeAsync(hub.Admin, Rule(AlertKind.QueueAge, 30) with { IsOn = false }, Cancel);
        (await WatchAsync(hub)).ShouldBe(["alert.queue_age"]);
        (await hub.Get<AlertDesk>().ReadAsync(hub.Admin, Cancel)).Incidents.Single().ClosedAt.ShouldNotBeNull();
        hub.Clock.Advance(TimeSpan.FromHours(1));
        (await WatchAsync(hub)).ShouldBe(["alert.queue_age"]);
    }

    [Fact]
    public async Task An_error_rate_is_not_over_because_the_breaker_lets_nothing_through()
    {
        await using var hub = await HubFixture.StartAsync();
        var id = await WaitingAsync(hub);
        await hub.Get<IntegrationDesk>().TuneAsync(hub.Admin, id, (await hub.IntegrationAsync(id)).Version, new IntegrationPace(string.Join(' ', Enumerable.Repeat("1s", 40)), 15, 1, false, RateLimit.None), Cancel);
        hub.Answer = (context, _) => SymphonicsPartner.JsonAsync(context, 500, "");
        for (var i = 0; i < DestinationState.OpensAt; i++)
            await hub.SendAsync();
        (await WatchAsync(hub)).ShouldContain("alert.error_rate");
        hub.Clock.Advance(TimeSpan.FromMinutes(20));
        (await WatchAsync(hub)).ShouldNotContain(AlertCleared.Name);
    }

    [Fact]
    public async Task A_replay_and_a_pause_between_two_tries_are_no_old_queue()
    {
        await using var hub = await HubFixture.StartAsync();
        var id = await WaitingAsync(hub);
        await hub.Get<IntegrationDesk>().TuneAsync(hub.Admin, id, (await hub.IntegrationAsync(id)).Version, new IntegrationPace("24h 24h", 15, 1, false, RateLimit.None), Cancel);
        hub.Answer = (context, _) => SymphonicsPartner.JsonAsync(context, 500, "");
        await hub.SendAsync();
        hub.Clock.Advance(TimeSpan.FromHours(2));
        (await WatchAsync(hub)).ShouldBe(["alert.breaker"], "nothing has gone through, and yet nothing is due");
        hub.Answer = null;
        // The first pause is a day, up to a fifth longer or shorter.
        hub.Clock.Advance(TimeSpan.FromHours(30));
        (await WatchAsync(hub)).ShouldBe(["alert.breaker", "alert.queue_age"], "due for hours");
        await hub.SendAsync();
        (await WatchAsync(hub)).ShouldBe(["alert.breaker", "alert.queue_age", AlertCleared.Name, AlertCleared.Name]);
        await hub.Get<DeliveryDesk>().ReplayAsync(hub.Admin, (await hub.DeliveriesAsync(id)).Single().Id, Cancel);
        (await WatchAsync(hub)).Count.ShouldBe(4, "sent anew: it waits from now");
    }

    private static AlertRuleRow Rule(AlertKind kind, int threshold, TimeOnly? from = null, TimeOnly? until = null) =>
        new(kind, true, threshold, 15, new AlertRecipients(true, false, true, null), from, until);

    // A delivery that has been due for 40 minutes.
    private static async Task<Guid> WaitingAsync(HubFixture hub)
    {
        var (id, _) = await hub.WebhookAsync();
        await hub.SubscribeAsync(id, null, DossierPrepared.Name);
        await hub.PrepareAsync();
        await hub.RouteAsync();
        hub.Clock.Advance(TimeSpan.FromMinutes(40));
        return id;
    }

    private static async Task RollUpAsync(HubFixture hub)
    {
        await hub.Get<RollUpAttemptsJob>().RunAsync(Cancel);
        hub.Clock.Advance(RollUpAttemptsJob.Behind);
        await hub.Get<RollUpAttemptsJob>().RunAsync(Cancel);
    }

    private static X509Certificate2 Certificate(DateTimeOffset until)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificateRequest("CN=partner.example", key, HashAlgorithmName.SHA256).CreateSelfSigned(Given.Now.AddYears(-1), until);
    }

    private static async Task<List<string>> WatchAsync(HubFixture hub)
    {
        await hub.Get<WatchJob>().RunAsync(Cancel);
        await using var db = hub.Open();
        // No job runs in these tests.
        return await db.Events.Where(e => e.Topic.StartsWith("alert.") && e.Topic != "alert.job_missed").OrderBy(e => e.Id).Select(e => e.Topic).ToListAsync(Cancel);
    }
}

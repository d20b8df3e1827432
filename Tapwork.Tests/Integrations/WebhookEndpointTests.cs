using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Tapwork.Core;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Dossiers;
using Tapwork.Core.Integrations;
using Tapwork.Infrastructure.Deliveries;
using Tapwork.Infrastructure.Integrations;
using Tapwork.Infrastructure.Integrations.Webhook;
using Tapwork.Infrastructure.Webhooks;

namespace Tapwork.Tests.Integrations;

/// <summary>Events on their way to an endpoint, from what happened to the signed call.</summary>
public class WebhookEndpointTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_event_arrives_signed_and_says_what_it_is_about()
    {
        await using var hub = await HubFixture.StartAsync();
        var (id, made) = await hub.WebhookAsync();
        await hub.SubscribeAsync(id, null, DossierPrepared.Name);
        var dossier = await hub.PrepareAsync();
        await hub.RouteAsync();
        await hub.SendAsync();
        var arrival = hub.Server.Arrivals.Single();
        StandardWebhook.IsSigned(arrival.Headers["webhook-id"], arrival.Headers["webhook-timestamp"], Encoding.UTF8.GetBytes(arrival.Body), arrival.Headers["webhook-signature"], made["Secret"]).ShouldBeTrue();
        var message = JsonDocument.Parse(arrival.Body).RootElement;
        message.GetProperty("type").GetString().ShouldBe(DossierPrepared.Name);
        message.GetProperty("data").GetProperty("id").GetGuid().ShouldBe(dossier.Id);
        message.GetProperty("data").GetProperty("externalId").GetString().ShouldBe(dossier.ExternalId);
        arrival.Body.ShouldNotContain("Durand", Case.Sensitive, "an event holds no personal data");
        (await hub.DeliveriesAsync(id)).Single().Status.ShouldBe(DeliveryStatus.Delivered);
    }

    [Fact]
    public async Task A_repeat_bears_the_same_id_and_a_time_of_its_own()
    {
        await using var hub = await HubFixture.StartAsync();
        var (id, _) = await hub.WebhookAsync();
        await hub.SubscribeAsync(id, null, DossierPrepared.Name);
        await hub.PrepareAsync();
        await hub.RouteAsync();
        hub.Answer = (context, _) => SymphonicsPartner.JsonAsync(context, 500, "");
        await hub.SendAsync();
        hub.Answer = null;
        hub.Clock.Advance(TimeSpan.FromSeconds(10));
        await hub.SendAsync();
        var arrivals = hub.Server.Arrivals.ToList();
        arrivals.Count.ShouldBe(2);
        arrivals[1].Headers["webhook-id"].ShouldBe(arrivals[0].Headers["webhook-id"]);
        arrivals[1].Headers["webhook-timestamp"].ShouldNotBe(arrivals[0].Headers["webhook-timestamp"]);
    }

    [Fact]
    public async Task Only_what_was_asked_for_is_told_and_a_webhook_s_own_fate_never()
    {
        await using var hub = await HubFixture.StartAsync();
        var (id, _) = await hub.WebhookAsync();
        await hub.SubscribeAsync(id, SubscriptionFilter.All with { PostcodePrefixes = ["75"] }, DossierPrepared.Name);
        await hub.SubscribeAsync(id, null, DeliveryDelivered.Name);
        await hub.PrepareAsync("69003");
        var paris = await hub.PrepareAsync("75011");
        await hub.RouteAsync();
        await hub.SendAsync();
        await hub.RouteAsync();
        (await hub.DeliveriesAsync(id)).Select(d => (d.Topic, d.Subject)).ShouldBe([(DossierPrepared.Name, paris.Id)]);
    }

    [Fact]
    public async Task While_a_secret_is_rotated_both_the_old_and_the_new_one_verify()
    {
        await using var hub = await HubFixture.StartAsync();
        var (id, made) = await hub.WebhookAsync();
        await hub.SubscribeAsync(id, null, DossierPrepared.Name);
        hub.Clock.Advance(TimeSpan.FromDays(90));
        var fresh = (await hub.Get<IntegrationDesk>().RotateAsync(hub.Admin, id, "Secret", null, TimeSpan.FromHours(1), Cancel)).ShouldNotBeNull();
        await hub.PrepareAsync();
        await hub.RouteAsync();
        await hub.SendAsync();
        Verifies(made["Secret"]).ShouldBeTrue();
        Verifies(fresh).ShouldBeTrue();
        hub.Clock.Advance(TimeSpan.FromHours(2));
        await hub.PrepareAsync();
        await hub.RouteAsync();
        await hub.SendAsync();
        Verifies(made["Secret"]).ShouldBeFalse();
        Verifies(fresh).ShouldBeTrue();
        var integration = await hub.IntegrationAsync(id);
        integration.Settings.ShouldNotContain(fresh);
        integration.SecretsSetAt["Secret"].ShouldBeGreaterThan(Given.Now);

        bool Verifies(string secret) => hub.Server.Arrivals.Last() is var last && StandardWebhook.IsSigned(
            last.Headers["webhook-id"], last.Headers["webhook-timestamp"], Encoding.UTF8.GetBytes(last.Body), last.Headers["webhook-signature"], secret);
    }

    [Fact]
    public async Task An_endpoint_that_is_gone_is_switched_off_and_what_comes_is_kept()
    {
        await using var hub = await HubFixture.StartAsync();
        var (id, _) = await hub.WebhookAsync();
        await hub.SubscribeAsync(id, null, DossierPrepared.Name);
        await hub.PrepareAsync();
        await hub.RouteAsync();
        hub.Answer = (context, _) => SymphonicsPartner.JsonAsync(context, 410, "");
        await hub.SendAsync();
        (await hub.IntegrationAsync(id)).IsEnabled.ShouldBeFalse();
        (await hub.IntegrationAsync(id)).GivenUpBecause.ShouldNotBeNull();
        await hub.PrepareAsync();
        await hub.RouteAsync();
        await hub.SendAsync();
        hub.Server.Arrivals.Count.ShouldBe(1);
        hub.Answer = null;
        await hub.Get<IntegrationDesk>().EnableAsync(hub.Admin, id, Cancel);
        await hub.SendAsync();
        (await hub.DeliveriesAsync(id)).ShouldAllBe(d => d.Status == DeliveryStatus.Delivered);
        hub.Server.Arrivals.Count.ShouldBe(3);
    }

    [Theory]
    [InlineData(429, "60", 60)]
    [InlineData(502, null, 10)]
    [InlineData(504, "5", 5)]
    public async Task Who_asks_to_slow_down_is_left_alone_that_long(int status, string? retryAfter, int seconds)
    {
        await using var hub = await HubFixture.StartAsync();
        var (id, _) = await hub.WebhookAsync();
        await hub.SubscribeAsync(id, null, DossierPrepared.Name);
        await hub.PrepareAsync();
        await hub.RouteAsync();
        hub.Answer = (context, _) =>
        {
            if (retryAfter is not null)
                context.Response.Headers.RetryAfter = retryAfter;
            return SymphonicsPartner.JsonAsync(context, status, "");
        };
        await hub.SendAsync();
        (await hub.StateAsync(id)).QuietUntil.ShouldBe(hub.Clock.GetUtcNow().AddSeconds(seconds));
    }

    [Fact]
    public async Task At_the_end_of_its_schedule_an_event_stays_and_its_endpoint_is_held()
    {
        await using var hub = await HubFixture.StartAsync();
        var (id, _) = await hub.WebhookAsync();
        await hub.Get<IntegrationDesk>().TuneAsync(hub.Admin, id, (await hub.IntegrationAsync(id)).Version, new IntegrationPace("5s", 15, 4, false, RateLimit.None), Cancel);
        await hub.SubscribeAsync(id, null, DossierPrepared.Name);
        await hub.PrepareAsync();
        await hub.RouteAsync();
        hub.Answer = (context, _) => SymphonicsPartner.JsonAsync(context, 500, "");
        await hub.SendAsync();
        hub.Clock.Advance(TimeSpan.FromSeconds(10));
        await hub.SendAsync();
        (await hub.DeliveriesAsync(id)).Single().Status.ShouldBe(DeliveryStatus.Retrying);
        (await hub.StateAsync(id)).HeldBecause.ShouldNotBeNull().ShouldContain("500");
        hub.Answer = null;
        hub.Clock.Advance(DestinationState.ProbeEvery);
        await hub.SendAsync();
        (await hub.DeliveriesAsync(id)).Single().Status.ShouldBe(DeliveryStatus.Delivered);
        (await hub.StateAsync(id)).HeldBecause.ShouldBeNull();
    }

    [Fact]
    public async Task An_endpoint_that_takes_nothing_for_five_days_is_switched_off_and_told()
    {
        await using var hub = await HubFixture.StartAsync();
        var (id, _) = await hub.WebhookAsync();
        await hub.Get<IntegrationDesk>().TuneAsync(hub.Admin, id, (await hub.IntegrationAsync(id)).Version, new IntegrationPace("5s", 15, 4, false, RateLimit.None), Cancel);
        await hub.SubscribeAsync(id, null, DossierPrepared.Name);
        await hub.PrepareAsync();
        await hub.RouteAsync();
        hub.Answer = (context, _) => SymphonicsPartner.JsonAsync(context, 500, "");
        await hub.SendAsync();
        hub.Clock.Advance(TimeSpan.FromSeconds(10));
        await hub.SendAsync();
        hub.Clock.Advance(TimeSpan.FromDays(4));
        await hub.Get<GiveUpSilentEndpointsJob>().RunAsync(Cancel);
        (await hub.IntegrationAsync(id)).IsEnabled.ShouldBeTrue();
        hub.Clock.Advance(TimeSpan.FromDays(1.1));
        await hub.Get<GiveUpSilentEndpointsJob>().RunAsync(Cancel);
        (await hub.IntegrationAsync(id)).IsEnabled.ShouldBeFalse();
        await using var db = hub.Open();
        (await db.Events.CountAsync(e => e.Topic == IntegrationGivenUp.Name && e.Subject == id, Cancel)).ShouldBe(1);
    }

    // Found by a reader: one message an endpoint always refused would have held it, with a mail, every half hour for ever.
    [Fact]
    public async Task What_an_endpoint_alone_refuses_is_put_aside_and_the_others_go_on()
    {
        await using var hub = await HubFixture.StartAsync();
        var (id, _) = await hub.WebhookAsync();
        await hub.Get<IntegrationDesk>().TuneAsync(hub.Admin, id, (await hub.IntegrationAsync(id)).Version, new IntegrationPace("10m", 15, 4, false, RateLimit.None), Cancel);
        await hub.SubscribeAsync(id, null, DossierPrepared.Name);
        var refused = await hub.PrepareAsync();
        await hub.RouteAsync();
        hub.Answer = (context, arrival) => SymphonicsPartner.JsonAsync(context, arrival.Body.Contains(refused.ExternalId, StringComparison.Ordinal) ? 400 : 200, "");
        await hub.SendAsync();
        hub.Clock.Advance(TimeSpan.FromMinutes(5));
        await hub.PrepareAsync();
        await hub.RouteAsync();
        await hub.SendAsync();
        hub.Clock.Advance(TimeSpan.FromMinutes(10));
        await hub.SendAsync();
        (await hub.DeliveriesAsync(id)).Select(d => d.Status).ShouldBe([DeliveryStatus.Held, DeliveryStatus.Delivered]);
        (await hub.DeliveriesAsync(id))[0].LastError.ShouldBe("HTTP 400");
        (await hub.StateAsync(id)).HeldBecause.ShouldBeNull();
        hub.Answer = null;
        await hub.Get<DeliveryDesk>().ReplayAsync(hub.Admin, (await hub.DeliveriesAsync(id))[0].Id, Cancel);
        await hub.SendAsync();
        (await hub.DeliveriesAsync(id)).ShouldAllBe(d => d.Status == DeliveryStatus.Delivered);
    }

    // Found by a reader: with much waiting the breaker lets one try in five minutes, so that no event used up its schedule within the five days.
    [Fact]
    public async Task However_much_waits_an_endpoint_that_fails_for_five_days_is_switched_off()
    {
        await using var hub = await HubFixture.StartAsync();
        var (id, _) = await hub.WebhookAsync();
        await hub.SubscribeAsync(id, null, DossierPrepared.Name);
        for (var made = 0; made < DestinationState.Window + 5; made++)
            await hub.PrepareAsync();
        await hub.RouteAsync();
        hub.Answer = (context, _) => SymphonicsPartner.JsonAsync(context, 500, "");
        for (var hour = 0; hour < 119; hour++)
            await TryAsync();
        await hub.Get<GiveUpSilentEndpointsJob>().RunAsync(Cancel);
        (await hub.StateAsync(id)).HeldBecause.ShouldBeNull();
        (await hub.IntegrationAsync(id)).IsEnabled.ShouldBeTrue();
        await TryAsync();
        await TryAsync();
        await hub.Get<GiveUpSilentEndpointsJob>().RunAsync(Cancel);
        (await hub.IntegrationAsync(id)).IsEnabled.ShouldBeFalse();

        // Found by a reader: switched on again, it was switched off within the hour.
        await hub.Get<IntegrationDesk>().EnableAsync(hub.Admin, id, Cancel);
        await TryAsync();
        await hub.Get<GiveUpSilentEndpointsJob>().RunAsync(Cancel);
        (await hub.IntegrationAsync(id)).IsEnabled.ShouldBeTrue();

        Task TryAsync()
        {
            hub.Clock.Advance(TimeSpan.FromHours(1));
            return hub.SendAsync();
        }
    }

    // Found by a reader: reopened after the repair, what waited kept its pauses of hours.
    [Fact]
    public async Task Once_reopened_what_waits_goes_at_once()
    {
        await using var hub = await HubFixture.StartAsync();
        var (id, _) = await hub.WebhookAsync();
        await hub.SubscribeAsync(id, null, DossierPrepared.Name);
        await hub.PrepareAsync();
        await hub.RouteAsync();
        hub.Answer = (context, _) => SymphonicsPartner.JsonAsync(context, 500, "");
        await hub.SendAsync();
        hub.Clock.Advance(TimeSpan.FromSeconds(10));
        await hub.SendAsync();
        hub.Answer = null;
        await hub.SendAsync();
        (await hub.DeliveriesAsync(id)).Single().Status.ShouldBe(DeliveryStatus.Retrying, "its second pause is five minutes");
        await hub.Get<DestinationDesk>().ReopenAsync(hub.Admin, id, Cancel);
        await hub.SendAsync();
        (await hub.DeliveriesAsync(id)).Single().Status.ShouldBe(DeliveryStatus.Delivered);
    }

    // Found by a reader: a second answer without Retry-After shortened the wait the first had asked for.
    [Fact]
    public async Task Of_several_waits_asked_for_the_longest_counts()
    {
        await using var hub = await HubFixture.StartAsync();
        var (id, _) = await hub.WebhookAsync();
        await hub.SubscribeAsync(id, null, DossierPrepared.Name);
        await hub.PrepareAsync();
        await hub.PrepareAsync();
        await hub.RouteAsync();
        var asked = 0;
        hub.Answer = (context, _) =>
        {
            if (Interlocked.Increment(ref asked) == 1)
                context.Response.Headers.RetryAfter = "3600";
            return SymphonicsPartner.JsonAsync(context, asked == 1 ? 503 : 429, "");
        };
        await hub.SendAsync();
        asked.ShouldBe(2);
        (await hub.StateAsync(id)).QuietUntil.ShouldBe(hub.Clock.GetUtcNow().AddHours(1));
    }

    [Fact]
    public async Task What_was_missed_can_be_sent_later_and_only_once()
    {
        await using var hub = await HubFixture.StartAsync();
        var (id, _) = await hub.WebhookAsync();
        await hub.PrepareAsync();
        await hub.RouteAsync();
        (await hub.DeliveriesAsync(id)).ShouldBeEmpty("nobody had subscribed");
        await hub.SubscribeAsync(id, null, DossierPrepared.Name);
        (await hub.Get<CatchUp>().PreviewAsync(hub.Admin, id, Given.Now.AddDays(-7), 10, Cancel)).Rows.Single().Topic.ShouldBe(DossierPrepared.Name);
        (await hub.DeliveriesAsync(id)).ShouldBeEmpty("a preview sends nothing");
        (await hub.Get<CatchUp>().SendMissedAsync(hub.Admin, id, Given.Now.AddDays(-7), null, Cancel)).ShouldBe(1);
        (await hub.Get<CatchUp>().SendMissedAsync(hub.Admin, id, Given.Now.AddDays(-7), null, Cancel)).ShouldBe(0);
        await hub.SendAsync();
        (await hub.DeliveriesAsync(id)).Single().Status.ShouldBe(DeliveryStatus.Delivered);
    }

    [Fact]
    public async Task What_was_sent_is_taken_away_after_its_term_and_cannot_be_sent_again_then()
    {
        await using var hub = await HubFixture.StartAsync();
        var (id, _) = await hub.WebhookAsync();
        await hub.SubscribeAsync(id, null, DossierPrepared.Name);
        await hub.PrepareAsync();
        await hub.RouteAsync();
        await hub.SendAsync();
        var job = hub.Get<RetireWebhookPayloadsJob>();
        hub.Clock.Advance(TimeSpan.FromDays(job.Days - 1));
        await job.RunAsync(Cancel);
        (await hub.DeliveriesAsync(id)).Single().Payload.ShouldNotBeEmpty();
        hub.Clock.Advance(TimeSpan.FromDays(2));
        await job.RunAsync(Cancel);
        var delivery = (await hub.DeliveriesAsync(id)).Single();
        delivery.Payload.ShouldBeEmpty();
        await using (var db = hub.Open())
            (await db.Attempts.SingleAsync(a => a.DeliveryId == delivery.Id, Cancel)).Request.ShouldBeNull();
        (await Should.ThrowAsync<RuleViolation>(() => hub.Get<DeliveryDesk>().ReplayAsync(hub.Admin, delivery.Id, Cancel))).Rule.ShouldBe("delivery.payload_retired");
        (await hub.Get<DeliveryDesk>().ReplayAsync(hub.Admin, [delivery.Id], Cancel)).Replayed.ShouldBe(0, "of a selection it is left out, and refuses none of the others");
    }

    [Theory]
    [InlineData("Url", "")]
    [InlineData("Url", "ftp//nothing")]
    [InlineData("Secret", "whsec_short")]
    public async Task What_is_typed_wrong_is_told_at_its_field(string setting, string value)
    {
        await using var hub = await HubFixture.StartAsync();
        var typed = new Dictionary<string, string?> { ["Url"] = "https://example.com", [setting] = value };
        var refusal = await Should.ThrowAsync<RuleViolation>(() => hub.Get<IntegrationDesk>().ConnectAsync(hub.Admin, "webhook", "Essai", typed, Cancel));
        refusal.Violations.ShouldContain(v => v.Field == setting);
        refusal.ToString().ShouldNotContain("whsec_short");
    }
}

using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Tapwork.Core;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Dossiers;
using Tapwork.Core.Integrations;
using Tapwork.Core.Webhooks;
using Tapwork.Infrastructure.Deliveries;
using Tapwork.Infrastructure.Integrations;
using Tapwork.Infrastructure.Webhooks;

namespace Tapwork.Tests.Integrations;

/// <summary>Dossiers on their way to a partner: only with an authorisation, and of each only what it names.</summary>
public class PartnerTests
{
    private static readonly DossierPart[] Everything = Enum.GetValues<DossierPart>();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string, string[], string, string> Credentials => new()
    {
        { "OAuth2", ["ClientId=client", "ClientSecret=Marker-1"], "Authorization", "Bearer token-1" },
        { "ApiKey", ["ApiKeyHeader=X-Partner-Key", "ApiKey=Marker-2"], "X-Partner-Key", "Marker-2" },
        { "Bearer", ["BearerToken=Marker-3"], "Authorization", "Bearer Marker-3" },
        { "Basic", ["User=tapwork", "Password=Marker-4"], "Authorization", "Basic " + Convert.ToBase64String("tapwork:Marker-4"u8) },
    };

    [Theory]
    [MemberData(nameof(Credentials))]
    public async Task Each_way_of_signing_in_is_spoken_and_leaves_no_secret_behind(string kind, string[] typed, string header, string value)
    {
        await using var hub = await HubFixture.StartAsync();
        var (id, _) = await hub.ConnectAsync("partner", [("BaseUrl", hub.Server.Address.ToString()), ("Credential", kind), .. typed.Select(t => t.Split('=', 2)).Select(t => (t[0], t[1]))]);
        await AuthoriseAsync(hub, id, Everything);
        await hub.SubscribeAsync(id, null, DossierPrepared.Name);
        await hub.PrepareAsync();
        await hub.RouteAsync();
        await hub.SendAsync();
        hub.Server.Arrivals.Single(a => a.Path == "/dossiers").Headers[header].ShouldBe(value);
        var delivery = (await hub.DeliveriesAsync(id)).Single();
        delivery.Status.ShouldBe(DeliveryStatus.Delivered);
        await using var db = hub.Open();
        var attempt = await db.Attempts.SingleAsync(a => a.DeliveryId == delivery.Id, Cancel);
        $"{attempt.Request} {attempt.Response} {(await hub.IntegrationAsync(id)).Settings}".ShouldNotContain("Marker-");
    }

    [Fact]
    public async Task Without_an_authorisation_no_dossier_goes_and_that_is_kept()
    {
        await using var hub = await HubFixture.StartAsync();
        var id = await PartnerAsync(hub);
        await hub.SubscribeAsync(id, null, DossierPrepared.Name);
        var dossier = await hub.PrepareAsync();
        await hub.RouteAsync();
        (await hub.DeliveriesAsync(id)).ShouldBeEmpty();
        (await hub.Get<CatchUp>().SendMissedAsync(hub.Admin, id, Given.Now.AddDays(-1), null, Cancel)).ShouldBe(0, "and it is told once");
        await using var db = hub.Open();
        var withheld = await db.Withheld.SingleAsync(Cancel);
        (withheld.IntegrationId, withheld.DossierId, withheld.Rule).ShouldBe((id, dossier.Id, "authorisation.missing"));
    }

    [Fact]
    public async Task What_was_missed_goes_out_once_it_is_allowed_and_only_once()
    {
        await using var hub = await HubFixture.StartAsync();
        var id = await PartnerAsync(hub);
        await hub.SubscribeAsync(id, null, DossierPrepared.Name, DossierAccepted.Name);
        var dossier = await hub.PrepareAsync();
        await hub.RouteAsync();
        await AuthoriseAsync(hub, id, Everything);
        (await hub.Get<CatchUp>().SendMissedAsync(hub.Admin, id, Given.Now.AddDays(-1), null, Cancel)).ShouldBe(1);
        await hub.ChangeAsync(async db => (await db.Dossiers.SingleAsync(Cancel)).Accept("SYM-1", Given.Now));
        await hub.RouteAsync();
        await hub.SendAsync();
        (await hub.DeliveriesAsync(id)).Select(d => (d.Subject, d.Status)).ShouldBe([(dossier.Id, DeliveryStatus.Delivered)]);
    }

    [Fact]
    public async Task Only_what_the_authorisation_names_is_shared_and_what_is_masked_is_left_empty()
    {
        await using var hub = await HubFixture.StartAsync();
        var id = await PartnerAsync(hub);
        await AuthoriseAsync(hub, id, DossierPart.Identity, DossierPart.Photos);
        await hub.Get<SubscriptionDesk>().SubscribeAsync(
            hub.Admin, id, new SubscriptionTerms([DossierPrepared.Name], SubscriptionFilter.All, ["photos.coordinates", "equipment.serial_number"], new DateOnly(2026, 1, 1), null), Cancel);
        await hub.PrepareAsync();
        await hub.RouteAsync();
        await hub.SendAsync();
        var body = hub.Server.Arrivals.Single(a => a.Path == "/dossiers").Body;
        foreach (var kept in (string[])["test.user@example.com", "12345678901234", "rue des Lilas", "SN-1", "45.76", "Hugo Petit", "facture.pdf"])
            body.ShouldNotContain(kept);
        var sent = JsonDocument.Parse(body).RootElement;
        sent.GetProperty("customer").GetProperty("last_name").GetString().ShouldBe("Durand");
        sent.GetProperty("installation").GetProperty("postal_code").GetString().ShouldBe("69003");
        sent.GetProperty("documents").GetArrayLength().ShouldBe(0);
        sent.GetProperty("photos").GetArrayLength().ShouldBeGreaterThan(0);
        (await hub.DeliveriesAsync(id)).Single().Payload.ShouldNotContain("test.user@example.com");
    }

    [Fact]
    public async Task After_the_authorisation_has_ended_or_is_revoked_nothing_more_goes()
    {
        await using var hub = await HubFixture.StartAsync();
        var id = await PartnerAsync(hub);
        var authorisation = await AuthoriseAsync(hub, id, Everything);
        await hub.SubscribeAsync(id, null, DossierPrepared.Name);
        await hub.Get<SubscriptionDesk>().RevokeAsync(hub.Admin, id, authorisation, Cancel);
        await hub.PrepareAsync();
        await hub.RouteAsync();
        await hub.Get<SubscriptionDesk>().AuthoriseAsync(hub.Admin, id, Everything, "contrat", new DateOnly(2026, 11, 30), Cancel);
        hub.Clock.Advance(TimeSpan.FromDays(10));
        await hub.PrepareAsync();
        await hub.RouteAsync();
        (await hub.DeliveriesAsync(id)).ShouldBeEmpty();
        await using var db = hub.Open();
        (await db.Withheld.CountAsync(Cancel)).ShouldBe(2);
    }

    // Found by a reader: 300 waiting dossiers would have gone to a partner whose authorisation had been revoked meanwhile, and any replay with them.
    [Fact]
    public async Task What_waits_when_the_authorisation_ends_is_withheld_until_there_is_one_again()
    {
        await using var hub = await HubFixture.StartAsync();
        var id = await PartnerAsync(hub);
        var authorisation = await AuthoriseAsync(hub, id, Everything);
        await hub.SubscribeAsync(id, null, DossierPrepared.Name);
        await hub.PrepareAsync();
        await hub.RouteAsync();
        await hub.Get<SubscriptionDesk>().RevokeAsync(hub.Admin, id, authorisation, Cancel);
        await hub.SendAsync();
        await AuthoriseAsync(hub, id, DossierPart.Identity);
        var delivery = (await hub.DeliveriesAsync(id)).Single();
        await ReplayAsync();
        (await hub.DeliveriesAsync(id)).Select(d => (d.Status, d.LastError)).ShouldBe([(DeliveryStatus.Held, "authorisation.missing")], "what is allowed now is less than what it holds");
        hub.Server.Arrivals.ShouldBeEmpty();
        (await hub.StateAsync(id)).FailingSince.ShouldBeNull("the partner is not to blame");
        await AuthoriseAsync(hub, id, Everything);
        await ReplayAsync();
        (await hub.DeliveriesAsync(id)).Single().Status.ShouldBe(DeliveryStatus.Delivered);
        await using var db = hub.Open();
        (await db.Withheld.CountAsync(Cancel)).ShouldBe(1);

        async Task ReplayAsync()
        {
            await hub.Get<DeliveryDesk>().ReplayAsync(hub.Admin, delivery.Id, Cancel);
            await hub.SendAsync();
        }
    }

    // Found by a reader: photos told to the metre where the home stands that the authorisation does not name.
    [Fact]
    public async Task Without_the_address_no_photo_tells_where_it_was_taken()
    {
        await using var hub = await HubFixture.StartAsync();
        var id = await PartnerAsync(hub);
        await AuthoriseAsync(hub, id, DossierPart.Photos);
        await hub.SubscribeAsync(id, null, DossierPrepared.Name);
        await hub.PrepareAsync();
        await hub.RouteAsync();
        await hub.SendAsync();
        var photos = JsonDocument.Parse(hub.Server.Arrivals.Single(a => a.Path == "/dossiers").Body).RootElement.GetProperty("photos").EnumerateArray().ToList();
        photos.ShouldNotBeEmpty();
        photos.ShouldAllBe(p => p.GetProperty("coordinates").ValueKind == JsonValueKind.Null && p.GetProperty("sha256").GetString()!.Length == 64);
    }

    // Found by a reader: the nightly comparison asked 500 times in a row, whatever the partner had been promised.
    [Fact]
    public async Task Questions_are_paid_from_the_budget_like_dossiers()
    {
        await using var hub = await HubFixture.StartAsync();
        var id = await PartnerAsync(hub);
        await AuthoriseAsync(hub, id, Everything);
        await hub.SubscribeAsync(id, null, DossierPrepared.Name);
        await hub.PrepareAsync();
        await hub.RouteAsync();
        await hub.Get<IntegrationDesk>().TuneAsync(hub.Admin, id, (await hub.IntegrationAsync(id)).Version, new IntegrationPace("5s", 15, 4, false, new RateLimit(3, 0, 0, 0)), Cancel);
        var (integration, delivery) = (await hub.IntegrationAsync(id), (await hub.DeliveriesAsync(id)).Single());
        var partner = hub.Get<IEnumerable<IConnector>>().Single(c => c.Descriptor.Key == "partner");
        hub.Answer = (context, _) => SymphonicsPartner.JsonAsync(context, 200, $$"""{"external_id":"{{delivery.IdempotencyKey}}"}""");
        var answers = new List<bool?>();
        for (var asked = 0; asked < 5; asked++)
            answers.Add(await partner.HoldsAsync(integration, delivery, Cancel));
        answers.ShouldBe([true, null, null, null, null], "the next is due in twenty seconds");
        hub.Server.Arrivals.Count.ShouldBe(1);
    }

    [Fact]
    public async Task The_field_table_names_what_goes_over_the_wire()
    {
        await using var hub = await HubFixture.StartAsync();
        var id = await PartnerAsync(hub);
        await AuthoriseAsync(hub, id, Everything);
        await hub.SubscribeAsync(id, null, DossierPrepared.Name);
        await hub.PrepareAsync();
        await hub.RouteAsync();
        await hub.SendAsync();
        var sent = PathsOf(JsonDocument.Parse(hub.Server.Arrivals.Single(a => a.Path == "/dossiers").Body).RootElement, "").Distinct().Order();
        foreach (var connector in hub.Get<ConnectorList>().All.Where(c => c.Offer == Offer.Dossiers || c.Key == "symphonics"))
            WireDescription.FieldsOf(connector.Sends!).Select(f => f.Path).Order().ShouldBe(sent, connector.Key);

        static IEnumerable<string> PathsOf(JsonElement json, string path) => json.ValueKind switch
        {
            JsonValueKind.Array => json.EnumerateArray().SelectMany(item => PathsOf(item, $"{path}[]")),
            JsonValueKind.Object => json.EnumerateObject().SelectMany(p => PathsOf(p.Value, path.Length == 0 ? p.Name : $"{path}.{p.Name}")).Concat(path.Length == 0 ? [] : [path]),
            _ => [path],
        };
    }

    [Fact]
    public async Task A_partner_s_signed_word_on_a_dossier_stands_at_its_delivery_and_with_the_dossier()
    {
        await using var hub = await HubFixture.StartAsync();
        var (id, made) = await hub.ConnectAsync("partner", ("BaseUrl", hub.Server.Address.ToString()), ("Credential", "Bearer"), ("BearerToken", "b"));
        await AuthoriseAsync(hub, id, Everything);
        await hub.SubscribeAsync(id, null, DossierPrepared.Name);
        var dossier = await hub.PrepareAsync();
        await hub.RouteAsync();
        await hub.SendAsync();
        hub.Clock.Advance(TimeSpan.FromMinutes(1));
        var code = (await hub.IntegrationAsync(id)).Code;
        (await CallAsync("msg_1", "approved", made["WebhookSecret"])).ShouldBe(WebhookReception.Stored);
        (await CallAsync("msg_1", "approved", made["WebhookSecret"])).ShouldBe(WebhookReception.Repeated);
        (await CallAsync("msg_2", "rejected", StandardWebhook.NewSecret())).ShouldBe(WebhookReception.Unsigned);
        (await CallAsync("msg_3", "rejected", made["WebhookSecret"], TimeSpan.FromMinutes(-6))).ShouldBe(WebhookReception.Stale);
        await hub.Get<ProcessInboundCallsJob>().RunAsync(Cancel);
        (await hub.DeliveriesAsync(id)).Single().PartnerStatus.ShouldBe("approved");
        await using var db = hub.Open();
        var told = await db.Dossiers.SingleAsync(Cancel);
        told.State.ShouldBe(DossierState.Sending, "Symphonics alone decides the dossier's own state");
        told.AtPartners.ShouldBe(new Dictionary<string, string> { [code] = "approved" });

        var call = (await hub.Get<InboundDesk>().ListAsync(hub.Admin, InboundStatus.Processed, null, null, null, Cancel)).Rows.Single();
        await hub.Get<InboundDesk>().ReplayAsync(hub.Admin, call.Id, Cancel);
        (await hub.Get<InboundDesk>().ListAsync(hub.Admin, null, null, null, null, Cancel)).Rows.Single().Status.ShouldBe(InboundStatus.Received);
        await hub.Get<ProcessInboundCallsJob>().RunAsync(Cancel);
        (await hub.Get<InboundDesk>().ListAsync(hub.Admin, null, code, null, null, Cancel)).Rows.Single().Status.ShouldBe(InboundStatus.Processed, "a repeat of the same word changes nothing");

        Task<WebhookReception> CallAsync(string message, string status, string secret, TimeSpan? age = null)
        {
            var body = Encoding.UTF8.GetBytes($$$"""{"type":"dossier.status","timestamp":"{{{hub.Clock.GetUtcNow():O}}}","data":{"external_id":"{{{dossier.ExternalId}}}","status":"{{{status}}}"}}""");
            var at = hub.Clock.GetUtcNow() + (age ?? TimeSpan.Zero);
            var headers = new Dictionary<string, string>
            {
                ["webhook-id"] = message,
                ["webhook-timestamp"] = StandardWebhook.TextOf(at),
                ["webhook-signature"] = StandardWebhook.Sign(message, at, body, secret),
            };
            return hub.Get<WebhookInbox>().ReceiveAsync(code.ToLowerInvariant(), headers.GetValueOrDefault, body, Core.Accounts.Actor.System("webhook"), Cancel);
        }
    }

    [Theory]
    [InlineData(404, DeliveryStatus.Refused)]
    [InlineData(403, DeliveryStatus.Retrying)]
    public async Task Whether_one_dossier_or_everything_is_forbidden_a_harmless_question_tells(int probed, DeliveryStatus status)
    {
        await using var hub = await HubFixture.StartAsync();
        var id = await PartnerAsync(hub);
        await hub.LiftLimitAsync(id);
        await AuthoriseAsync(hub, id, Everything);
        await hub.SubscribeAsync(id, null, DossierPrepared.Name);
        await hub.PrepareAsync();
        await hub.RouteAsync();
        hub.Answer = (context, arrival) => SymphonicsPartner.JsonAsync(context, arrival.Method == "POST" ? 403 : probed, "{}");
        await hub.SendAsync();
        (await hub.DeliveriesAsync(id)).Single().Status.ShouldBe(status);
        ((await hub.StateAsync(id)).HeldBecause is not null).ShouldBe(status == DeliveryStatus.Retrying);
    }

    [Fact]
    public async Task Only_events_that_are_offered_can_be_subscribed_to()
    {
        await using var hub = await HubFixture.StartAsync();
        var (id, _) = await hub.WebhookAsync();
        (await Should.ThrowAsync<RuleViolation>(() => hub.SubscribeAsync(id, null, "account.created"))).Rule.ShouldBe("subscription.topic_unknown");
    }

    [Theory]
    [InlineData("OAuth2", "ClientId")]
    [InlineData("ApiKey", "ApiKey")]
    [InlineData("Bearer", "BearerToken")]
    [InlineData("Basic", "Password")]
    public async Task What_the_way_of_signing_in_needs_is_asked_for(string kind, string missing)
    {
        await using var hub = await HubFixture.StartAsync();
        var refusal = await Should.ThrowAsync<RuleViolation>(() => hub.ConnectAsync("partner", ("BaseUrl", "https://partner.example"), ("Credential", kind)));
        refusal.Violations.ShouldContain(v => v.Field == missing && v.Rule == "integration.settings_invalid");
    }

    [Fact]
    public async Task A_connection_is_tested_step_by_step()
    {
        await using var hub = await HubFixture.StartAsync();
        var id = await PartnerAsync(hub);
        hub.Answer = (context, _) => SymphonicsPartner.JsonAsync(context, 404, "");
        (await StepsAsync()).ShouldBe([("name", true), ("authentication", true), ("answer", true)]);
        hub.Answer = (context, _) => SymphonicsPartner.JsonAsync(context, 401, "");
        (await StepsAsync()).ShouldBe([("name", true), ("authentication", false)]);
        hub.Answer = (context, _) => SymphonicsPartner.JsonAsync(context, 503, "");
        (await StepsAsync()).ShouldBe([("name", true), ("answer", false)]);

        async Task<IEnumerable<(string, bool)>> StepsAsync() =>
            (await hub.Get<ConnectionTest>().RunAsync(hub.Admin, id, Cancel)).Select(s => (s.Name, s.IsPassed));
    }

    private static async Task<Guid> PartnerAsync(HubFixture hub) =>
        (await hub.ConnectAsync("partner", ("BaseUrl", hub.Server.Address.ToString()), ("Credential", "Bearer"), ("BearerToken", "b"))).Id;

    private static Task<Guid> AuthoriseAsync(HubFixture hub, Guid id, params DossierPart[] shares) =>
        hub.Get<SubscriptionDesk>().AuthoriseAsync(hub.Admin, id, shares, "Contrat du 3 mars", null, Cancel);
}

using Microsoft.EntityFrameworkCore;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Dossiers;
using Tapwork.Core.Integrations;
using Tapwork.Infrastructure.Deliveries;
using Tapwork.Infrastructure.Dossiers;
using Tapwork.Infrastructure.Integrations;

namespace Tapwork.Tests.Integrations;

/// <summary>A partner says that it knows a dossier already: it is ours only if it stands there under our external id.</summary>
public class ConflictTests
{
    private const string Ours = "0199c000-0000-7000-8000-0000000000aa-r1";
    private const string Conflict = """{"error":{"code":"CONFLICT","message":"known for this PDL"},"id":"SYM-9"}""";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>What the question is answered, and what comes of the delivery.</summary>
    public static TheoryData<int, string, string> Answers => new()
    {
        { 200, $$"""{"id":"SYM-9","external_id":"{{Ours}}"}""", "Accepted" },
        { 200, """{"id":"SYM-9","external_id":"0199c000-0000-7000-8000-0000000000bb-r1"}""", "Uncertain" },
        { 200, """{"id":"SYM-9","external_id":"0199c000-0000-7000-8000-0000000000aa-r2"}""", "Uncertain" },
        { 200, """{"id":"SYM-9","external_id":"0199C000-0000-7000-8000-0000000000AA-R1"}""", "Uncertain" },
        { 200, """{"id":"SYM-9","external_id":null}""", "Uncertain" },
        { 200, """{"id":"SYM-9"}""", "Uncertain" },
        { 404, "{}", "Uncertain" },
        { 410, "", "Uncertain" },
        { 403, "{}", "Uncertain" },
        { 405, "", "Uncertain" },
        { 500, "", "TryLater" },
        { 503, "", "TryLater" },
        { 429, "", "TryLater" },
        { 408, "", "TryLater" },
        { 302, "", "TryLater" },
        { 200, "<html>maintenance</html>", "TryLater" },
        { 200, "", "TryLater" },
        { 200, "[]", "TryLater" },
        { 401, "", "Misconfigured" },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task Symphonics_is_asked_at_every_conflict_whose_the_dossier_is(int status, string body, string expected)
    {
        await using var partner = await ConflictingAsync(Conflict, status, body);
        foreach (var earlierSends in (int[])[0, 1, 3])
        {
            var (outcome, exchange) = await partner.SendAsync(earlierSends);
            outcome.GetType().Name.ShouldBe(expected);
            if (outcome is DeliveryOutcome.Accepted accepted)
                accepted.ExternalId.ShouldBe("SYM-9");
            exchange.Status.ShouldBe(409);
            exchange.Request!.ShouldContain("POST ");
            exchange.Request!.ShouldContain("/crm/interventions/SYM-9");
            exchange.Response!.ShouldContain("HTTP 409");
            exchange.Response!.ShouldContain($"HTTP {status}");
        }
        partner.Server.Count("/crm/interventions/SYM-9").ShouldBe(expected == "Misconfigured" ? 6 : 3);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("")]
    [InlineData("<html>conflict</html>")]
    [InlineData("""{"id":""}""")]
    [InlineData("""{"id":true}""")]
    [InlineData("""{"id":null}""")]
    [InlineData("""{"id":"."}""")]
    [InlineData("""{"id":".."}""")]
    public async Task A_conflict_without_an_id_is_for_a_person(string body)
    {
        await using var partner = await ConflictingAsync(body, 200, $$"""{"external_id":"{{Ours}}"}""");
        foreach (var earlierSends in (int[])[0, 1])
            (await partner.OutcomeAsync(earlierSends)).ShouldBeOfType<DeliveryOutcome.Uncertain>();
    }

    [Theory]
    [InlineData("""{"id":4711}""", "4711")]
    [InlineData("""{"intervention_id":"SYM-9"}""", "SYM-9")]
    [InlineData("""{"error":{"code":"CONFLICT","intervention_id":"SYM-9"}}""", "SYM-9")]
    public async Task The_id_of_a_conflict_is_found_wherever_it_stands(string body, string id)
    {
        await using var partner = await ConflictingAsync(body, 200, $$"""{"id":"{{id}}","external_id":"{{Ours}}"}""");
        (await partner.OutcomeAsync()).ShouldBe(new DeliveryOutcome.Accepted(id));
        partner.Server.Count($"/crm/interventions/{id}").ShouldBe(1);
    }

    [Fact]
    public async Task A_question_that_is_not_answered_at_all_is_asked_again_with_the_repeat()
    {
        await using var partner = await SymphonicsPartner.AnswersAsync(async (context, arrival) =>
        {
            if (arrival.Path.StartsWith("/auth", StringComparison.Ordinal))
                return false;
            if (arrival.Method == "GET")
                context.Abort();
            else
                await SymphonicsPartner.JsonAsync(context, 409, Conflict);
            return true;
        });
        (await partner.OutcomeAsync()).ShouldBeOfType<DeliveryOutcome.TryLater>();
    }

    [Fact]
    public async Task The_question_is_paid_from_the_budget()
    {
        await using var partner = await ConflictingAsync(Conflict, 404, "{}", new() { ["Symphonics:CallsPerMinute"] = "2" });
        (await partner.OutcomeAsync()).ShouldBeOfType<DeliveryOutcome.Uncertain>();
        (await partner.OutcomeAsync()).ShouldBeOfType<DeliveryOutcome.TryLater>().Class.ShouldBe(FaultClass.Rate, "token and question have used the two calls up");
    }

    [Theory]
    [InlineData(Ours, "Accepted")]
    [InlineData("another-r1", "Uncertain")]
    public async Task A_success_about_another_dossier_is_asked_about_too(string standsThere, string expected)
    {
        await using var partner = await SymphonicsPartner.AnswersAsync(async (context, arrival) =>
        {
            if (arrival.Path.StartsWith("/auth", StringComparison.Ordinal))
                return false;
            await SymphonicsPartner.JsonAsync(context, arrival.Method == "POST" ? 201 : 200, $$"""{"id":"SYM-9","external_id":"{{(arrival.Method == "POST" ? "another-r1" : standsThere)}}"}""");
            return true;
        });
        (await partner.OutcomeAsync()).GetType().Name.ShouldBe(expected);
    }

    [Fact]
    public async Task After_a_success_that_could_not_be_read_the_repeat_s_conflict_supplies_the_id()
    {
        var sends = 0;
        await using var partner = await SymphonicsPartner.AnswersAsync(async (context, arrival) =>
        {
            if (arrival.Path.StartsWith("/auth", StringComparison.Ordinal))
                return false;
            if (arrival.Method == "GET")
                await SymphonicsPartner.JsonAsync(context, 200, $$"""{"id":"SYM-9","external_id":"{{Ours}}"}""");
            else
                await SymphonicsPartner.JsonAsync(context, ++sends == 1 ? 201 : 409, sends == 1 ? "<html>" : Conflict);
            return true;
        });
        (await partner.OutcomeAsync()).ShouldBeOfType<DeliveryOutcome.TryLater>();
        (await partner.OutcomeAsync(earlierSends: 1)).ShouldBe(new DeliveryOutcome.Accepted("SYM-9"));
    }

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task A_partner_is_asked_by_our_external_id(int status, string body, string expected)
    {
        await using var hub = await HubFixture.StartAsync();
        var (id, delivery) = await PartnerAsync(hub);
        hub.Answer = (context, arrival) => arrival.Method == "POST"
            ? SymphonicsPartner.JsonAsync(context, 409, Conflict)
            : SymphonicsPartner.JsonAsync(context, status, body.Replace(Ours, delivery.IdempotencyKey, StringComparison.Ordinal));
        await SendAsync(hub);
        (await hub.DeliveriesAsync(id)).Single().Status.ShouldBe(expected switch
        {
            "Accepted" => DeliveryStatus.Delivered,
            "Uncertain" => DeliveryStatus.Uncertain,
            _ => DeliveryStatus.Retrying,
        });
        hub.Server.Count($"/dossiers/{delivery.IdempotencyKey}").ShouldBe(1);
        await using var db = hub.Open();
        (await db.Attempts.SingleAsync(Cancel)).Request!.ShouldContain($"GET {hub.Server.Address}dossiers/{delivery.IdempotencyKey}");
    }

    [Theory]
    [InlineData(200, "{}", null)]
    [InlineData(200, """{"external_id":"another"}""", false)]
    [InlineData(200, """{"external_id":"OURS"}""", true)]
    [InlineData(200, "<html>", null)]
    [InlineData(404, "", false)]
    [InlineData(500, "", null)]
    public async Task A_partner_holds_what_stands_there_under_our_external_id(int status, string body, bool? expected)
    {
        await using var hub = await HubFixture.StartAsync();
        var (id, delivery) = await PartnerAsync(hub);
        hub.Answer = (context, _) => SymphonicsPartner.JsonAsync(context, status, body.Replace("OURS", delivery.IdempotencyKey, StringComparison.Ordinal));
        var connector = hub.Get<IEnumerable<IConnector>>().Single(c => c.Descriptor.Key == "partner");
        (await connector.HoldsAsync(await hub.IntegrationAsync(id), delivery, Cancel)).ShouldBe(expected);
    }

    [Fact]
    public async Task What_is_uncertain_waits_for_a_person_who_replays_it_or_says_that_it_is_there()
    {
        await using var hub = await HubFixture.StartAsync();
        var (id, delivery) = await PartnerAsync(hub);
        hub.Answer = (context, arrival) => SymphonicsPartner.JsonAsync(context, arrival.Method == "POST" ? 409 : 404, Conflict);
        await SendAsync(hub);
        var uncertain = (await hub.DeliveriesAsync(id)).Single();
        (uncertain.Status, uncertain.NeedsAPerson, uncertain.FailedTries).ShouldBe((DeliveryStatus.Uncertain, true, 0));
        uncertain.LastError!.ShouldContain("not found");
        (await hub.StateAsync(id)).FailingSince.ShouldBeNull("the partner answered");
        await hub.Get<DeliveryDesk>().ReplayAsync(hub.Admin, delivery.Id, Cancel);
        await SendAsync(hub);
        (await hub.DeliveriesAsync(id)).Single().Status.ShouldBe(DeliveryStatus.Uncertain);
        await hub.Get<DeliveryDesk>().ConfirmArrivalAsync(hub.Admin, delivery.Id, "PAR-1", Cancel);
        (await hub.DeliveriesAsync(id)).Select(d => (d.Status, d.PartnerId)).ShouldBe([(DeliveryStatus.Delivered, "PAR-1")]);
    }

    [Fact]
    public async Task A_dossier_in_conflict_with_another_is_not_published()
    {
        await using var hub = await HubFixture.StartAsync();
        var (id, _) = await hub.ConnectAsync("symphonics", ("BaseUrl", hub.Server.Address.ToString()), ("ClientId", "c"), ("ClientSecret", "s"));
        hub.Answer = (context, arrival) => arrival.Path.StartsWith("/auth", StringComparison.Ordinal) ? SymphonicsPartner.JsonAsync(context, 200, """{"access_token":"t"}""")
            : SymphonicsPartner.JsonAsync(context, arrival.Method == "POST" ? 409 : 200, """{"id":"SYM-9","external_id":"another-r1"}""");
        await hub.PrepareAsync();
        await hub.RouteAsync();
        await SendAsync(hub);
        await hub.RouteAsync();
        await hub.Get<DossierOutcomes>().ReadBatchAsync(Cancel);
        (await hub.DeliveriesAsync(id)).Single().Status.ShouldBe(DeliveryStatus.Uncertain);
        await using var db = hub.Open();
        var dossier = await db.Dossiers.SingleAsync(Cancel);
        (dossier.State, dossier.IsStalled, dossier.PartnerId).ShouldBe((DossierState.Sending, true, null));
    }

    private static Task<SymphonicsPartner> ConflictingAsync(string conflict, int status, string body, Dictionary<string, string?>? settings = null) => SymphonicsPartner.AnswersAsync(
        async (context, arrival) =>
        {
            if (arrival.Path.StartsWith("/auth", StringComparison.Ordinal))
                return false;
            await (arrival.Method == "POST" ? SymphonicsPartner.JsonAsync(context, 409, conflict) : SymphonicsPartner.JsonAsync(context, status, body));
            return true;
        }, settings);

    // The question may have to wait a second for its call: the clock moves until all is sent.
    private static async Task SendAsync(HubFixture hub)
    {
        var sending = hub.SendAsync();
        while (!sending.IsCompleted)
        {
            hub.Clock.Advance(TimeSpan.FromMilliseconds(200));
            await Task.Delay(5, Cancel);
        }
        await sending;
    }

    private static async Task<(Guid Id, Delivery Delivery)> PartnerAsync(HubFixture hub)
    {
        var (id, _) = await hub.ConnectAsync("partner", ("BaseUrl", hub.Server.Address.ToString()), ("Credential", "Bearer"), ("BearerToken", "b"));
        await hub.Get<SubscriptionDesk>().AuthoriseAsync(hub.Admin, id, Enum.GetValues<DossierPart>(), "Contrat", null, Cancel);
        await hub.SubscribeAsync(id, null, DossierPrepared.Name);
        await hub.PrepareAsync();
        await hub.RouteAsync();
        return (id, (await hub.DeliveriesAsync(id)).Single());
    }
}

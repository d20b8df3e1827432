using System.Text.Json.Nodes;
using Tapwork.Core;
using Tapwork.Core.Accounts;
using Tapwork.Core.Dossiers;
using Tapwork.Core.Integrations;
using Tapwork.Infrastructure.Deliveries;
using Tapwork.Infrastructure.Integrations;
using Tapwork.Web.Deliveries;

namespace Tapwork.Tests.Integrations;

/// <summary>What an endpoint's address and headers hold of secrets, and who sees it.</summary>
public class EndpointPrivacyTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("http://user:password@host.example/hook?token=abc", true)]
    [InlineData("https://user@host.example", true)]
    [InlineData("https://:password@host.example/", true)]
    [InlineData("https://us%40er:pass%2Fword@host.example:8443/x", true)]
    [InlineData("https://host.example/@me?to=a@b.example#c@d", false)]
    [InlineData("https://host.example", false)]
    public async Task An_address_with_a_user_or_a_password_is_refused_at_its_field(string address, bool isRefused)
    {
        await using var hub = await HubFixture.StartAsync();
        foreach (var (connector, field, more) in ((string, string, (string, string)[])[])
            [("webhook", "Url", []), ("partner", "BaseUrl", [("Credential", "Bearer"), ("BearerToken", "b")]), ("partner", "TokenUrl", [("BaseUrl", "https://partner.example"), ("Credential", "Bearer"), ("BearerToken", "b")])])
        {
            var refusals = await RefusalsAsync(() => hub.ConnectAsync(connector, [(field, address), .. more]));
            refusals.ShouldBe(isRefused ? [new Violation("integration.address_with_credentials", field)] : [], $"{connector} {field}");
        }
    }

    [Fact]
    public async Task What_was_kept_with_a_user_and_a_password_goes_on_without_and_shows_neither()
    {
        await using var hub = await HubFixture.StartAsync();
        var (id, _) = await hub.WebhookAsync();
        await hub.SubscribeAsync(id, null, DossierPrepared.Name);
        await hub.ChangeAsync(async db =>
        {
            var kept = (await db.Integrations.FindAsync([id], Cancel))!;
            var json = (JsonObject)JsonNode.Parse(kept.Settings)!;
            json["Url"] = new Uri(hub.Server.Address, "hook").ToString().Replace("http://", "http://user:hunter2@", StringComparison.Ordinal);
            kept.Configure(json.ToJsonString(), [], Given.Now);
        });
        await SendOneAsync(hub);
        hub.Server.Arrivals.ShouldHaveSingleItem().Headers.ShouldNotContainKey("Authorization");
        var integration = await hub.IntegrationAsync(id);
        (await hub.Get<IntegrationQueries>().FindAsync(hub.Admin, integration.Code, Cancel))!.Settings["Url"].ShouldNotContain("hunter2");
        (await ExchangeAsync(hub, hub.Admin, id)).Request!.ShouldNotContain("hunter2");
        await hub.Get<IntegrationDesk>().RotateAsync(hub.Admin, id, "Secret", null, TimeSpan.Zero, Cancel);
        (await hub.IntegrationAsync(id)).Settings.ShouldNotContain("hunter2");
    }

    [Theory]
    [InlineData("Authorization", "Basic dXNlcjpwYXNzd29yZA==", "dXNlcjpwYXNzd29yZA==")]
    [InlineData("X-Api-Key", "key-0815", "key-0815")]
    public async Task A_secret_header_is_sent_and_stands_nowhere(string name, string value, string secret)
    {
        await using var hub = await HubFixture.StartAsync();
        var (id, _) = await hub.ConnectAsync("webhook", ("Url", new Uri(hub.Server.Address, "hook").ToString()), ("HeaderName", name), ("HeaderValue", value));
        await hub.SubscribeAsync(id, null, DossierPrepared.Name);
        hub.Answer = (context, arrival) => SymphonicsPartner.JsonAsync(context, 200, $$"""{"got":"{{secret}}","all":"{{arrival.Headers[name]}}"}""");
        await SendOneAsync(hub);
        hub.Server.Arrivals.Single().Headers[name].ShouldBe(value);
        (await hub.IntegrationAsync(id)).Settings.ShouldNotContain(secret);
        var attempt = await ExchangeAsync(hub, hub.Admin, id);
        attempt.Request!.ShouldContain($"{name}: ***");
        $"{attempt.Request}{attempt.Response}".ShouldNotContain(secret);
        await ConfigureAsync(hub, id, ("HeaderName", ""));
        await SendOneAsync(hub);
        hub.Server.Arrivals.Last().Headers.ShouldNotContainKey(name);
    }

    [Theory]
    [InlineData("Host")]
    [InlineData("content-length")]
    [InlineData("webhook-signature")]
    [InlineData("X Key")]
    [InlineData("X-Key:")]
    public async Task A_header_that_a_call_has_by_itself_is_refused_at_its_field(string name)
    {
        await using var hub = await HubFixture.StartAsync();
        (await RefusalsAsync(() => hub.ConnectAsync("webhook", ("Url", "https://host.example"), ("HeaderName", name), ("HeaderValue", "x"))))
            .ShouldBe([new Violation("integration.header_reserved", "HeaderName")]);
    }

    // Office and Manager read the whole address, its token included, and the signature.
    [Theory]
    [InlineData(Role.Office)]
    [InlineData(Role.Manager)]
    public async Task Who_is_no_administrator_sees_of_an_endpoint_its_host_and_no_signature(Role role)
    {
        await using var hub = await HubFixture.StartAsync();
        var (id, _) = await hub.ConnectAsync("webhook", ("Url", new Uri(hub.Server.Address, "hooks/T0AB12CD34EF56GH78IJ?token=s3cr%26et-t0ken&v=1").ToString()), ("HeaderValue", "Bearer b3arer"));
        await hub.SubscribeAsync(id, null, DossierPrepared.Name);
        // Many frameworks name the path in a 404.
        hub.Answer = (context, arrival) => SymphonicsPartner.JsonAsync(context, 404, $$"""{"error":"cannot POST {{arrival.Path}}","token":"s3cr&et-t0ken","hook":"T0AB12CD34EF56GH78IJ"}""");
        await SendOneAsync(hub);
        var full = await ExchangeAsync(hub, hub.Admin, id);
        full.Request!.ShouldContain("token=s3cr%26et-t0ken");
        var signature = full.Request!.Split('\n').Single(l => l.StartsWith("webhook-signature", StringComparison.Ordinal)).Split(' ')[1];
        var somebody = new Actor(null, "somebody", role, null, null, null, "c");
        var sheet = await SheetAsync(hub, somebody, id);
        var shown = await ExchangeAsync(hub, somebody, id);
        shown.Request!.ShouldStartWith($"POST {hub.Server.Address.GetLeftPart(UriPartial.Authority)}/…\n");
        var all = $"{shown.Request}{shown.Response}{sheet.Attempts.Single().Error}{sheet.LastError}";
        foreach (var secret in (string[])["s3cr", "T0AB12CD34EF56GH78IJ", "/hooks", signature, "b3arer"])
            all.ShouldNotContain(secret);
        all.ShouldContain("webhook-id: ");
        shown.Response!.ShouldContain("cannot POST");
        shown.Request!.ShouldContain(DossierPrepared.Name, Case.Sensitive, "the body stands as it is");
        WireFormat.Of(shown.Request).Curl.ShouldBeNull();
    }

    // The list of deliveries, alarms and mails repeat the reason, whoever reads them.
    [Fact]
    public async Task A_reason_in_the_far_side_s_words_is_kept_without_the_address_it_repeats()
    {
        await using var hub = await HubFixture.StartAsync();
        var (id, _) = await hub.ConnectAsync("partner", ("BaseUrl", new Uri(hub.Server.Address, "hooks/T0AB12CD34EF56GH78IJ").ToString()), ("Credential", "Bearer"), ("BearerToken", "b3arer"));
        await hub.Get<SubscriptionDesk>().AuthoriseAsync(hub.Admin, id, Enum.GetValues<DossierPart>(), "Contrat", null, Cancel);
        await hub.SubscribeAsync(id, null, DossierPrepared.Name);
        hub.Answer = (context, arrival) => SymphonicsPartner.JsonAsync(context, 422, $$$"""{"error":{"code":"INVALID","message":"refused at {{{arrival.Path}}}"}}""");
        await SendOneAsync(hub);
        var delivery = (await hub.DeliveriesAsync(id))[0];
        delivery.LastError.ShouldNotBeNull().ShouldContain("refused at");
        delivery.LastError!.ShouldNotContain("T0AB12CD34EF56GH78IJ");
        (await SheetAsync(hub, hub.Admin, id)).Attempts.Single().Error!.ShouldNotContain("T0AB12CD34EF56GH78IJ");
    }

    private static async Task SendOneAsync(HubFixture hub)
    {
        await hub.PrepareAsync();
        await hub.RouteAsync();
        await hub.SendAsync();
    }

    private static async Task<DeliverySheet> SheetAsync(HubFixture hub, Actor actor, Guid integration) =>
        (await hub.Get<DeliveryQueries>().FindAsync(actor, (await hub.DeliveriesAsync(integration))[0].Id, Cancel)).ShouldNotBeNull();

    private static async Task<AttemptExchange> ExchangeAsync(HubFixture hub, Actor actor, Guid integration) =>
        (await hub.Get<DeliveryQueries>().FindExchangeAsync(actor, (await SheetAsync(hub, actor, integration)).Attempts.Single().Id, Cancel)).ShouldNotBeNull();

    private static async Task ConfigureAsync(HubFixture hub, Guid id, params (string Setting, string Value)[] typed) => await hub.Get<IntegrationDesk>().ConfigureAsync(
        hub.Admin, id, (await hub.IntegrationAsync(id)).Version, typed.ToDictionary(t => t.Setting, t => (string?)t.Value), Cancel);

    private static async Task<IReadOnlyList<Violation>> RefusalsAsync(Func<Task> act)
    {
        try
        {
            await act();
            return [];
        }
        catch (RuleViolation refusal)
        {
            return refusal.Violations;
        }
    }
}

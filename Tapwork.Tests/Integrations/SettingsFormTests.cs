using System.Text.Json;
using Tapwork.Core;
using Tapwork.Infrastructure.Integrations;
using Tapwork.Infrastructure.Integrations.Partners;
using Tapwork.Infrastructure.Integrations.Webhook;
using Tapwork.Infrastructure.Webhooks;
using Tapwork.Web.Integrations;

namespace Tapwork.Tests.Integrations;

/// <summary>What is typed into a connector's form, and what becomes of it.</summary>
public class SettingsFormTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("https://partner.example/api", true)]
    [InlineData("http://127.0.0.1:5000", true)]
    [InlineData("https://", false)]
    [InlineData("ftp://partner.example", false)]
    [InlineData("//partner.example/api", false)]
    [InlineData("/etc/passwd", false)]
    [InlineData("partner.example", false)]
    [InlineData("mailto:a@partner.example", false)]
    public void An_address_is_one_of_http_that_names_a_host(string address, bool isOne) => new HttpAddressAttribute().IsValid(address).ShouldBe(isOne);

    [Fact]
    public async Task Every_field_of_every_connector_has_a_maximum_that_the_server_keeps_too()
    {
        await using var hub = await HubFixture.StartAsync();
        var fields = hub.Get<ConnectorList>().All.SelectMany(c => SettingsForm.Of(c.Settings).Select(f => (c.Settings, Field: f))).Where(f => f.Field.Kind is not (SettingKind.Choice or SettingKind.Switch)).ToList();
        fields.Count.ShouldBeGreaterThan(15);
        fields.Where(f => f.Field.Longest is null or > 10_000).Select(f => $"{f.Settings.Name}.{f.Field.Name}").ShouldBeEmpty();
        fields.Where(f => f.Field.Kind != SettingKind.Number && !f.Settings.GetProperty(f.Field.Name)!.IsDefined(typeof(System.ComponentModel.DataAnnotations.StringLengthAttribute), false))
            .Select(f => $"{f.Settings.Name}.{f.Field.Name}").ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_malformed_is_told_at_its_field_by_its_rule()
    {
        await using var hub = await HubFixture.StartAsync();
        var refusal = await Should.ThrowAsync<RuleViolation>(() => hub.ConnectAsync(
            "partner", ("BaseUrl", "ftp://partner.example"), ("Credential", "Bearer"), ("BearerToken", "b"), ("WebhookSecret", "whsec_short")));
        refusal.Violations.Select(v => (v.Field, v.Rule)).ShouldBe(
            [("BaseUrl", "integration.address_malformed"), ("WebhookSecret", "integration.webhook_secret_malformed")], ignoreOrder: true);
        var id = await BearerAsync(hub);
        (await Should.ThrowAsync<RuleViolation>(() => hub.Get<IntegrationDesk>().RotateAsync(hub.Admin, id, "WebhookSecret", "secret", TimeSpan.Zero, Cancel)))
            .Violations.Single().ShouldBe(new Violation("integration.webhook_secret_malformed", "WebhookSecret"), "a secret that is replaced is looked at in the same way");
    }

    // It was kept as an empty text, which is no address: the integration could not be read any more.
    [Fact]
    public async Task An_optional_text_that_is_emptied_is_nothing()
    {
        await using var hub = await HubFixture.StartAsync();
        var id = await BearerAsync(hub);
        await ConfigureAsync(hub, id, ("TokenUrl", "https://partner.example/token"));
        await ConfigureAsync(hub, id, ("TokenUrl", ""));
        var integration = await hub.IntegrationAsync(id);
        JsonDocument.Parse(integration.Settings).RootElement.GetProperty("TokenUrl").ValueKind.ShouldBe(JsonValueKind.Null);
        hub.Get<SettingsProtection>().Of<PartnerSettings>(integration).TokenUrl.ShouldBeNull();
        (await SheetAsync(hub, id)).Settings["TokenUrl"].ShouldBeEmpty();
    }

    [Fact]
    public async Task Another_way_of_signing_in_asks_for_what_it_needs_and_can_be_saved()
    {
        await using var hub = await HubFixture.StartAsync();
        var id = await BearerAsync(hub);
        (await AskedAsync("Bearer")).ShouldNotContain("BearerToken", "it is replaced where the secrets are");
        (await AskedAsync("Basic")).ShouldBe(["BaseUrl", "Credential", "TokenUrl", "User", "Password"]);
        (await Should.ThrowAsync<RuleViolation>(() => ConfigureAsync(hub, id, ("Credential", "Basic"), ("User", "tapwork")))).Violations.Single().Field.ShouldBe("Password");
        await ConfigureAsync(hub, id, ("Credential", "Basic"), ("User", "tapwork"), ("Password", "p"));
        hub.Get<SettingsProtection>().Of<PartnerSettings>(await hub.IntegrationAsync(id)).Password.ShouldBe("p");
        (await AskedAsync("Basic")).ShouldNotContain("Password");
        (await AskedAsync("Bearer")).ShouldContain("BearerToken", "it may be another one by now; left empty, the one that is there stays");
        await ConfigureAsync(hub, id, ("Credential", "Bearer"), ("BearerToken", ""));
        hub.Get<SettingsProtection>().Of<PartnerSettings>(await hub.IntegrationAsync(id)).BearerToken.ShouldBe("b");

        async Task<IEnumerable<string>> AskedAsync(string credential) =>
            hub.Get<ConnectorList>().Of("partner")!.Asked(new Dictionary<string, string?> { ["Credential"] = credential }, await SheetAsync(hub, id)).Select(f => f.Name);
    }

    [Fact]
    public void A_webhook_s_secret_is_one_of_its_standard()
    {
        new WebhookSecretAttribute().IsValid(StandardWebhook.NewSecret()).ShouldBeTrue();
        new WebhookSecretAttribute().IsValid("whsec_short").ShouldBeFalse();
        SettingsForm.Of(typeof(WebhookSettings)).Single(f => f.Name == "Url").Kind.ShouldBe(SettingKind.Address);
    }

    private static async Task<Guid> BearerAsync(HubFixture hub) =>
        (await hub.ConnectAsync("partner", ("BaseUrl", hub.Server.Address.ToString()), ("Credential", "Bearer"), ("BearerToken", "b"))).Id;

    private static async Task ConfigureAsync(HubFixture hub, Guid id, params (string Setting, string Value)[] typed) => await hub.Get<IntegrationDesk>().ConfigureAsync(
        hub.Admin, id, (await hub.IntegrationAsync(id)).Version, typed.ToDictionary(t => t.Setting, t => (string?)t.Value), Cancel);

    private static async Task<IntegrationSheet> SheetAsync(HubFixture hub, Guid id) =>
        (await hub.Get<IntegrationQueries>().FindAsync(hub.Admin, (await hub.IntegrationAsync(id)).Code, Cancel))!;
}

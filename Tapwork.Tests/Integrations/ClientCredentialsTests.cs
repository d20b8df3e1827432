using System.Text;
using Tapwork.Core;
using Tapwork.Infrastructure.Integrations;

namespace Tapwork.Tests.Integrations;

/// <summary>How a client shows itself to a token endpoint (RFC 6749, 2.3.1 and 3.3).</summary>
public class ClientCredentialsTests
{
    private const string Id = "client é:1", Secret = "Marker-1 +/&=%:";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task By_HTTP_Basic_id_and_secret_are_form_encoded_and_stand_nowhere_else()
    {
        await using var hub = await HubFixture.StartAsync();
        await ProbeAsync(hub, ("ClientAuthentication", "Basic"), ("Scope", "dossiers.write dossiers.read"));
        var asked = hub.Server.Arrivals.Single(a => a.Path == "/auth/token");
        asked.Headers["Authorization"].ShouldBe("Basic " + Convert.ToBase64String(Encoding.ASCII.GetBytes("client+%C3%A9%3A1:Marker-1+%2B%2F%26%3D%25%3A")));
        asked.Body.ShouldBe("grant_type=client_credentials&scope=dossiers.write+dossiers.read");
    }

    [Fact]
    public async Task By_form_they_stand_in_the_form_and_without_a_scope_none_is_sent()
    {
        await using var hub = await HubFixture.StartAsync();
        await ProbeAsync(hub);
        var asked = hub.Server.Arrivals.Single(a => a.Path == "/auth/token");
        asked.Headers.ContainsKey("Authorization").ShouldBeFalse();
        asked.Body.ShouldBe("grant_type=client_credentials&client_id=client+%C3%A9%3A1&client_secret=Marker-1+%2B%2F%26%3D%25%3A");
    }

    [Fact]
    public async Task What_a_token_endpoint_repeats_of_them_is_masked()
    {
        await using var hub = await HubFixture.StartAsync();
        var steps = await ProbeAsync(hub, "echo", ("ClientAuthentication", "Basic"));
        steps.ShouldContain(s => s.Said.Contains("***"));
        foreach (var form in (string[])[Secret, "Marker-1", Convert.ToBase64String(Encoding.ASCII.GetBytes("client+%C3%A9%3A1:Marker-1+%2B%2F%26%3D%25%3A"))])
            steps.ShouldAllBe(s => !s.Said.Contains(form));
    }

    [Theory]
    [InlineData("a  b")]
    [InlineData("a\"b")]
    [InlineData("a\\b")]
    [InlineData("é")]
    public async Task A_scope_of_other_characters_is_refused(string scope)
    {
        await using var hub = await HubFixture.StartAsync();
        (await Should.ThrowAsync<RuleViolation>(() => ConnectAsync(hub, ("Scope", scope)))).Violations.ShouldContain(v => v.Field == "Scope");
    }

    [Fact]
    public async Task Settings_from_before_go_on_by_form()
    {
        await using var hub = await HubFixture.StartAsync();
        var id = await ConnectAsync(hub);
        await hub.ChangeAsync(async db =>
        {
            var integration = (await db.Integrations.FindAsync([id], Cancel))!;
            integration.Configure(integration.Settings.Replace("\"ClientAuthentication\":\"Form\",", "", StringComparison.Ordinal), [], Given.Now);
        });
        await hub.Get<ConnectionTest>().RunAsync(hub.Admin, id, Cancel);
        hub.Server.Arrivals.Single(a => a.Path == "/auth/token").Body.ShouldContain("client_secret=");
    }

    private static async Task<Guid> ConnectAsync(HubFixture hub, params (string, string)[] more) => (await hub.ConnectAsync(
        "partner", [("BaseUrl", hub.Server.Address.ToString()), ("Credential", "OAuth2"), ("ClientId", Id), ("ClientSecret", Secret), .. more])).Id;

    private static Task<IReadOnlyList<TestStep>> ProbeAsync(HubFixture hub, params (string, string)[] more) => ProbeAsync(hub, null, more);

    private static async Task<IReadOnlyList<TestStep>> ProbeAsync(HubFixture hub, string? refusal, params (string, string)[] more)
    {
        var id = await ConnectAsync(hub, more);
        if (refusal is not null)
            hub.Answer = (context, arrival) => SymphonicsPartner.JsonAsync(context, 401, System.Text.Json.JsonSerializer.Serialize(new
            {
                error = new { message = $"{arrival.Headers["Authorization"]} {Secret} Marker-1+%2B%2F%26%3D%25%3A" },
            }));
        return await hub.Get<ConnectionTest>().RunAsync(hub.Admin, id, Cancel);
    }
}

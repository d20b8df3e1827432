using System.Text;
using Microsoft.AspNetCore.Http;
using Tapwork.Core.Accounts;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Dossiers;
using Tapwork.Core.Integrations;
using Tapwork.Core.Interventions;
using Tapwork.Core.Webhooks;
using Tapwork.Infrastructure.Integrations;
using Tapwork.Infrastructure.Integrations.Symphonics;
using Tapwork.Infrastructure.Webhooks;

namespace Tapwork.Tests.Integrations;

/// <summary>Odd but legal JSON, and what is none, at every call: never an exception, always a named outcome.</summary>
public class OddJsonTests
{
    private const string Ours = "0199c000-0000-7000-8000-0000000000aa-r1";

    private static readonly string Deep = string.Concat(Enumerable.Repeat("[", 200)) + string.Concat(Enumerable.Repeat("]", 200));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    // A body, and the id that stands in it; null for none that can be read.
    private static readonly (string Name, byte[] Body, string? Id)[] Bodies =
    [
        ("plain", Utf8("""{"id":"SYM-1"}"""), "SYM-1"),
        ("mark", [0xEF, 0xBB, 0xBF, .. Utf8("""{"id":"SYM-1"}""")], "SYM-1"),
        ("utf-16", [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes("""{"id":"SYM-1"}""")], "SYM-1"),
        ("utf-16 be", [.. Encoding.BigEndianUnicode.Preamble, .. Encoding.BigEndianUnicode.GetBytes("""{"id":"SYM-1"}""")], "SYM-1"),
        ("utf-16 without mark", Encoding.Unicode.GetBytes("""{"id":"SYM-1"}"""), "SYM-1"),
        ("number", Utf8("""{"id":4711}"""), "4711"),
        ("fraction", Utf8("""{"id":4711.0}"""), "4711.0"),
        ("more digits than a number holds", Utf8($$"""{"id":{{new string('9', 60)}}}"""), new string('9', 60)),
        ("half a pair", Utf8("""{"id":"a\ud800"}"""), "a\uFFFD"),
        ("the other half", Utf8("""{"id":"\uDC00a"}"""), "\uFFFDa"),
        ("halves in the wrong order", Utf8("""{"id":"\udc00\ud800"}"""), "\uFFFD\uFFFD"),
        ("a whole pair", Utf8("""{"id":"\ud83d\ude00"}"""), "\U0001F600"),
        ("no escape", Utf8("""{"id":"a\\ud800"}"""), "a\\ud800"),
        ("half a pair as a name", Utf8("""{"\ud800":1,"id":"SYM-1"}"""), "SYM-1"),
        ("half a pair elsewhere", Utf8("""{"note":"\ud800","error":{"message":"\ud800","details":[{"field":"\udc00","message":"\ud800"}]},"id":"SYM-1"}"""), "SYM-1"),
        ("NUL", Utf8("""{"id":"SYM\u0000-1","note":"\u0000"}"""), "SYM-1"),
        ("bytes that are no UTF-8", [.. Utf8("{\"id\":\"a"), 0xFF, .. Utf8("\"}")], "a\uFFFD"),
        ("twice", Utf8("""{"id":"old","id":"SYM-1"}"""), "SYM-1"),
        ("capitals", Utf8("""{"ID":"SYM-1"}"""), "SYM-1"),
        ("deep", Utf8($$"""{"id":"SYM-1","more":{{Deep}}}"""), "SYM-1"),
        ("huge numbers", Utf8("""{"id":"SYM-1","status":1e999,"created_at":-99999999999999999999999}"""), "SYM-1"),
        ("wrong types", Utf8("""{"id":"SYM-1","external_id":[],"status":{},"error":[1],"detail":{"loc":7},"message":true}"""), "SYM-1"),
        ("depth bomb", Utf8(new string('[', 100_000)), null),
        ("depth bomb of objects", Utf8(string.Concat(Enumerable.Repeat("{\"id\":", 30_000))), null),
        ("true as id", Utf8("""{"id":true}"""), null),
        ("list as id", Utf8("""{"id":["SYM-1"]}"""), null),
        ("object as id", Utf8("""{"id":{"id":"SYM-1"}}"""), null),
        ("null as id", Utf8("""{"id":null}"""), null),
        ("blank as id", Utf8("""{"id":"  "}"""), null),
        ("id too long", Utf8($$"""{"id":"{{new string('x', 101)}}"}"""), null),
        ("empty object", Utf8("{}"), null),
        ("text", Utf8("\"SYM-1\""), null),
        ("only half a pair", Utf8("\"\\ud800\""), null),
        ("top-level number", Utf8("4711"), null),
        ("true", Utf8("true"), null),
        ("null", Utf8("null"), null),
        ("list", Utf8("[]"), null),
        ("list of objects", Utf8("""[{"id":"SYM-1"}]"""), null),
        ("nothing", [], null),
        ("a blank", Utf8(" "), null),
        ("only the mark", [0xEF, 0xBB, 0xBF], null),
        ("half of utf-16", [0xFF, 0xFE, 0x7B], null),
        ("cut", Utf8("""{"id":"SYM-1"""), null),
        ("cut escape", Utf8("{\"id\":\"\\ud8"), null),
        ("more behind it", Utf8("""{"id":"SYM-1"} x"""), null),
        ("NUL as it is", [.. Utf8("{\"id\":\"SYM"), 0, .. Utf8("\"}")], null),
        ("page", Utf8("<html>Back soon</html>"), null),
    ];

    [Fact]
    public async Task Every_answer_of_Symphonics_has_its_outcome()
    {
        var (body, status, kind) = (Bodies[0].Body, 200, "");
        await using var partner = await SymphonicsPartner.AnswersAsync(async (context, arrival) =>
        {
            if (arrival.Path.StartsWith("/auth", StringComparison.Ordinal))
                return false;
            if (kind == "GET" ? arrival.Method == "GET" : arrival.Method == "POST" || arrival.Path.StartsWith("/validation", StringComparison.Ordinal))
                await WriteAsync(context, status, body);
            else
                await SymphonicsPartner.JsonAsync(context, arrival.Method == "POST" ? 409 : 200, arrival.Method == "POST" ? """{"id":"SYM-9"}""" : $$"""{"external_id":"{{Ours}}"}""");
            return true;
        });
        var checks = partner.Get<SymphonicsChecks>();
        foreach (var (name, bytes, id) in Bodies)
        {
            body = bytes;
            (kind, status) = ("POST", 201);
            var sent = await partner.OutcomeAsync();
            if (id is null)
                sent.ShouldBeOfType<DeliveryOutcome.TryLater>(name);
            else
                sent.ShouldBe(new DeliveryOutcome.Accepted(id), name);
            status = 409;
            var conflict = await partner.OutcomeAsync();
            if (id is null)
                conflict.ShouldBeOfType<DeliveryOutcome.Uncertain>(name);
            else
                conflict.ShouldBe(new DeliveryOutcome.Accepted(id), name);
            status = 422;
            (await partner.OutcomeAsync()).ShouldBeOfType<DeliveryOutcome.Refused>(name);
            (kind, status) = ("GET", 200);
            (await partner.OutcomeAsync()).ShouldBeOfType(LenientJson.Parse(bytes) is null ? typeof(DeliveryOutcome.TryLater) : typeof(DeliveryOutcome.Uncertain), name);
            (kind, status) = ("validation", 200);
            (await checks.CheckPdlAsync("12345678901234", Given.Office, Cancel)).State.ShouldBe(PdlState.Unchecked, name);
            (await checks.FindPdlAsync(new PdlPlace("1 rue", "69003", "Lyon"), "Durand", Given.Office, Cancel)).ShouldBeNull(name);
            (await checks.CheckAccountAsync("a@x.fr", Given.Office, Cancel)).State.ShouldBe(AccountState.Unchecked, name);
        }
    }

    [Theory]
    [InlineData("""{"valid":true}""", PdlState.Valid)]
    [InlineData("""{"valid":"true","address":[1],"meter_type":7}""", PdlState.Valid)]
    [InlineData("""{"valid":false,"message":"\ud800"}""", PdlState.Invalid)]
    [InlineData("""{"valid":null}""", PdlState.Unchecked)]
    [InlineData("""{"valid":[]}""", PdlState.Unchecked)]
    [InlineData("""{"valid":"perhaps"}""", PdlState.Unchecked)]
    public void A_word_about_a_delivery_point_is_one_only_if_it_can_be_read(string body, PdlState state) =>
        (PdlAnswer.Read(Utf8(body))!.Valid switch { true => PdlState.Valid, false => PdlState.Invalid, _ => PdlState.Unchecked }).ShouldBe(state);

    [Theory]
    [InlineData("3600", 3600)]
    [InlineData("3600.0", 3600)]
    [InlineData("3600.5", 3600.5)]
    [InlineData("\"3600\"", 3600)]
    [InlineData("\" 3600 \"", 3600)]
    [InlineData("\"3600.5\"", 3600.5)]
    [InlineData("0.2", 1)]
    [InlineData("1e300", 86400)]
    [InlineData("99999999999999999999", 86400)]
    [InlineData("1e999", 300)]
    [InlineData("\"\"", 300)]
    [InlineData("\"soon\"", 300)]
    [InlineData("\"NaN\"", 300)]
    [InlineData("null", 300)]
    [InlineData("true", 300)]
    [InlineData("[]", 300)]
    [InlineData("{}", 300)]
    [InlineData("0", 300)]
    [InlineData("-1", 300)]
    public void A_token_lives_as_long_as_can_be_read(string expires, double seconds) =>
        TokenAnswer.Read(Utf8($$"""{"access_token":"t","expires_in":{{expires}}}""")).ShouldBe(new TokenAnswer("t", TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData("""{"access_token":"t"}""", true)]
    [InlineData("""{"access_token":4711,"token_type":[],"scope":{}}""", true)]
    [InlineData("""{"access_token":"a\nb"}""", false)]
    [InlineData("""{"access_token":"é"}""", false)]
    [InlineData("""{"access_token":"\ud800"}""", false)]
    [InlineData("""{"access_token":""}""", false)]
    [InlineData("""{"access_token":null}""", false)]
    [InlineData("""{"access_token":["t"]}""", false)]
    [InlineData("[]", false)]
    [InlineData("null", false)]
    [InlineData("", false)]
    [InlineData("<html>", false)]
    public async Task A_token_that_no_header_can_bear_is_none_and_is_asked_for_later(string body, bool isOne)
    {
        await using var partner = await SymphonicsPartner.AnswersAsync(async (context, arrival) =>
        {
            if (arrival.Path != "/auth/token")
                return false;
            await SymphonicsPartner.JsonAsync(context, 200, body);
            return true;
        });
        (await partner.OutcomeAsync()).ShouldBeOfType(isOne ? typeof(DeliveryOutcome.Accepted) : typeof(DeliveryOutcome.TryLater));
    }

    [Fact]
    public async Task Every_answer_of_a_partner_and_of_an_endpoint_has_its_outcome()
    {
        await using var hub = await HubFixture.StartAsync();
        var (partner, _) = await hub.ConnectAsync("partner", ("BaseUrl", hub.Server.Address.ToString()), ("Credential", "Bearer"), ("BearerToken", "b"));
        var (endpoint, _) = await hub.WebhookAsync();
        await hub.Get<SubscriptionDesk>().AuthoriseAsync(hub.Admin, partner, Enum.GetValues<DossierPart>(), "Contrat", null, Cancel);
        foreach (var id in new[] { partner, endpoint })
            await hub.SubscribeAsync(id, null, DossierPrepared.Name);
        await hub.PrepareAsync();
        await hub.RouteAsync();
        var (toPartner, toEndpoint) = ((await hub.DeliveriesAsync(partner)).Single(), (await hub.DeliveriesAsync(endpoint)).Single());
        var connectors = hub.Get<IEnumerable<IConnector>>().ToDictionary(c => c.Descriptor.Key);
        var (atPartner, atEndpoint) = (await hub.IntegrationAsync(partner), await hub.IntegrationAsync(endpoint));
        foreach (var (name, body, id) in Bodies)
        {
            hub.Answer = (context, _) => WriteAsync(context, 201, body);
            (await connectors["webhook"].SendAsync(atEndpoint, toEndpoint, Cancel)).Outcome.ShouldBeOfType<DeliveryOutcome.Accepted>(name);
            var sent = (await connectors["partner"].SendAsync(atPartner, toPartner, Cancel)).Outcome;
            // A partner need give no id; what is no JSON object is not its word.
            if (LenientJson.Parse(body) is null && body.Length > 0)
                sent.ShouldBeOfType<DeliveryOutcome.TryLater>(name);
            else
                sent.ShouldBe(new DeliveryOutcome.Accepted(id), name);
            hub.Answer = (context, _) => WriteAsync(context, 422, body);
            (await connectors["partner"].SendAsync(atPartner, toPartner, Cancel)).Outcome.ShouldBeOfType<DeliveryOutcome.Refused>(name);
        }
    }

    [Fact]
    public async Task Every_call_from_outside_has_its_reception_and_is_processed()
    {
        await using var hub = await HubFixture.StartAsync();
        var (symphonics, _) = await hub.ConnectAsync("symphonics", ("BaseUrl", "https://symphonics.example"), ("ClientId", "c"), ("ClientSecret", "s"), ("WebhookSecret", "shared"));
        var (partner, made) = await hub.ConnectAsync("partner", ("BaseUrl", "https://partner.example"), ("Credential", "Bearer"), ("BearerToken", "b"));
        var code = (await hub.IntegrationAsync(partner)).Code;
        var unix = hub.Clock.GetUtcNow().ToUnixTimeSeconds();
        string[] stamps = [$"{unix}", $"{unix}.25", $"\"{unix}\"", $"{unix}000", $"\"{unix}123\"", $"{unix}000000", $"\"{hub.Clock.GetUtcNow():O}\"", $"\"{hub.Clock.GetUtcNow():yyyy-MM-dd HH:mm:ss}\""];
        string[] none = ["null", "true", "[]", "{}", "\"\"", "\"soon\"", "\"12:30\"", "-1", "0", "1e300", "1e999", "\"9999-12-31T23:59:59-14:00\"", "\"0001-01-01T00:00:00+14:00\""];
        foreach (var stamp in stamps)
            (await SymphonicsAsync(Utf8($$"""{"event":"intervention.status_update","timestamp":{{stamp}},"external_id":"x","new_status":"approved","notes":"{{stamp.Length}}"}"""))).ShouldBe(WebhookReception.Stored, stamp);
        foreach (var stamp in none)
            (await SymphonicsAsync(Utf8($$"""{"event":"intervention.status_update","timestamp":{{stamp}},"external_id":"x","new_status":"approved"}"""))).ShouldBeOneOf([WebhookReception.Malformed, WebhookReception.Stale], stamp);
        foreach (var (name, body, _) in Bodies)
        {
            (await SymphonicsAsync(body)).ShouldBe(WebhookReception.Malformed, name);
            (await PartnerAsync(body, name)).ShouldBe(WebhookReception.Malformed, name);
        }
        foreach (var odd in (string[])["\\ud800", "\\u0000", "\\ud800\\u0000"])
        {
            (await SymphonicsAsync(Utf8($$"""{"event":"intervention.status_update","timestamp":{{unix}},"external_id":"x{{odd}}","new_status":"{{odd}}a","notes":"{{odd}}","{{odd}}":1}"""))).ShouldBe(WebhookReception.Stored, odd);
            (await PartnerAsync(Utf8($$$"""{"type":"dossier.status{{{odd}}}","timestamp":{{{unix}}}000,"data":{"external_id":"x{{{odd}}}","status":"{{{odd}}}","notes":"{{{odd}}}"}}"""), odd)).ShouldBe(WebhookReception.Stored, odd);
        }
        (await SymphonicsAsync([0xEF, 0xBB, 0xBF, .. Utf8($$"""{"event":"intervention.status_update","timestamp":{{unix}},"external_id":"mark","new_status":4}""")])).ShouldBe(WebhookReception.Stored);
        (await SymphonicsAsync(Encoding.Unicode.GetBytes($$"""{"event":"intervention.status_update","timestamp":{{unix}},"external_id":"wide","new_status":"a"}"""))).ShouldBe(WebhookReception.Stored);
        (await PartnerAsync(Utf8("""{"type":"t","data":[]}"""), "no data", $"{unix}123")).ShouldBe(WebhookReception.Stored, "milliseconds in the header");
        await hub.Get<ProcessInboundCallsJob>().RunAsync(Cancel);
        await using var db = hub.Open();
        var calls = db.InboundCalls.ToList();
        calls.ShouldAllBe(c => c.Status == InboundStatus.Ignored && c.Tries == 1);
        calls.ShouldAllBe(c => !c.Body.Contains('\0') && !c.Body.StartsWith('\uFEFF'));

        Task<WebhookReception> SymphonicsAsync(byte[] body) => ReceiveAsync("symphonics", body, new()
        {
            ["X-Symphonics-Signature"] = Convert.ToHexStringLower(System.Security.Cryptography.HMACSHA256.HashData("shared"u8, body)),
        });

        Task<WebhookReception> PartnerAsync(byte[] body, string id, string? stamp = null)
        {
            var at = stamp ?? $"{unix}";
            var mac = System.Security.Cryptography.HMACSHA256.HashData(StandardWebhook.KeyOf(made["WebhookSecret"])!, (byte[])[.. Encoding.UTF8.GetBytes($"{id}.{at}."), .. body]);
            return ReceiveAsync(code, body, new() { ["webhook-id"] = id, ["webhook-timestamp"] = at, ["webhook-signature"] = $"v1,{Convert.ToBase64String(mac)}" });
        }

        Task<WebhookReception> ReceiveAsync(string source, byte[] body, Dictionary<string, string> headers) =>
            hub.Get<WebhookInbox>().ReceiveAsync(source, headers.GetValueOrDefault, body, Actor.System("webhook"), Cancel);
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private static async Task WriteAsync(HttpContext context, int status, byte[] body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }
}

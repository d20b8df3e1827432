using System.Text.Json;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using Tapwork.Core.Accounts;
using Tapwork.Tests.Shell;

namespace Tapwork.Tests.Integrations;

/// <summary>From nothing to a partner and an endpoint that get everything, through a break and a rotated secret, in the browser.</summary>
[Collection(BrowserTests.Name)]
public sealed class IntegrationJourneyTests(BrowserFixture browsers)
{
    private const string SandboxSecret = "sandbox-partner-secret";

    [Theory]
    [InlineData("fr")]
    [InlineData("en")]
    public async Task A_partner_and_an_endpoint_are_connected_allowed_broken_repaired_and_lose_nothing(string language)
    {
        Needs.Chromium();
        await using var app = await TapworkApp.StartAsync();
        var page = await browsers.SignedInAsync(app, Role.Admin, language);

        var partner = await ConnectAsync(page, "partner", "Éco Partenaire", ("BaseUrl", $"{app.Address}/sandbox/partner/eco"), ("BearerToken", SandboxSecret));
        await page.GetByTestId("test").ClickAsync();
        await Assertions.Expect(page.GetByTestId("steps").Locator("[data-passed='true']")).ToHaveCountAsync(3);
        await page.GotoAsync($"/integrations/{partner}?tab=subscriptions");
        await Assertions.Expect(page.GetByTestId("no-authorisation")).ToBeVisibleAsync();
        await page.GetByTestId("authorise").ClickAsync();
        await page.GetByTestId("grant").ClickAsync();
        await Assertions.Expect(page.Locator("#Ground-error")).ToBeVisibleAsync();
        await page.FillAsync("#Ground", "Contrat du 3 mars");
        await page.PressAsync("#Ground", "Tab");
        await page.GetByTestId("grant").ClickAsync();
        await Assertions.Expect(page.GetByTestId("authorisation")).ToContainTextAsync("Contrat du 3 mars");
        await SubscribeAsync(page, partner, "dossier.prepared");
        await page.GotoAsync($"/integrations/{partner}?tab=settings");
        // Sixteen failures open the breaker: they are to come quickly.
        await page.FillAsync("#RetrySchedule", string.Join(' ', Enumerable.Repeat("1s", 30)));
        await page.PressAsync("#RetrySchedule", "Tab");
        await page.GetByTestId("save-pace").ClickAsync();
        await SwitchOnAsync(page, partner);

        var endpoint = await ConnectAsync(page, "webhook", "Éco Webhook", ("Url", $"{app.Address}/sandbox/webhook/eco"));
        await SubscribeAsync(page, endpoint, "dossier.prepared");
        await SwitchOnAsync(page, endpoint);
        (await FinishAsync(page)).ShouldBe(1);
        await UntilAsync(page, async () => await CountAsync(page, "partner-dossiers") == 1 && await CountAsync(page, "messages") == 1);

        await page.GotoAsync("/alerts");
        var threshold = page.GetByTestId("rule-Breaker").Locator("input[type='number']");
        await threshold.FillAsync("0");
        await threshold.PressAsync("Tab");
        await Assertions.Expect(page.Locator(".mud-snackbar")).ToBeVisibleAsync();
        await page.Context.APIRequest.PostAsync("/sandbox/api/faults", new() { DataObject = new { down = true, area = "/partner" } });
        (await FinishAsync(page)).ShouldBe(1);
        await page.GotoAsync($"/integrations/{partner}");
        await Assertions.Expect(page.Locator(".title [data-state='Down']")).ToBeVisibleAsync(new() { Timeout = 90_000 });
        await UntilAsync(page, async () => await CountAsync(page, "messages") == 2);
        (await CountAsync(page, "partner-dossiers")).ShouldBe(1);
        await page.GotoAsync("/deliveries?status=Retrying");
        await Assertions.Expect(page.Locator("td [data-state='Retrying']")).ToHaveCountAsync(1);
        await UntilAsync(page, async () => (await ReadAsync(page, "mails")).Any(m => m.GetProperty("subject").GetString() is "Alerte : Éco Partenaire" or "Alert: Éco Partenaire"));

        await page.GotoAsync($"/integrations/{partner}");
        await Assertions.Expect(page.GetByTestId("reopen")).ToBeVisibleAsync();
        // Soon after this a probe reopens it by itself, and the button goes.
        await page.Context.APIRequest.PostAsync("/sandbox/api/faults", new() { DataObject = new { } });
        await page.GetByTestId("reopen").ClickAsync();
        await UntilAsync(page, async () => await CountAsync(page, "partner-dossiers") == 2);

        await page.GotoAsync($"/integrations/{endpoint}");
        await page.GetByTestId("secret-Secret").GetByRole(AriaRole.Button).ClickAsync();
        await page.GetByTestId("replace").ClickAsync();
        (await page.GetByTestId("made-Secret").InnerTextAsync()).ShouldStartWith("whsec_");
        await page.GetByTestId("copied").ClickAsync();
        // Every send reads the settings at most once a second.
        await page.WaitForTimeoutAsync(1500);
        (await FinishAsync(page)).ShouldBe(1);
        await UntilAsync(page, async () => await CountAsync(page, "messages") == 3);
        (await MessagesAsync(page)).Last().GetProperty("signatures").GetString()!.Split(' ').Length.ShouldBe(2, "both secrets sign");
        (await MessagesAsync(page)).ShouldAllBe(m => m.GetProperty("arrivals").GetInt32() == 1);
        await page.Context.DisposeAsync();
    }

    [Theory]
    [InlineData("fr", 1280, false)]
    [InlineData("en", 390, true)]
    public async Task Nobody_is_kept_out_of_the_pages_of_integrations(string language, int width, bool isDark)
    {
        Needs.Chromium();
        var page = await browsers.SignedInAsync(await browsers.AppAsync(), Role.Admin, language, width, isDark);
        foreach (var path in (string[])["/integrations", "/integrations/new", "/integrations/new?kind=partner", "/integrations/req-i-001", "/integrations/REQ-I-001?tab=settings",
            "/integrations/REQ-I-001?tab=register", "/integrations/REQ-I-001?tab=documentation", "/integrations/REQ-I-001/attempts?fault=Rate&span=Month", "/integrations/matrix", "/integrations/events", "/alerts", "/tasks", "/log", "/inbound", "/sandbox/partners"])
        {
            await page.GotoAsync(path);
            await page.WaitForSelectorAsync("main h1");
            await page.WaitForFunctionAsync("!document.querySelector('.skeleton')");
            (await page.RunAxe()).Violations.Select(v => $"{path}: {v.Id} {v.Nodes[0].Html}").ShouldBeEmpty();
            (await page.EvaluateAsync<int>("document.documentElement.scrollWidth")).ShouldBeLessThanOrEqualTo(width, path);
        }
        await page.Context.DisposeAsync();
    }

    [Fact]
    public async Task The_register_s_sheet_is_a_file_that_names_no_secret()
    {
        Needs.Chromium();
        var page = await browsers.SignedInAsync(await browsers.AppAsync(), Role.Admin, "en");
        var answer = await page.Context.APIRequest.GetAsync("/integrations/REQ-I-001/register.md");
        answer.Headers["content-disposition"].ShouldContain("REQ-I-001-symphonics.md");
        var text = await answer.TextAsync();
        text.ShouldStartWith("# REQ-I-001 Symphonics");
        text.ShouldContain("| `customer.last_name` | string, required |");
        text.ShouldNotContain("sandbox-secret");
        await page.Context.DisposeAsync();
    }

    private static async Task<string> ConnectAsync(IPage page, string kind, string name, params (string Setting, string Value)[] settings)
    {
        await page.GotoAsync("/integrations/new");
        await page.GetByTestId($"kind-{kind}").ClickAsync();
        await page.FillAsync("#Name", name);
        if (kind == "partner")
            await page.SelectOptionAsync("#setting-Credential", "Bearer");
        foreach (var (setting, value) in settings)
        {
            await page.FillAsync($"#setting-{setting}", value);
            await page.PressAsync($"#setting-{setting}", "Tab");
        }
        await page.GetByTestId("connect").ClickAsync();
        await page.GetByTestId("copied").ClickAsync();
        await page.WaitForURLAsync(url => url.Contains("/integrations/REQ-I-", StringComparison.Ordinal));
        await page.WaitForSelectorAsync(".tabs");
        (await page.ContentAsync()).ShouldNotContain(SandboxSecret);
        return new Uri(page.Url).Segments[^1];
    }

    private static async Task SubscribeAsync(IPage page, string code, string topic)
    {
        await page.GotoAsync($"/integrations/{code}?tab=subscriptions");
        await page.GetByTestId("subscribe").ClickAsync();
        await page.CheckAsync($"#Topics input[value='{topic}']");
        await page.GetByTestId("save-subscription").ClickAsync();
        await Assertions.Expect(page.GetByTestId("subscription")).ToHaveCountAsync(1);
    }

    private static async Task SwitchOnAsync(IPage page, string code)
    {
        await page.GotoAsync($"/integrations/{code}");
        await page.GetByTestId("switch").ClickAsync();
        await Assertions.Expect(page.Locator(".title [data-state='Off']")).ToHaveCountAsync(0);
    }

    // Finishes one intervention that is ready: its dossier goes out.
    private static async Task<int> FinishAsync(IPage page)
    {
        await page.GotoAsync("/interventions?status=InvoiceSent");
        await page.WaitForSelectorAsync("td a");
        foreach (var link in await page.Locator("td a").EvaluateAllAsync<string[]>("links => links.map(a => a.getAttribute('href'))"))
        {
            await page.GotoAsync($"/{link.TrimStart('/')}");
            await page.WaitForSelectorAsync("[data-testid='next']");
            if (await page.Locator("[data-testid='missing']").CountAsync() > 0)
                continue;
            await page.GetByTestId("next").ClickAsync();
            await Assertions.Expect(page.GetByTestId("status").Locator("[data-state='InvoiceSent']")).ToHaveCountAsync(0);
            return 1;
        }
        return 0;
    }

    private static async Task<JsonElement[]> MessagesAsync(IPage page) => await ReadAsync(page, "messages");

    private static async Task<int> CountAsync(IPage page, string what) => (await ReadAsync(page, what)).Length;

    private static async Task<JsonElement[]> ReadAsync(IPage page, string what) =>
        JsonSerializer.Deserialize<JsonElement[]>(await (await page.Context.APIRequest.GetAsync($"/sandbox/api/{what}")).TextAsync())!;

    private static async Task UntilAsync(IPage page, Func<Task<bool>> isSo)
    {
        for (var i = 0; i < 600 && !await isSo(); i++)
            await page.WaitForTimeoutAsync(200);
        (await isSo()).ShouldBeTrue();
    }
}

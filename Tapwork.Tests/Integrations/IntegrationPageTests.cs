using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using Tapwork.Core.Accounts;
using Tapwork.Tests.Shell;

namespace Tapwork.Tests.Integrations;

/// <summary>Subscriptions and settings that are changed later, on a small screen and with the keyboard.</summary>
[Collection(BrowserTests.Name)]
public sealed class IntegrationPageTests(BrowserFixture browsers)
{
    [Fact]
    public async Task A_subscription_is_edited_tried_dry_and_caught_up()
    {
        Needs.Chromium();
        await using var app = await TapworkApp.StartAsync();
        var page = await browsers.SignedInAsync(app, Role.Admin, "fr", 390);
        var code = await ConnectAsync(page, "webhook", ("Url", $"{app.Address}/sandbox/webhook/page"));
        await page.GotoAsync($"/integrations/{code}?tab=subscriptions");
        await page.GetByTestId("subscribe").ClickAsync();
        await page.CheckAsync("#Topics input[value='dossier.prepared']");
        await page.GetByTestId("save-subscription").ClickAsync();
        await Assertions.Expect(page.GetByTestId("subscription")).ToHaveCountAsync(1);

        await page.GetByTestId("edit-subscription").FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator("#Topics input").First).ToBeFocusedAsync();
        await Assertions.Expect(page.Locator("#Topics input[value='dossier.prepared']")).ToBeCheckedAsync();
        await TypeAsync(page, "#PostcodePrefixes", "69, 7A");
        await page.GetByTestId("save-subscription").ClickAsync();
        await Assertions.Expect(page.Locator("#PostcodePrefixes-error")).ToBeVisibleAsync();
        await page.GetByTestId("wrong-fields").GetByRole(AriaRole.Button).ClickAsync();
        await Assertions.Expect(page.Locator("#PostcodePrefixes")).ToBeFocusedAsync();
        (await page.RunAxe()).Violations.Select(v => $"{v.Id} {v.Nodes[0].Html}").ShouldBeEmpty();
        (await page.EvaluateAsync<string[]>("[...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > innerWidth && !e.closest('.grid, .visually-hidden, nav.tabs')).map(e => e.outerHTML.slice(0, 80))"))
            .ShouldBeEmpty("nothing is cut off");
        await TypeAsync(page, "#PostcodePrefixes", "");
        await page.CheckAsync("#Topics input[value='dossier.accepted']");
        await page.Keyboard.PressAsync("Control+s");
        await Assertions.Expect(page.GetByTestId("subscription-form")).ToHaveCountAsync(0);
        await Assertions.Expect(page.GetByTestId("subscription")).ToContainTextAsync("Dossier accept");

        await page.GetByTestId("preview").ClickAsync();
        await Assertions.Expect(page.GetByTestId("preview-count")).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByText("Comme si les abonnements actuels")).ToBeVisibleAsync();
        await TypeAsync(page, "#since", TimeProvider.System.GetUtcNow().AddDays(-30).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture));
        await Assertions.Expect(page.GetByTestId("catch-up-later")).ToBeVisibleAsync();
        await page.GetByTestId("catch-up").ClickAsync();
        await Assertions.Expect(page.Locator(".mud-snackbar").Filter(new() { HasText = "continue si vous quittez la page" })).ToHaveCountAsync(1);
        await page.GotoAsync("/notifications");
        await Assertions.Expect(page.GetByText("Le rattrapage est terminé").First).ToBeVisibleAsync();
        await page.Context.DisposeAsync();
    }

    [Fact]
    public async Task A_partner_s_way_of_signing_in_is_changed_with_its_secret()
    {
        Needs.Chromium();
        await using var app = await TapworkApp.StartAsync();
        var page = await browsers.SignedInAsync(app, Role.Admin, "en", 390);
        var code = await ConnectAsync(page, "partner", ("Credential", "Bearer"), ("BaseUrl", $"{app.Address}/sandbox/partner/page"), ("BearerToken", "sandbox-partner-secret"));
        await page.GotoAsync($"/integrations/{code}?tab=settings");
        await Assertions.Expect(page.Locator("#setting-BearerToken")).ToHaveCountAsync(0);
        await page.SelectOptionAsync("#setting-Credential", "Basic");
        await TypeAsync(page, "#setting-User", "tapwork");
        await TypeAsync(page, "#setting-BaseUrl", "ftp://partner.example");
        await page.GetByTestId("save-settings").ClickAsync();
        await Assertions.Expect(page.Locator("#setting-Password-error")).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator("#setting-BaseUrl-error")).ToContainTextAsync("https://");
        await page.GetByTestId("wrong-fields").GetByRole(AriaRole.Button).First.ClickAsync();
        await Assertions.Expect(page.Locator("#setting-BaseUrl")).ToBeFocusedAsync();
        await TypeAsync(page, "#setting-BaseUrl", $"{app.Address}/sandbox/partner/page");
        await TypeAsync(page, "#setting-Password", "sandbox-partner-secret");
        await page.GetByTestId("save-settings").ClickAsync();
        await Assertions.Expect(page.Locator("#setting-Password")).ToHaveCountAsync(0);
        await page.GotoAsync("/integrations");
        await Assertions.Expect(page.GetByTestId("spark").Last.GetByRole(AriaRole.Img, new() { Name = "No send in 24 hours" })).ToHaveCountAsync(1);
        await page.Context.DisposeAsync();
    }

    private static async Task<string> ConnectAsync(IPage page, string kind, params (string Setting, string Value)[] settings)
    {
        await page.GotoAsync($"/integrations/new?kind={kind}");
        await TypeAsync(page, "#Name", "Éco Page");
        foreach (var (setting, value) in settings)
            if (setting == "Credential")
                await page.SelectOptionAsync("#setting-Credential", value);
            else
                await TypeAsync(page, $"#setting-{setting}", value);
        await page.GetByTestId("connect").ClickAsync();
        await page.GetByTestId("copied").ClickAsync();
        await page.WaitForURLAsync(url => url.Contains("/integrations/REQ-I-", StringComparison.Ordinal));
        await page.WaitForSelectorAsync(".tabs");
        return new Uri(page.Url).Segments[^1];
    }

    private static async Task TypeAsync(IPage page, string field, string text)
    {
        await page.FillAsync(field, text);
        await page.PressAsync(field, "Tab");
    }
}

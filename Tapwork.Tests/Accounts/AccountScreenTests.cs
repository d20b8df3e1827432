using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using Tapwork.Core.Accounts;
using Tapwork.Tests.Shell;

namespace Tapwork.Tests.Accounts;

[Collection(BrowserTests.Name)]
public sealed class AccountScreenTests(BrowserFixture browsers)
{
    [Fact]
    public async Task An_administrator_invites_a_person_suspends_them_and_their_open_page_closes()
    {
        Needs.Chromium();
        var app = await browsers.AppAsync();
        var admin = await browsers.SignedInAsync(app, Role.Admin);
        await admin.GotoAsync("/users/new");
        await admin.ClickAsync("[data-testid='save']");
        await admin.WaitForSelectorAsync("#Name-error");
        await admin.FillAsync("#Name", "Nadia Roux");
        await admin.FillAsync("#Email", "nadia@tapwork.example");
        await admin.SelectOptionAsync("#Role", "Office");
        await admin.Keyboard.PressAsync("Control+s");
        await admin.WaitForSelectorAsync("[data-state='Invited']");

        var link = await LinkAsync(app, "nadia@tapwork.example");
        await using var theirs = await browsers.NewContextAsync(app);
        var nadia = await theirs.NewPageAsync();
        await nadia.GotoAsync(link);
        await nadia.FillAsync("#Password", "quatre chevaux bleus dansent");
        await nadia.ClickAsync("button.primary");
        await nadia.FillAsync("#Email", "nadia@tapwork.example");
        await nadia.FillAsync("#Password", "quatre chevaux bleus dansent");
        await nadia.ClickAsync("button.primary");
        await nadia.WaitForSelectorAsync(".rail");

        await admin.ReloadAsync();
        await admin.ClickAsync("[data-testid='suspend']");
        await admin.ClickAsync("[data-testid='confirm']");
        await admin.WaitForSelectorAsync("[data-state='Suspended']");
        // The open circuit, without a click of hers.
        await nadia.WaitForURLAsync(url => url.Contains("/sign-in", StringComparison.Ordinal), new PageWaitForURLOptions { Timeout = 90_000 });
        await admin.Context.DisposeAsync();
    }

    [Fact]
    public async Task What_is_typed_without_being_saved_is_not_left_by_accident()
    {
        Needs.Chromium();
        var page = await browsers.SignedInAsync(await browsers.AppAsync(), Role.Admin, "en");
        await page.GotoAsync("/users/new");
        await page.FillAsync("#Name", "Somebody");
        await page.Locator("#Name").BlurAsync();
        await page.ClickAsync("nav.rail a[href='interventions']");
        await page.ClickAsync(".mud-dialog .button:not(.danger)");
        (await page.InputValueAsync("#Name")).ShouldBe("Somebody");
        page.Url.ShouldEndWith("/users/new");
        await page.Context.DisposeAsync();
    }

    [Fact]
    public async Task The_search_opens_by_keyboard_keeps_every_letter_and_leads_to_the_record()
    {
        Needs.Chromium();
        var page = await browsers.SignedInAsync(await browsers.AppAsync(), Role.Admin, "en");
        await page.Keyboard.PressAsync("Control+k");
        await page.Keyboard.TypeAsync("karim benali", new KeyboardTypeOptions { Delay = 15 });
        await page.WaitForSelectorAsync("[data-testid='found']");
        (await page.InputValueAsync("#search-all")).ShouldBe("karim benali");
        await page.Keyboard.PressAsync("ArrowDown");
        await page.WaitForSelectorAsync("#search-all[aria-activedescendant='found-0']");
        // The delivery of his invitation comes before himself.
        for (var i = 1; await page.Locator("[data-testid='found'][href^='users/'][aria-selected='true']").CountAsync() == 0; i++)
        {
            await page.Keyboard.PressAsync("ArrowDown");
            await page.WaitForSelectorAsync($"#search-all[aria-activedescendant='found-{i}']");
        }
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForSelectorAsync("h1:has-text('Karim Benali')");
        await page.Context.DisposeAsync();
    }

    [Fact]
    public async Task A_field_that_a_person_went_to_while_the_page_arrived_keeps_the_focus()
    {
        Needs.Chromium();
        var page = await browsers.SignedInAsync(await browsers.AppAsync(), Role.Admin, "en");
        (await page.EvaluateAsync<bool>("document.activeElement.matches('h1')")).ShouldBeTrue();
        await page.AddInitScriptAsync("""
            new MutationObserver((_, watch) => {
              if (!document.querySelector("main h1")) return;
              watch.disconnect();
              document.getElementById("search-all").focus();
            }).observe(document, { childList: true, subtree: true });
            """);
        await page.ReloadAsync();
        await page.WaitForSelectorAsync("h1[tabindex='-1']");
        (await page.EvaluateAsync<string>("document.activeElement.id")).ShouldBe("search-all");
        await page.FillAsync("#search-all", "karim benali");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForSelectorAsync("h1[tabindex='-1']:focus:not(:has-text('Dashboard'))");
        await page.Context.DisposeAsync();
    }

    [Fact]
    public async Task The_search_opens_on_a_phone()
    {
        Needs.Chromium();
        var page = await browsers.SignedInAsync(await browsers.AppAsync(), Role.Office, "fr", width: 390);
        await page.ClickAsync("[data-search-open]");
        await page.Keyboard.TypeAsync("INT-", new KeyboardTypeOptions { Delay = 15 });
        await page.WaitForSelectorAsync("[data-testid='found']");
        await page.Context.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Axe_finds_nothing_serious(bool isDark)
    {
        Needs.Chromium();
        var app = await browsers.AppAsync();
        var found = new List<string>();
        var page = await browsers.SignedInAsync(app, Role.Admin, "fr", isDark: isDark);
        foreach (var path in (string[])["/", "/interventions", "/users", "/users/new", "/notifications", "/sandbox", "/sandbox/dossiers", "/sandbox/mail", "/sandbox/faults"])
            found.AddRange(await SeriousAsync(page, path));
        await page.ClickAsync("[data-testid='bell']");
        await page.WaitForSelectorAsync("#bell-panel");
        found.AddRange(await SeriousAsync(page, null));
        await page.Context.DisposeAsync();
        await using var nobody = await browsers.NewContextAsync(app, isDark: isDark);
        var plain = await nobody.NewPageAsync();
        foreach (var path in (string[])["/sign-in", "/account/recovery", "/account/choose-password", "/not-found"])
            found.AddRange(await SeriousAsync(plain, path));
        found.ShouldBeEmpty();
    }

    [Fact]
    public async Task Axe_finds_nothing_serious_on_the_set_up_page()
    {
        Needs.Chromium();
        await using var app = await TapworkApp.StartAsync(new Dictionary<string, string?> { ["Demo:Enabled"] = "false" });
        foreach (var isDark in (bool[])[false, true])
        {
            await using var context = await browsers.NewContextAsync(app, isDark: isDark);
            (await SeriousAsync(await context.NewPageAsync(), "/setup")).ShouldBeEmpty();
        }
    }

    private static async Task<IEnumerable<string>> SeriousAsync(IPage page, string? path)
    {
        if (path is not null)
        {
            await page.GotoAsync(path);
            await page.WaitForSelectorAsync("h1");
        }
        var result = await page.RunAxe(new AxeRunOptions { ResultTypes = [ResultType.Violations] });
        return result.Violations.Where(v => v.Impact is "serious" or "critical")
            .Select(v => $"{path}: {v.Id} {string.Join(" | ", v.Nodes.Take(3).Select(n => n.Html))}");
    }

    private async Task<string> LinkAsync(TapworkApp app, string email)
    {
        var page = await browsers.SignedInAsync(app, Role.Office);
        await page.GotoAsync($"/sandbox/mail?q={Uri.EscapeDataString(email)}");
        await page.ClickAsync("[data-testid='mail'] summary");
        var link = await page.GetAttributeAsync("[data-testid='mail'] pre a", "href");
        await page.Context.DisposeAsync();
        return link!;
    }
}

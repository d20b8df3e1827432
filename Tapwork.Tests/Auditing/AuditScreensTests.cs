using System.Text;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Data.Sqlite;
using Microsoft.Playwright;
using Tapwork.Core.Accounts;
using Tapwork.Tests.Shell;
using static Microsoft.Playwright.Assertions;

namespace Tapwork.Tests.Auditing;

/// <summary>What a manager does with the trail, in the browser.</summary>
[Collection(BrowserTests.Name)]
public sealed class AuditScreensTests(BrowserFixture browsers)
{
    private static readonly LocatorAssertionsToBeVisibleOptions Patience = new() { Timeout = 60_000 };

    [Theory]
    [InlineData("fr", "Piste d'audit", "a fait passer l'intervention", "Vérifiée jusqu'au", "Piste modifiée", "Entrée modifiée", "Aucune entrée ne correspond")]
    [InlineData("en", "Audit trail", "moved intervention", "Verified up to", "Trail tampered with", "Entry altered", "No entry matches")]
    public async Task A_manager_finds_believes_and_takes_away_what_happened(
        string language, string title, string moved, string verified, string broken, string altered, string nothing)
    {
        Needs.Chromium();
        await using var app = await TapworkApp.StartAsync();
        var page = await browsers.SignedInAsync(app, Role.Manager, language);
        await page.ClickAsync("nav a[href='audit']");
        await Expect(page.Locator("main h1")).ToHaveTextAsync(title);
        await Expect(Lines(page).First).ToBeVisibleAsync(Patience);
        // The demo's data is sealed by now or soon: what is searched by words must be.
        await Expect(page.GetByTestId("seal")).ToContainTextAsync(language == "fr" ? ", 0 en attente" : ", 0 waiting", new() { Timeout = 60_000 });
        await AxeAsync(page);

        await page.SelectOptionAsync("#field", "Status");
        await page.SelectOptionAsync("#kind", "Intervention");
        await Expect(Lines(page).Filter(new() { HasText = moved }).First).ToBeVisibleAsync(Patience);
        await page.FillAsync(".audit-filters input[type=search]", "publi");
        await Expect(page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("q=publi"));
        await Expect(Lines(page).Filter(new() { HasText = moved }).First).ToBeVisibleAsync(Patience);
        await page.FillAsync(".audit-filters input[type=search]", "zzzz");
        await Expect(page.GetByText(nothing)).ToBeVisibleAsync(Patience);
        await page.FillAsync(".audit-filters input[type=search]", "publi");
        await Expect(Lines(page).Filter(new() { HasText = moved }).First).ToBeVisibleAsync(Patience);

        await page.ClickAsync("[data-testid=save-view]");
        await page.FillAsync("#view-name", "Published");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator(".saved-view a")).ToHaveTextAsync("Published", new() { Timeout = 60_000 });
        await page.GotoAsync("/audit");
        await page.ClickAsync(".saved-view a");
        await Expect(page.Locator("#field")).ToHaveValueAsync("Status");

        var line = Lines(page).Filter(new() { HasText = moved }).First;
        await line.Locator("summary").ClickAsync();
        await Expect(line.Locator("dd.mono").First).ToBeVisibleAsync();
        await AxeAsync(page);
        (await DownloadAsync(page, "a[href*='export.json']")).ShouldContain("tapwork-audit-1");
        (await DownloadAsync(page, "a[href*='export.csv']")).ShouldContain(";Status;");
        (await DownloadAsync(page, "a[href*='export.pdf']")).ShouldStartWith("%PDF-");

        await line.Locator("> a").ClickAsync();
        await Expect(page.GetByTestId("record-history").Locator("li").First).ToBeVisibleAsync(Patience);
        await Expect(page.GetByTestId("as-it-was")).ToBeVisibleAsync(Patience);
        await page.GetByTestId("record-history").Locator("li").Last.Locator(".moments a").First.ClickAsync();
        await Expect(page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("at="));
        await page.GetByTestId("record-history").Locator("li").First.Locator(".moments a").Last.ClickAsync();
        await Expect(page.Locator("tr.differs[data-field=Status]")).ToBeVisibleAsync(Patience);
        await AxeAsync(page);

        await page.GotoAsync("/audit");
        await page.ClickAsync("[data-testid=verify]");
        await Expect(page.GetByTestId("verdict")).ToContainTextAsync(verified, new() { Timeout = 60_000 });
        await TamperAsync(app);
        await page.ClickAsync("[data-testid=verify]");
        await Expect(page.GetByTestId("verdict")).ToHaveTextAsync(broken, new() { Timeout = 60_000 });
        await Expect(page.GetByTestId("seal")).ToContainTextAsync(altered);
        await AxeAsync(page);
        await page.Context.DisposeAsync();
    }

    [Fact]
    public async Task Who_may_not_see_the_trail_gets_neither_page_nor_export()
    {
        Needs.Chromium();
        var app = await browsers.AppAsync();
        var page = await browsers.SignedInAsync(app, Role.Office);
        await Expect(page.Locator("nav a[href='audit']")).ToHaveCountAsync(0);
        foreach (var path in (string[])["/audit", "/audit/export.csv", "/audit/export.json", "/audit/export.pdf"])
        {
            var response = await page.Context.APIRequest.GetAsync(app.Address + path, new() { MaxRedirects = 0 });
            response.Status.ShouldBeOneOf([302, 403], path);
        }
        await page.Context.DisposeAsync();
    }

    [Fact]
    public async Task An_administrator_erases_what_a_person_asks_to_be_forgotten_and_a_manager_cannot()
    {
        Needs.Chromium();
        await using var app = await TapworkApp.StartAsync();
        var page = await browsers.SignedInAsync(app, Role.Admin, "en");
        await page.GotoAsync("/audit?kind=Intervention&action=created");
        await Lines(page).First.Locator("> a").ClickAsync();
        await Expect(page.Locator("[data-field=LastName] td").Nth(1)).Not.ToHaveTextAsync("(erased)", new() { Timeout = 60_000 });
        var address = page.Url;
        await page.ClickAsync("[data-testid=erase]");
        await page.SelectOptionAsync("#ask", "LastName");
        await page.ClickAsync("[data-testid=confirm]");
        await Expect(page.GetByText("1 value was erased.")).ToBeVisibleAsync(Patience);
        await Expect(page.Locator("[data-field=LastName] td").Nth(1)).ToHaveTextAsync("(erased)", new() { Timeout = 60_000 });
        await page.GotoAsync("/audit");
        await page.ClickAsync("[data-testid=verify]");
        await Expect(page.GetByTestId("verdict")).ToContainTextAsync("Verified up to", new() { Timeout = 60_000 });
        var manager = await browsers.SignedInAsync(app, Role.Manager, "en");
        await manager.GotoAsync(address);
        await Expect(manager.GetByTestId("record-history")).ToBeVisibleAsync(Patience);
        await Expect(manager.GetByTestId("erase")).ToHaveCountAsync(0);
        await manager.Context.DisposeAsync();
        await page.Context.DisposeAsync();
    }

    private static ILocator Lines(IPage page) => page.GetByTestId("audit-line");

    private static async Task<string> DownloadAsync(IPage page, string link)
    {
        await page.ClickAsync("[data-testid=export]");
        var download = await page.RunAndWaitForDownloadAsync(() => page.ClickAsync(link));
        await using var content = await download.CreateReadStreamAsync();
        using var text = new StreamReader(content, Encoding.UTF8);
        return await text.ReadToEndAsync(TestContext.Current.CancellationToken);
    }

    private static async Task TamperAsync(TapworkApp app)
    {
        await using var connection = new SqliteConnection($"Data Source={app.DatabaseFile}");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = """UPDATE "AuditEntries" SET "ActorName" = 'Nobody' WHERE "Sequence" = 5""";
        (await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken)).ShouldBe(1);
    }

    private static async Task AxeAsync(IPage page)
    {
        var result = await page.RunAxe(new AxeRunOptions { ResultTypes = [ResultType.Violations] });
        result.Violations.Select(v => $"{v.Id}: {v.Help} {string.Join(' ', v.Nodes.Select(n => n.Html))}").ShouldBeEmpty();
    }
}

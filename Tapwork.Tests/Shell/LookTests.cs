using Microsoft.Playwright;
using Tapwork.Core.Accounts;

namespace Tapwork.Tests.Shell;

/// <summary>Every page as people see it. With <c>TAPWORK_SCREENSHOTS</c> set to a folder, the pictures are kept there.</summary>
[Collection(BrowserTests.Name)]
public sealed class LookTests(BrowserFixture browsers)
{
    private static readonly (string Path, Role Role)[] Pages =
    [
        ("/", Role.Office), ("/interventions", Role.Office), ("/interventions/new", Role.Office), ("/deliveries", Role.Office), ("/deliveries/1", Role.Office),
        ("/reconciliation", Role.Office), ("/notifications", Role.Office), ("/sandbox", Role.Office), ("/sandbox/mail", Role.Office), ("/users", Role.Admin), ("/users/new", Role.Admin),
        ("/audit", Role.Manager), ("/integrations", Role.Admin), ("/integrations/new", Role.Admin), ("/integrations/new?kind=partner", Role.Admin), ("/integrations/REQ-I-001", Role.Admin),
        ("/integrations/REQ-I-001?tab=settings", Role.Admin), ("/integrations/REQ-I-001?tab=register", Role.Admin), ("/integrations/REQ-I-001?tab=documentation", Role.Admin),
        ("/integrations/matrix", Role.Admin), ("/alerts", Role.Admin), ("/tasks", Role.Admin), ("/log", Role.Admin), ("/inbound", Role.Office), ("/integrations/events", Role.Admin), ("/sandbox/partners", Role.Office),
        ("/", Role.Installer), ("/interventions", Role.Installer),
    ];

    [Theory]
    [InlineData("fr", 1280, false)]
    [InlineData("en", 390, true)]
    public async Task No_page_complains_is_cut_off_or_scrolls_sideways(string language, int width, bool isDark)
    {
        Needs.Chromium();
        var app = await browsers.AppAsync();
        foreach (var pages in Pages.GroupBy(p => p.Role))
        {
            var page = await browsers.SignedInAsync(app, pages.Key, language, width, isDark);
            var complaints = new List<string>();
            page.Console += (_, message) =>
            {
                if (message.Type == "error")
                    complaints.Add($"{page.Url}: {message.Text}");
            };
            page.PageError += (_, error) => complaints.Add($"{page.Url}: {error}");
            foreach (var (path, role) in pages)
                await LookAsync(page, path, $"{role}-{path.Trim('/').Replace('/', '-').Replace('?', '-')}-{language}-{width}{(isDark ? "-dark" : "")}");
            complaints.ShouldBeEmpty();
            await page.Context.DisposeAsync();
        }
    }

    private static async Task LookAsync(IPage page, string path, string name)
    {
        await page.GotoAsync(path);
        await page.WaitForSelectorAsync("main h1");
        await page.WaitForSelectorAsync(".skeleton", new PageWaitForSelectorOptions { State = WaitForSelectorState.Detached });
        if (Environment.GetEnvironmentVariable("TAPWORK_SCREENSHOTS") is { Length: > 0 } folder)
            await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(folder, $"{name}.png") });
        (await page.InnerTextAsync("main h1")).ShouldNotBeNullOrWhiteSpace(path);
        (await page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth")).ShouldBe(0, $"{path} scrolls sideways");
        // A key that has no text shows itself.
        (await page.InnerTextAsync("body")).ShouldNotMatch(@"(?<![\w@./-])(rule|audit|view|jobs|job|log|integration|alerts|alert|events|sandbox|interventions|deliveries|users|rail|shell|list|filter)\.[a-z_]+(?![\w@])", path);
    }
}

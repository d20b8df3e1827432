using Microsoft.Playwright;
using Tapwork.Core.Accounts;
using Tapwork.Tests.Shell;
using static Microsoft.Playwright.Assertions;

namespace Tapwork.Tests.Monitoring;

/// <summary>From a delivery to all that belongs to it, and back to what the application said, in the browser.</summary>
[Collection(BrowserTests.Name)]
public sealed class LogJourneyTests(BrowserFixture browsers)
{
    private static readonly LocatorAssertionsToHaveCountOptions Patience = new() { Timeout = 60_000 };

    [Theory]
    [InlineData("fr", 1280, "Rien dans cette période")]
    [InlineData("en", 390, "Nothing in this period")]
    public async Task A_delivery_leads_to_all_that_bears_its_correlation(string language, int width, string nothing)
    {
        Needs.Chromium();
        var page = await browsers.SignedInAsync(await browsers.AppAsync(), Role.Admin, language, width);
        await page.GotoAsync("/deliveries/1");
        await Expect(page.Locator(".timeline > li")).Not.ToHaveCountAsync(0, Patience);
        await page.GetByTestId("its-log").ClickAsync();
        var lines = page.GetByTestId("log-line");
        await Expect(page.Locator("[data-kind='Attempt']")).Not.ToHaveCountAsync(0);
        await Expect(page.Locator("[data-kind='Delivery'] a[href='deliveries/1']")).ToHaveCountAsync(1);
        var both = await lines.CountAsync();
        await page.CheckAsync("#kinds input[value='Delivery']");
        await Expect(page.Locator("[data-kind='Attempt']")).ToHaveCountAsync(0);
        (await lines.CountAsync()).ShouldBeLessThan(both);
        await lines.First.Locator("summary").ClickAsync();
        await lines.First.Locator("a[href^='deliveries/']").ClickAsync();
        await page.WaitForURLAsync(url => url.Contains("/deliveries/", StringComparison.Ordinal));

        await page.GotoAsync("/log?q=listens%20at");
        await Expect(page.Locator("[data-kind='Entry']")).ToHaveCountAsync(1, Patience);
        await page.FillAsync("#search", "nowhere to be found");
        await Expect(page.GetByText(nothing)).ToBeVisibleAsync();
        await page.Context.DisposeAsync();
    }
}

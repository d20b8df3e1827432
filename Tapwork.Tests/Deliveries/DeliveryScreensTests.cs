using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Tapwork.Core.Accounts;
using Tapwork.Tests.Shell;
using static Microsoft.Playwright.Assertions;

namespace Tapwork.Tests.Deliveries;

/// <summary>What the office does with deliveries, in the browser, against the sandbox and its faults.</summary>
[Collection(BrowserTests.Name)]
public sealed class DeliveryScreensTests(BrowserFixture browsers)
{
    private static readonly LocatorAssertionsToBeVisibleOptions Patience = new() { Timeout = 60_000 };

    [Theory]
    [InlineData("fr", "Refusé", "Livré", "est de nouveau en route")]
    [InlineData("en", "Refused", "Delivered", "on its way again")]
    public async Task A_refusal_shows_its_fields_live_and_a_replay_delivers(string language, string refused, string delivered, string replayed)
    {
        Needs.Chromium();
        await using var app = await TapworkApp.StartAsync();
        var page = await browsers.SignedInAsync(app, Role.Office, language);
        await page.GotoAsync("/deliveries?topic=dossier.prepared&status=Delivered");
        // The demo's own have gone by: the fault meets the replay.
        await Expect(page.Locator("tbody tr")).ToHaveCountAsync(7, new() { Timeout = 60_000 });
        await TellSandboxAsync(app, "faults/next?fault=Refuse422&times=1");
        await page.Locator("tbody tr td a").First.ClickAsync();
        await Expect(Chip(page, delivered)).ToBeVisibleAsync(Patience);
        await page.ClickAsync("[data-testid=more]");
        await page.GetByRole(AriaRole.Menuitem).First.ClickAsync();
        await Expect(Chip(page, refused)).ToBeVisibleAsync(Patience);
        await Expect(page.Locator(".missing.bad").GetByText("does not match the address")).ToBeVisibleAsync(Patience);
        await page.ClickAsync("[data-testid=more]");
        await page.GetByRole(AriaRole.Menuitem).First.ClickAsync();
        await Expect(page.GetByText(new Regex(replayed))).ToBeVisibleAsync(Patience);
        await Expect(Chip(page, delivered)).ToBeVisibleAsync(Patience);
        await Expect(page.Locator(".timeline > li")).ToHaveCountAsync(3);
        await page.Context.DisposeAsync();
    }

    [Fact]
    public async Task A_selection_and_all_of_a_filter_are_replayed()
    {
        Needs.Chromium();
        await using var app = await TapworkApp.StartAsync();
        var page = await browsers.SignedInAsync(app, Role.Office, "en");
        await page.GotoAsync("/deliveries?topic=dossier.prepared&status=Delivered");
        await Expect(page.Locator("tbody tr")).ToHaveCountAsync(7, new() { Timeout = 60_000 });
        await page.Locator("tbody input[type=checkbox]").Nth(0).CheckAsync();
        await page.Locator("tbody input[type=checkbox]").Nth(1).CheckAsync();
        await page.ClickAsync("[data-testid=replay-selected]");
        await Expect(page.GetByText("2 deliveries are on their way again.")).ToBeVisibleAsync(Patience);
        await page.ClickAsync("[data-testid=replay-all]");
        await page.ClickAsync("[data-testid=confirm]");
        await page.GotoAsync("/notifications");
        await Expect(page.GetByText(new Regex("The replay is finished"))).ToBeVisibleAsync(Patience);
        await page.Context.DisposeAsync();
    }

    [Fact]
    public async Task A_search_finds_by_reference_name_pdl_and_number_and_lives_in_the_address()
    {
        Needs.Chromium();
        var app = await browsers.AppAsync();
        var page = await browsers.SignedInAsync(app, Role.Office, "en");
        await page.GotoAsync("/deliveries?topic=dossier.prepared");
        var first = page.Locator("tbody tr").First;
        await Expect(first).ToContainTextAsync("INT-");
        var reference = Regex.Match(await first.InnerTextAsync(), @"INT-\d{4}-\d{6}").Value;
        await page.FillAsync("#search", reference);
        await Expect(page.Locator("tbody tr")).ToHaveCountAsync(1);
        page.Url.ShouldContain($"q={reference}");
        await page.ReloadAsync();
        await Expect(page.Locator("tbody tr")).ToHaveCountAsync(1);
        await page.FillAsync("#search", "no such thing");
        await Expect(page.GetByText("No delivery matches these filters.")).ToBeVisibleAsync();
        await page.Context.DisposeAsync();
    }

    [Fact]
    public async Task A_comparison_of_good_weather_is_clean_and_one_with_a_lost_dossier_is_not()
    {
        Needs.Chromium();
        await using var app = await TapworkApp.StartAsync();
        var page = await browsers.SignedInAsync(app, Role.Office, "en");
        await page.GotoAsync("/deliveries?topic=dossier.prepared&status=Delivered");
        await Expect(page.Locator("tbody tr")).ToHaveCountAsync(7, new() { Timeout = 60_000 });
        await page.GotoAsync("/reconciliation");
        await page.ClickAsync("[data-testid=compare]");
        await Expect(page.Locator("[data-testid=verdict]")).ToHaveTextAsync("Everything agrees", new() { Timeout = 60_000 });
        await TellSandboxAsync(app, "reset");
        await page.ClickAsync("[data-testid=compare]");
        // It goes on without the page, and its end is told.
        await page.GotoAsync("/notifications");
        await page.GetByText("The comparison is finished: something does not agree").ClickAsync(new() { Timeout = 60_000 });
        await Expect(page.Locator("[data-testid=verdict]")).ToHaveTextAsync("Something does not agree", new() { Timeout = 60_000 });
        await Expect(page.Locator(".findings .bad").First).ToContainTextAsync("dossiers the partner does not have");
        await page.Context.DisposeAsync();
    }

    private static ILocator Chip(IPage page, string text) => page.Locator(".title .chip", new() { HasText = text });

    private async Task TellSandboxAsync(TapworkApp app, string order)
    {
        var admin = await browsers.SignedInAsync(app, Role.Admin);
        var answer = await admin.Context.APIRequest.PostAsync($"/sandbox/api/{order}");
        answer.Ok.ShouldBeTrue(await answer.TextAsync());
        await admin.Context.DisposeAsync();
    }
}

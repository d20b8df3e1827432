using Tapwork.Core.Accounts;

namespace Tapwork.Tests.Shell;

[Collection(BrowserTests.Name)]
public sealed class ShellTests(BrowserFixture browsers)
{
    [Theory]
    [InlineData("fr", "Tableau de bord", "Envois")]
    [InlineData("en", "Dashboard", "Deliveries")]
    public async Task The_rail_speaks_the_person_s_language(string language, string dashboard, string deliveries)
    {
        Needs.Chromium();
        var page = await browsers.SignedInAsync(await browsers.AppAsync(), Role.Office, language);
        (await page.InnerTextAsync("nav.rail")).ShouldContain(dashboard);
        (await page.InnerTextAsync("nav.rail")).ShouldContain(deliveries);
        (await page.GetAttributeAsync("html", "lang")).ShouldBe(language);
        await page.Context.DisposeAsync();
    }

    [Fact]
    public async Task An_installer_sees_no_exchange_and_no_users()
    {
        Needs.Chromium();
        var page = await browsers.SignedInAsync(await browsers.AppAsync(), Role.Installer, "en");
        var rail = await page.InnerTextAsync("nav.rail");
        rail.ShouldContain("Interventions");
        rail.ShouldNotContain("Deliveries");
        rail.ShouldNotContain("Users");
        await page.Context.DisposeAsync();
    }

    [Fact]
    public async Task Nothing_is_fetched_from_elsewhere()
    {
        Needs.Chromium();
        var app = await browsers.AppAsync();
        await using var context = await browsers.NewContextAsync(app);
        var page = await context.NewPageAsync();
        var elsewhere = new List<string>();
        page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith(app.Address, StringComparison.Ordinal) && !request.Url.StartsWith("data:", StringComparison.Ordinal))
                elsewhere.Add(request.Url);
        };
        await page.GotoAsync("/sign-in");
        await page.ClickAsync("[data-demo='Office']");
        await page.WaitForSelectorAsync("main h1");
        await page.GotoAsync("/interventions");
        await page.WaitForSelectorAsync("td a");
        elsewhere.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_dark_theme_stays_chosen()
    {
        Needs.Chromium();
        var page = await browsers.SignedInAsync(await browsers.AppAsync(), Role.Office, "en");
        await page.ClickAsync("[data-testid='user-menu']");
        await page.GetByText("Dark theme").ClickAsync();
        await page.WaitForSelectorAsync("html[data-theme='dark']");
        await page.ReloadAsync();
        await page.WaitForSelectorAsync("main h1");
        (await page.GetAttributeAsync("html", "data-theme")).ShouldBe("dark");
        await page.Context.DisposeAsync();
    }
}

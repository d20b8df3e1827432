using Tapwork.Core.Accounts;
using Tapwork.Tests.Accounts;

namespace Tapwork.Tests.Shell;

/// <summary>A browser's translation would leave stale what a circuit goes on changing.</summary>
[Collection(HostedTests.Name)]
public sealed class TranslationTests(HostedApp app)
{
    [Theory]
    [InlineData("/")]
    [InlineData("/interventions")]
    [InlineData("/deliveries")]
    public async Task An_interactive_page_is_not_translated_by_the_browser(string path)
    {
        using var browser = await Browser.OfAsync(app, Role.Office);
        (await BodyOfAsync(browser, path)).ShouldContain("<body translate=\"no\" class=\"notranslate\">");
    }

    [Theory]
    [InlineData("/sign-in")]
    [InlineData("/account/recovery")]
    public async Task A_plain_page_may_be(string path)
    {
        using var browser = new Browser(app.Address);
        (await BodyOfAsync(browser, path)).ShouldContain("<body>");
    }

    private static async Task<string> BodyOfAsync(Browser browser, string path) => await (await browser.GetAsync(path)).Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
}

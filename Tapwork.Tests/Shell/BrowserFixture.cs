using Microsoft.Playwright;
using Tapwork.Core.Accounts;

namespace Tapwork.Tests.Shell;

/// <summary>One Chromium for all browser tests, and one application with demo data for those that only look. Both start when first asked for.</summary>
public sealed class BrowserFixture : IAsyncLifetime
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private IPlaywright? _playwright;
    private IBrowser? _browser;
    private TapworkApp? _app;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <summary>The shared application; a test that changes much starts its own.</summary>
    public async Task<TapworkApp> AppAsync()
    {
        await _turn.WaitAsync();
        try
        {
            return _app ??= await TapworkApp.StartAsync();
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>A browser of its own cookies; skips the test with the reason where there is no Chromium.</summary>
    /// <param name="app">Relative addresses are its.</param>
    /// <param name="language"><c>fr</c> or <c>en</c>.</param>
    /// <param name="width">Pixels.</param>
    /// <param name="isDark">Whether the system asks for dark.</param>
    public async Task<IBrowserContext> NewContextAsync(TapworkApp app, string language = "fr", int width = 1280, bool isDark = false)
    {
        Needs.Chromium();
        var browser = await BrowserAsync();
        var context = await browser.NewContextAsync(new BrowserNewContextOptions
        {
            BaseURL = app.Address,
            Locale = language == "fr" ? "fr-FR" : "en-GB",
            TimezoneId = "Europe/Paris",
            ViewportSize = new ViewportSize { Width = width, Height = 800 },
            ColorScheme = isDark ? ColorScheme.Dark : ColorScheme.Light,
            Geolocation = new Geolocation { Latitude = 45.7578f, Longitude = 4.8320f, Accuracy = 12 },
            Permissions = ["geolocation"],
        });
        // 2 cores run everything at once here: what is slow is not wrong.
        Assertions.SetDefaultExpectTimeout(45_000);
        context.SetDefaultTimeout(45_000);
        return context;
    }

    /// <summary>A page with somebody signed in through the demo's button, in the language of the context.</summary>
    public async Task<IPage> SignedInAsync(TapworkApp app, Role role, string language = "fr", int width = 1280, bool isDark = false)
    {
        var page = await (await NewContextAsync(app, language, width, isDark)).NewPageAsync();
        await page.GotoAsync("/sign-in");
        await page.ClickAsync($"[data-demo='{role}']");
        await page.WaitForURLAsync(url => !url.Contains("/sign-in", StringComparison.Ordinal));
        // Signing in brings the person's own language; the test wants its own.
        await page.Context.AddCookiesAsync([new Cookie { Name = ".AspNetCore.Culture", Value = $"c%3D{language}%7Cuic%3D{language}", Url = app.Address }]);
        await page.GotoAsync("/");
        await page.WaitForSelectorAsync("main h1");
        return page;
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _playwright?.Dispose();
        if (_app is not null)
            await _app.DisposeAsync();
    }

    private async Task<IBrowser> BrowserAsync()
    {
        await _turn.WaitAsync();
        try
        {
            _playwright ??= await Playwright.CreateAsync();
            return _browser ??= await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
            {
                ExecutablePath = Needs.ChromiumPath,
                Args = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
            });
        }
        finally
        {
            _turn.Release();
        }
    }
}

/// <summary>Browser tests run one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class BrowserTests : ICollectionFixture<BrowserFixture>
{
    public const string Name = "browser";
}

using System.Net;
using System.Text.RegularExpressions;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Sandbox;

namespace Tapwork.Tests.Accounts;

/// <summary>What a browser does without scripts: cookies, forms, no redirect followed by itself.</summary>
internal sealed partial class Browser : IDisposable
{
    private readonly HttpClient _http;

    public Browser(string address)
    {
        Address = address;
        Cookies = new CookieContainer();
        _http = new HttpClient(new HttpClientHandler { CookieContainer = Cookies, AllowAutoRedirect = false }) { BaseAddress = new Uri(address) };
        _http.DefaultRequestHeaders.AcceptLanguage.ParseAdd("fr-FR");
    }

    public string Address { get; }

    public CookieContainer Cookies { get; }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Signed in with the demo's password; nobody for null.</summary>
    public static async Task<Browser> OfAsync(HostedApp app, Role? role)
    {
        var browser = new Browser(app.Address);
        if (role is { } known)
        {
            var answer = await browser.SignInAsync(DemoData.Accounts.Single(a => a.Role == known).Email, DemoData.Password);
            answer.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        }
        return browser;
    }

    public Task<HttpResponseMessage> GetAsync(string path) => _http.GetAsync(path, Cancel);

    public Task<HttpResponseMessage> SignInAsync(string email, string password, string query = "") =>
        SubmitAsync($"/sign-in{query}", "sign-in", ("Input.Email", email), ("Input.Password", password));

    /// <summary>Opens the page, fills the form of that name and sends it.</summary>
    public async Task<HttpResponseMessage> SubmitAsync(string path, string form, params (string Name, string Value)[] fields)
    {
        var page = await (await GetAsync(path)).Content.ReadAsStringAsync(Cancel);
        return await PostAsync(path, [.. fields, ("_handler", form), ("__RequestVerificationToken", TokenIn(page))]);
    }

    public Task<HttpResponseMessage> PostAsync(string path, params (string Name, string Value)[] fields) =>
        _http.PostAsync(path, new FormUrlEncodedContent(fields.Select(f => KeyValuePair.Create(f.Name, f.Value))), Cancel);

    /// <summary>As the application's own scripts do: the page's token in a header.</summary>
    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, HttpContent? content = null)
    {
        // The sign-in page has a token for whoever asks.
        var page = await (await GetAsync("/sign-in")).Content.ReadAsStringAsync(Cancel);
        using var request = new HttpRequestMessage(method, path) { Content = content };
        request.Headers.Add("X-Tapwork-Antiforgery", MetaIn().Match(page).Groups[1].Value);
        return await _http.SendAsync(request, Cancel);
    }

    public void Dispose() => _http.Dispose();

    public static string TokenIn(string page) => WebUtility.HtmlDecode(TokenField().Match(page).Groups[1].Value);

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"([^\"]+)\"")]
    private static partial Regex TokenField();

    [GeneratedRegex("name=\"antiforgery\" content=\"([^\"]+)\"")]
    private static partial Regex MetaIn();
}

using System.Net;
using Microsoft.EntityFrameworkCore;
using Tapwork.Infrastructure.Sandbox;
using Tapwork.Web.Accounts;

namespace Tapwork.Tests.Accounts;

/// <summary>Where a request comes from, behind any number of proxies and in whatever notation.</summary>
public sealed class ClientAddressTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("::ffff:127.0.0.1", "127.0.0.1")]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("::FFFF:198.51.100.7", "198.51.100.7")]
    [InlineData("2001:DB8:0:0::1", "2001:db8::1")]
    [InlineData("fe80::1%3", "fe80::1")]
    [InlineData("::1", "::1")]
    public void An_address_is_written_in_one_way(string address, string canonical) => ClientAddress.Canonical(IPAddress.Parse(address)).ToString().ShouldBe(canonical);

    [Theory]
    [InlineData("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::9", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:3::1", false)]
    [InlineData("::ffff:198.51.100.7", "198.51.100.7", true)]
    [InlineData("::ffff:198.51.100.7", "::ffff:198.51.100.8", false)]
    [InlineData("198.51.100.7", "198.51.100.8", false)]
    public void What_one_client_can_choose_within_is_one_to_limits(string one, string other, bool isOne) =>
        ClientAddress.NetworkOf(IPAddress.Parse(one)).Equals(ClientAddress.NetworkOf(IPAddress.Parse(other))).ShouldBe(isOne);

    // The inner proxy stood in the audit, and cookies went without Secure.
    [Theory]
    [InlineData("198.51.100.7, 10.0.0.5", "198.51.100.7")]
    [InlineData("198.51.100.7, 10.0.0.6, 10.0.0.5", "198.51.100.7")]
    [InlineData("203.0.113.99, 198.51.100.7, 10.0.0.5", "198.51.100.7")]
    [InlineData("::ffff:198.51.100.7, ::ffff:10.0.0.5", "198.51.100.7")]
    [InlineData("2001:DB8::0:7, 10.0.0.5", "2001:db8::7")]
    public async Task Behind_several_trusted_proxies_the_first_address_of_none_of_them_is_the_client(string forwarded, string client)
    {
        await using var app = await BehindProxiesAsync();
        using var caller = new Caller(app.Address, forwarded, "https, https, http");
        var answer = await caller.SignInAsync("office@demo.tapwork.example", DemoData.Password);
        answer.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        var cookies = caller.Set.ToList();
        cookies.ShouldContain(c => c.StartsWith("tapwork=", StringComparison.Ordinal));
        cookies.ShouldAllBe(c => c.Contains("; secure", StringComparison.OrdinalIgnoreCase));
        await using var db = app.Open();
        (await db.AuditEntries.Where(e => e.Action == "account.signed_in").Select(e => e.Ip).ToListAsync(Cancel)).ShouldBe([client]);
    }

    [Fact]
    public async Task Whoever_is_no_trusted_proxy_names_no_address()
    {
        await using var app = await HostedApp.StartAsync(("Proxy:KnownNetworks:0", "10.0.0.0/8"));
        using var caller = new Caller(app.Address, "198.51.100.7, 10.0.0.5", "https");
        (await caller.SignInAsync("office@demo.tapwork.example", DemoData.Password)).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        await using var db = app.Open();
        (await db.AuditEntries.Where(e => e.Action == "account.signed_in").Select(e => e.Ip).ToListAsync(Cancel)).ShouldBe(["127.0.0.1"]);
    }

    // All who came through the inner proxy shared one bucket; whoever had IPv6 had as many as they liked.
    [Fact]
    public async Task Tries_are_counted_for_each_client_behind_the_proxies_and_for_each_64_of_IPv6()
    {
        await using var app = await BehindProxiesAsync(("Accounts:AttemptsPerMinute", "2"));
        async Task<HttpStatusCode> TryAsync(string client)
        {
            using var caller = new Caller(app.Address, $"{client}, 10.0.0.5", "https");
            return (await caller.PostAsync("/sign-in")).StatusCode;
        }
        foreach (var (client, status) in ((string, HttpStatusCode)[])
            [
                ("198.51.100.7", HttpStatusCode.BadRequest), ("::ffff:198.51.100.7", HttpStatusCode.BadRequest), ("198.51.100.7", HttpStatusCode.TooManyRequests),
                ("198.51.100.8", HttpStatusCode.BadRequest),
                ("2001:db8:1:2::1", HttpStatusCode.BadRequest), ("2001:db8:1:2:ffff::2", HttpStatusCode.BadRequest), ("2001:db8:1:2::3", HttpStatusCode.TooManyRequests),
                ("2001:db8:1:3::1", HttpStatusCode.BadRequest),
            ])
            (await TryAsync(client)).ShouldBe(status, client);
    }

    private static Task<HostedApp> BehindProxiesAsync(params (string, string?)[] settings) =>
        HostedApp.StartAsync([("Proxy:KnownNetworks:0", "127.0.0.0/8"), ("Proxy:KnownNetworks:1", "10.0.0.0/8"), .. settings]);

    /// <summary>Comes through proxies; its cookies are Secure, which no client would send back over plain HTTP by itself.</summary>
    private sealed class Caller : IDisposable
    {
        private readonly HttpClient _http;
        private readonly Dictionary<string, string> _cookies = [];

        public Caller(string address, string forwardedFor, string proto)
        {
            _http = new HttpClient(new HttpClientHandler { UseCookies = false, AllowAutoRedirect = false }) { BaseAddress = new Uri(address) };
            _http.DefaultRequestHeaders.Add("X-Forwarded-For", forwardedFor);
            _http.DefaultRequestHeaders.Add("X-Forwarded-Proto", proto);
        }

        public List<string> Set { get; } = [];

        public async Task<HttpResponseMessage> SignInAsync(string email, string password)
        {
            var page = await (await SendAsync(HttpMethod.Get, "/sign-in", null)).Content.ReadAsStringAsync(Cancel);
            return await PostAsync("/sign-in", ("Input.Email", email), ("Input.Password", password), ("_handler", "sign-in"), ("__RequestVerificationToken", Browser.TokenIn(page)));
        }

        public Task<HttpResponseMessage> PostAsync(string path, params (string Name, string Value)[] fields) =>
            SendAsync(HttpMethod.Post, path, new FormUrlEncodedContent(fields.Select(f => KeyValuePair.Create(f.Name, f.Value))));

        private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, HttpContent? content)
        {
            using var request = new HttpRequestMessage(method, path) { Content = content };
            if (_cookies.Count > 0)
                request.Headers.Add("Cookie", string.Join("; ", _cookies.Select(c => $"{c.Key}={c.Value}")));
            var answer = await _http.SendAsync(request, Cancel);
            foreach (var cookie in answer.Headers.TryGetValues("Set-Cookie", out var set) ? set : [])
            {
                Set.Add(cookie);
                var pair = cookie.Split(';')[0].Split('=', 2);
                _cookies[pair[0]] = pair[1];
            }
            return answer;
        }

        public void Dispose() => _http.Dispose();
    }
}

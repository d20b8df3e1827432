using System.Net;
using System.Security.Claims;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Tapwork.Core;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Events;
using Tapwork.Infrastructure.Persistence;
using Tapwork.Infrastructure.Sandbox;
using Tapwork.Tests.Persistence;
using Tapwork.Web.Accounts;

namespace Tapwork.Tests.Accounts;

/// <summary>Signing out ends the session: not one cookie of it, and no other session of the person.</summary>
[Collection(HostedTests.Name)]
public sealed class SessionEndTests(HostedApp app)
{
    private static readonly DemoAccount Office = DemoData.Accounts.Single(a => a.Role == Role.Office);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    // The copy answered 200 until it ran out.
    [Fact]
    public async Task A_copied_cookie_is_worth_nothing_after_signing_out_and_another_device_stays_signed_in()
    {
        using var phone = await Browser.OfAsync(app, Role.Office);
        using var desk = await Browser.OfAsync(app, Role.Office);
        using var copy = CopyOf(desk);
        (await copy.GetAsync("/denied")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await copy.GetAsync("/interventions")).StatusCode.ShouldBe(HttpStatusCode.OK);
        await SignOutAsync(desk);
        foreach (var path in (string[])["/interventions", "/", "/notifications"])
            (await copy.GetAsync(path)).Headers.Location!.PathAndQuery.ShouldStartWith("/sign-in", Case.Sensitive, path);
        (await phone.GetAsync("/interventions")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await desk.SignInAsync(Office.Email, DemoData.Password)).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        (await desk.GetAsync("/interventions")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Signing_in_anew_ends_the_session_the_browser_had()
    {
        using var browser = await Browser.OfAsync(app, Role.Office);
        using var copy = CopyOf(browser);
        (await browser.SignInAsync(Office.Email, DemoData.Password)).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        (await copy.GetAsync("/interventions")).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        (await browser.GetAsync("/interventions")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Signing_out_at_one_instance_ends_the_session_at_the_others()
    {
        // Of its own: the second instance leads the sandbox's mails to itself.
        await using var one = await HostedApp.StartAsync();
        var configuration = one.Of<IConfiguration>();
        await using var other = await HostedApp.StartAsync([.. new[] { "Database:ConnectionString", "Files:Folder", "Audit:KeyFile", "Audit:HeadsFile" }.Select(name => (name, configuration[name]))]);
        using var browser = await Browser.OfAsync(one, Role.Office);
        using var elsewhere = CopyOf(browser, other.Address);
        (await elsewhere.GetAsync("/interventions")).StatusCode.ShouldBe(HttpStatusCode.OK);
        await SignOutAsync(browser);
        (await elsewhere.GetAsync("/interventions")).StatusCode.ShouldBe(HttpStatusCode.Redirect);
    }

    // A second tab went on for half a minute, and every act of it was carried out.
    [Theory, Databases]
    public async Task Nothing_can_be_done_in_a_session_that_has_ended(DatabaseProvider provider)
    {
        await using var bench = await AccountBench.StartAsync(provider);
        await bench.PersonAsync(bench.Details());
        var (tab, another) = (await ActorAsync(bench), await ActorAsync(bench));
        await bench.Desk.SpeakAsync(tab, "en", Cancel);
        await bench.SignIns.SignOutAsync(tab, Cancel);
        await bench.SignIns.SignOutAsync(tab, Cancel);
        (await Should.ThrowAsync<RuleViolation>(() => bench.Desk.SpeakAsync(tab, "fr", Cancel))).Rule.ShouldBe("account.session_ended");
        await bench.Desk.SpeakAsync(another, "fr", Cancel);
        await using var db = bench.Open();
        db.Events.Count(e => e.Topic == SessionEnded.Name).ShouldBe(1);
    }

    [Fact]
    public async Task An_open_screen_of_the_session_is_signed_out_by_the_event_and_one_of_another_session_is_not()
    {
        await using var bench = await AccountBench.StartAsync();
        await bench.PersonAsync(bench.Details());
        var (mine, another) = (await SessionAsync(bench), await SessionAsync(bench));
        var feed = new LiveFeed(bench.Of<Database>(), bench.Of<PositionSignal>(), TimeProvider.System, NullLogger<LiveFeed>.Instance);
        using var tab = Screen(bench, feed, mine);
        using var other = Screen(bench, feed, another);
        await feed.StartAsync(Cancel);
        await bench.SignIns.SignOutAsync(Session.ActorOf(mine, null, null), Cancel);
        // What is committed before the feed first looks is not news to it: something else happens to the account until it is.
        for (var i = 0; await IsSignedInAsync(tab); i++)
        {
            await bench.Desk.SpeakAsync(Session.ActorOf(another, null, null), i % 2 == 0 ? "en" : "fr", Cancel);
            await bench.Of<EventRelay>().GivePositionsAsync(Cancel);
            await Task.Delay(TimeSpan.FromMilliseconds(20), Cancel);
        }
        (await IsSignedInAsync(other)).ShouldBeTrue();
        await feed.StopAsync(Cancel);
    }

    // Cookies of earlier versions name no session.
    [Fact]
    public async Task A_session_from_before_sessions_had_names_can_be_ended_too()
    {
        await using var bench = await AccountBench.StartAsync();
        await bench.PersonAsync(bench.Details());
        var old = await SessionAsync(bench);
        ((ClaimsIdentity)old.Identity!).RemoveClaim(old.FindFirst("session"));
        (await bench.SignIns.StillHoldsAsync(old, Cancel)).ShouldBeTrue();
        await bench.SignIns.SignOutAsync(Session.ActorOf(old, null, null), Cancel);
        (await bench.SignIns.StillHoldsAsync(old, Cancel)).ShouldBeFalse();
        (await bench.SignIns.StillHoldsAsync(await SessionAsync(bench), Cancel)).ShouldBeTrue();
    }

    private static SessionRevalidation Screen(AccountBench bench, LiveFeed feed, ClaimsPrincipal session)
    {
        var screen = new SessionRevalidation(NullLoggerFactory.Instance, bench.SignIns, feed);
        screen.SetAuthenticationState(Task.FromResult(new AuthenticationState(session)));
        return screen;
    }

    private static async Task<bool> IsSignedInAsync(SessionRevalidation screen) => (await screen.GetAuthenticationStateAsync()).User.Identity!.IsAuthenticated;

    private static async Task<ClaimsPrincipal> SessionAsync(AccountBench bench) => Session.PrincipalOf((await bench.SignInAsync("claire@tapwork.example")).Person.ShouldNotBeNull());

    private static async Task<Actor> ActorAsync(AccountBench bench) => Session.ActorOf(await SessionAsync(bench), "127.0.0.1", "test");

    private static Browser CopyOf(Browser browser, string? address = null)
    {
        var copy = new Browser(address ?? browser.Address);
        copy.Cookies.Add(new Uri(copy.Address), new Cookie("tapwork", browser.Cookies.GetCookies(new Uri(browser.Address))["tapwork"]!.Value, "/"));
        return copy;
    }

    private static async Task SignOutAsync(Browser browser)
    {
        var token = Browser.TokenIn(await (await browser.GetAsync("/denied")).Content.ReadAsStringAsync(Cancel));
        (await browser.PostAsync("/account/sign-out", ("__RequestVerificationToken", token))).Headers.Location!.ToString().ShouldBe("/sign-in");
    }
}

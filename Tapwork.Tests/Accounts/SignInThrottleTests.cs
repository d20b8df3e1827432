using System.Net;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Accounts;
using Tapwork.Infrastructure.Integrations.Mail;
using Tapwork.Infrastructure.Persistence;
using Tapwork.Tests.Persistence;

namespace Tapwork.Tests.Accounts;

/// <summary>What a stranger learns from wrong passwords, and what the person whose account it is notices of them.</summary>
[Collection(HostedTests.Name)]
public sealed class SignInThrottleTests(HostedApp app)
{
    private const string Email = "claire@tapwork.example";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    // The fifth said "locked" for addresses that exist.
    [Fact]
    public async Task A_stranger_reads_the_same_whether_there_is_such_an_account_however_often_and_with_whatever_password()
    {
        var existing = await PersonAsync("existante");
        var told = new List<string>();
        foreach (var email in (string[])[existing, "nobody-at-all@tapwork.example"])
        {
            using var browser = new Browser(app.Address);
            for (var i = 0; i < 7; i++)
                told.Add(await PageAsync(browser, email, "wrong"));
            told.Add(await PageAsync(browser, email, AccountBench.Password));
        }
        told.Distinct().ShouldHaveSingleItem().ShouldContain("15 minutes");
    }

    // Five tries of a stranger shut the owner out.
    [Fact]
    public async Task Whoever_has_signed_in_with_a_browser_gets_in_there_whatever_strangers_try()
    {
        var email = await PersonAsync("connue");
        using var own = new Browser(app.Address);
        (await own.SignInAsync(email, AccountBench.Password)).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        using var stranger = new Browser(app.Address);
        for (var i = 0; i < 6; i++)
            await stranger.SignInAsync(email, "wrong");
        var cookies = own.Cookies.GetCookies(new Uri(app.Address + "/sign-in"));
        cookies["tapwork-devices"]!.HttpOnly.ShouldBeTrue();
        cookies["tapwork"]!.Expired = true;
        (await own.SignInAsync(email, AccountBench.Password)).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        (await stranger.SignInAsync(email, AccountBench.Password)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Theory, Databases]
    public async Task Guesses_from_a_known_device_are_counted_too_and_take_nothing_from_the_person_elsewhere(DatabaseProvider provider)
    {
        await using var bench = await AccountBench.StartAsync(provider);
        var person = await bench.PersonAsync(bench.Details());
        var device = KnownDevice.Of((await bench.SignInAsync(Email)).Person!, null);
        for (var i = 0; i < DeviceTries.Max; i++)
            await bench.SignInAsync(Email, "wrong", device);
        (await StandingAsync(bench, person)).ShouldBe(AccountStanding.Active);
        for (var i = 0; i < 5; i++)
            await bench.SignInAsync(Email, "wrong", device);
        (await StandingAsync(bench, person)).ShouldBe(AccountStanding.Locked, "a device with too many is as any other");
        (await bench.SignInAsync(Email, AccountBench.Password, device)).Outcome.ShouldBe(SignInOutcome.Wrong);
        bench.Clock.Advance(TimeSpan.FromMinutes(16));
        (await bench.SignInAsync(Email, AccountBench.Password, device)).Outcome.ShouldBe(SignInOutcome.Welcome);
    }

    [Fact]
    public async Task A_device_is_known_for_its_person_alone_and_until_a_new_password()
    {
        await using var bench = await AccountBench.StartAsync();
        var person = await bench.PersonAsync(bench.Details());
        var (own, another) = (KnownDevice.Of((await bench.SignInAsync(Email)).Person!, null), KnownDevice.Of((await bench.SignInAsync("anne@tapwork.example")).Person!, null));
        for (var i = 0; i < 5; i++)
            await bench.SignInAsync(Email, "wrong");
        (await bench.SignInAsync(Email, AccountBench.Password, another)).Outcome.ShouldBe(SignInOutcome.Wrong);
        (await bench.SignInAsync(Email, AccountBench.Password, another, own)).Outcome.ShouldBe(SignInOutcome.Welcome);
        (await bench.SignInAsync(Email)).Outcome.ShouldBe(SignInOutcome.Wrong, "strangers wait on");
        await bench.Desk.ChoosePasswordAsync(AccountBench.Visitor, person, await bench.TokenAsync(person), AccountBench.Password, Cancel);
        for (var i = 0; i < 5; i++)
            await bench.SignInAsync(Email, "wrong");
        (await bench.SignInAsync(Email, AccountBench.Password, own)).Outcome.ShouldBe(SignInOutcome.Wrong);
    }

    [Fact]
    public async Task The_owner_is_told_by_mail_once_a_day()
    {
        await using var bench = await AccountBench.StartAsync();
        var person = await bench.PersonAsync(bench.Details());
        foreach (var hours in (int[])[0, 1, 25])
        {
            bench.Clock.Advance(TimeSpan.FromHours(hours));
            await bench.Desk.UnlockAsync(bench.Admin, person, Cancel);
            for (var i = 0; i < 6; i++)
            {
                await bench.SignInAsync(Email, "wrong");
                await bench.SignInAsync("nobody@tapwork.example", "wrong");
            }
        }
        await using var db = bench.Open();
        (await db.Events.Where(e => e.Topic == SignInsPaused.Name).Select(e => e.Subject).ToListAsync(Cancel)).ShouldBe([person, person]);
        foreach (var language in MailTemplates.Languages)
            (await MailTemplates.WriteAsync(MailTemplates.AccountPaused, language, "https://tapwork.example/account/recovery", new Dictionary<string, string?> { ["name"] = "Claire" })).Text.ShouldContain("15 minutes");
    }

    [Fact]
    public async Task The_mail_reaches_the_owner()
    {
        var email = await PersonAsync("avertie");
        using var stranger = new Browser(app.Address);
        for (var i = 0; i < 5; i++)
            await stranger.SignInAsync(email, "wrong");
        var mails = app.Of<Web.Sandbox.SandboxStore>().Mails;
        while (!mails.Values.Any(m => m.To == email && m.Text.Contains("/account/recovery", StringComparison.Ordinal)))
            await Task.Delay(TimeSpan.FromMilliseconds(50), Cancel);
    }

    // What differs from one answer to the next without saying anything: the page's tokens and what was typed.
    private static async Task<string> PageAsync(Browser browser, string email, string password)
    {
        var answer = await browser.SignInAsync(email, password);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.Headers.TryGetValues("Set-Cookie", out var cookies);
        (cookies ?? []).ShouldBeEmpty();
        var page = await answer.Content.ReadAsStringAsync(Cancel);
        return Regex.Replace(page.Replace(email, "", StringComparison.Ordinal), "CfDJ8[A-Za-z0-9_+/=-]*", "");
    }

    private static async Task<AccountStanding> StandingAsync(AccountBench bench, Guid person) => (await bench.Of<AccountQueries>().FindAsync(bench.Admin, person, Cancel))!.Standing;

    private async Task<string> PersonAsync(string name)
    {
        var email = $"{name}@tapwork.example";
        await using var db = app.Open();
        var admin = await db.People.AsNoTracking().FirstAsync(p => p.Email == "admin@demo.tapwork.example", Cancel);
        var actor = new Actor(admin.Id, admin.Name, admin.Role, null, "127.0.0.1", "test", Actor.NewCorrelationId());
        var id = await app.Of<AccountDesk>().CreateAsync(actor, new AccountDetails(name, email, Role.Office, null, "fr", null), Cancel);
        var token = (await app.Of<PasswordLink>().ForAsync(id))!.Split("token=")[1];
        await app.Of<AccountDesk>().ChoosePasswordAsync(Actor.Visitor(null, null), id, token, AccountBench.Password, Cancel);
        return email;
    }
}

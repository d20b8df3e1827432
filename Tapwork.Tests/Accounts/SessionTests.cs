using System.Net;
using Microsoft.EntityFrameworkCore;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Accounts;
using Tapwork.Infrastructure.Sandbox;
using Tapwork.Web.Sandbox;

namespace Tapwork.Tests.Accounts;

/// <summary>Signing in, staying in and being put out, as a browser sees it.</summary>
[Collection(HostedTests.Name)]
public sealed class SessionTests(HostedApp app)
{
    private const string Password = "quatre chevaux bleus dansent";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_session_s_cookie_is_out_of_reach_of_scripts_and_of_other_sites()
    {
        using var browser = new Browser(app.Address);
        var answer = await browser.SignInAsync("office@demo.tapwork.example", DemoData.Password);
        var cookie = answer.Headers.GetValues("Set-Cookie").Single(c => c.StartsWith("tapwork=", StringComparison.Ordinal));
        cookie.ShouldContain("httponly");
        cookie.ShouldContain("samesite=lax");
        (await browser.GetAsync("/interventions")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("office@demo.tapwork.example", "wrong")]
    [InlineData("nobody@demo.tapwork.example", DemoData.Password)]
    [InlineData("", "")]
    public async Task A_wrong_password_and_an_unknown_address_are_told_in_the_same_words(string email, string password)
    {
        using var browser = new Browser(app.Address);
        var page = await (await browser.SignInAsync(email, password)).Content.ReadAsStringAsync(Cancel);
        page.ShouldContain("Adresse inconnue ou mot de passe erron");
        browser.Cookies.GetCookies(new Uri(app.Address))["tapwork"].ShouldBeNull();
    }

    [Theory]
    [InlineData("/interventions?q=a", "/interventions?q=a")]
    [InlineData("//evil.example", "/")]
    [InlineData("/\\evil.example", "/")]
    [InlineData("https://evil.example", "/")]
    [InlineData("/\t/evil.example", "/")]
    [InlineData("javascript:alert(1)", "/")]
    public async Task Signing_in_leads_to_a_page_of_this_application_only(string to, string where)
    {
        using var browser = new Browser(app.Address);
        var answer = await browser.SignInAsync("office@demo.tapwork.example", DemoData.Password, $"?to={Uri.EscapeDataString(to)}");
        new Uri(new Uri(app.Address), answer.Headers.Location!).ShouldBe(new Uri(new Uri(app.Address), where));
    }

    [Fact]
    public async Task A_form_from_elsewhere_is_refused_in_words()
    {
        using var browser = await Browser.OfAsync(app, Role.Office);
        foreach (var path in (string[])["/sign-in", "/account/sign-out", "/account/language", "/account/recovery"])
            (await browser.PostAsync(path, ("culture", "en"), ("_handler", "sign-in"))).StatusCode.ShouldBe(HttpStatusCode.BadRequest, path);
        (await browser.GetAsync("/interventions")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Signing_out_ends_the_session()
    {
        using var browser = await Browser.OfAsync(app, Role.Office);
        var token = Browser.TokenIn(await (await browser.GetAsync("/denied")).Content.ReadAsStringAsync(Cancel));
        (await browser.PostAsync("/account/sign-out", ("__RequestVerificationToken", token))).Headers.Location!.ToString().ShouldBe("/sign-in");
        (await browser.GetAsync("/interventions")).StatusCode.ShouldBe(HttpStatusCode.Redirect);
    }

    [Fact]
    public async Task The_language_is_kept_with_the_browser_and_with_the_person()
    {
        var (id, email) = await PersonAsync("langue");
        using var browser = new Browser(app.Address);
        await browser.SignInAsync(email, Password);
        var token = Browser.TokenIn(await (await browser.GetAsync("/denied")).Content.ReadAsStringAsync(Cancel));
        (await browser.PostAsync("/account/language", ("culture", "en"), ("to", "//evil.example"), ("__RequestVerificationToken", token))).Headers.Location!.ToString().ShouldBe("/");
        (await (await browser.GetAsync("/denied")).Content.ReadAsStringAsync(Cancel)).ShouldContain("lang=\"en\"");
        await using var db = app.Open();
        (await db.People.SingleAsync(p => p.Id == id, Cancel)).Culture.ShouldBe("en");
        using var another = new Browser(app.Address);
        await another.SignInAsync(email, Password);
        (await (await another.GetAsync("/denied")).Content.ReadAsStringAsync(Cancel)).ShouldContain("lang=\"en\"");
    }

    [Fact]
    public async Task A_suspended_person_is_out_at_the_next_request()
    {
        var (id, email) = await PersonAsync("suspendue");
        using var browser = new Browser(app.Address);
        await browser.SignInAsync(email, Password);
        (await browser.GetAsync("/interventions")).StatusCode.ShouldBe(HttpStatusCode.OK);
        await app.Of<AccountDesk>().SuspendAsync(Admin(), id, Cancel);
        (await browser.GetAsync("/interventions")).Headers.Location!.PathAndQuery.ShouldStartWith("/sign-in");
        (await (await browser.SignInAsync(email, Password)).Content.ReadAsStringAsync(Cancel)).ShouldContain("Adressez-vous");
    }

    [Fact]
    public async Task A_person_whose_role_has_changed_signs_in_anew()
    {
        var (id, email) = await PersonAsync("promue");
        using var browser = new Browser(app.Address);
        await browser.SignInAsync(email, Password);
        var row = (await app.Of<AccountQueries>().FindAsync(Admin(), id, Cancel))!;
        await app.Of<AccountDesk>().ChangeAsync(Admin(), id, row.Version, new AccountDetails(row.Name, row.Email, Role.Manager, null, "fr", null), Cancel);
        (await browser.GetAsync("/interventions")).StatusCode.ShouldBe(HttpStatusCode.Redirect);
    }

    [Fact]
    public async Task A_forgotten_password_is_replaced_by_the_link_of_the_mail()
    {
        var (_, email) = await PersonAsync("oublieuse");
        using var browser = new Browser(app.Address);
        var asked = await (await browser.SubmitAsync("/account/recovery", "recovery", ("Input.Email", email))).Content.ReadAsStringAsync(Cancel);
        var unknown = await (await browser.SubmitAsync("/account/recovery", "recovery", ("Input.Email", "nobody@nowhere.example"))).Content.ReadAsStringAsync(Cancel);
        asked.ShouldContain("Si un compte existe");
        unknown.ShouldContain("Si un compte existe");
        var mail = await MailAsync(email, "Choisir un nouveau mot de passe");
        var link = new Uri(System.Text.RegularExpressions.Regex.Match(mail.Text, @"https?://\S+").Value).PathAndQuery;
        (await (await browser.SubmitAsync(link, "password", ("Input.Password", "trop court"))).Content.ReadAsStringAsync(Cancel)).ShouldContain("12");
        (await browser.SubmitAsync(link, "password", ("Input.Password", "une tout autre phrase"))).Headers.Location!.ToString().ShouldContain("chosen=1");
        (await browser.SignInAsync(email, Password)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await browser.SignInAsync(email, "une tout autre phrase")).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        (await (await browser.SubmitAsync(link, "password", ("Input.Password", "encore une autre phrase"))).Content.ReadAsStringAsync(Cancel)).ShouldContain("plus valable");
    }

    [Fact]
    public async Task Without_accounts_the_console_s_code_opens_the_set_up_page_once()
    {
        await using var empty = await HostedApp.StartAsync(("Demo:Enabled", "false"));
        using var browser = new Browser(empty.Address);
        (await browser.GetAsync("/sign-in")).Headers.Location!.ToString().ShouldEndWith("/setup");
        (string, string)[] With(string code, string password) => [("Input.Code", code), ("Input.Name", "Anne"), ("Input.Email", "anne@tapwork.example"), ("Input.Password", password)];
        var code = empty.Of<SetupCode>().Text;
        (await (await browser.SubmitAsync("/setup", "setup", With("AAAA-AAAA-AAAA", Password))).Content.ReadAsStringAsync(Cancel)).ShouldContain("console");
        (await (await browser.SubmitAsync("/setup", "setup", With(code, "court"))).Content.ReadAsStringAsync(Cancel)).ShouldContain("12");
        (await browser.SubmitAsync("/setup", "setup", With(code, Password))).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        (await browser.GetAsync("/users")).StatusCode.ShouldBe(HttpStatusCode.OK);
        using var another = new Browser(empty.Address);
        (await another.GetAsync("/setup")).Headers.Location!.ToString().ShouldEndWith("/sign-in");
        await using var db = empty.Open();
        (await db.People.CountAsync(Cancel)).ShouldBe(1);
    }

    [Fact]
    public async Task Whoever_guesses_too_fast_is_slowed_down_in_words_whatever_the_path_looks_like()
    {
        await using var strict = await HostedApp.StartAsync(("Accounts:AttemptsPerMinute", "3"));
        using var browser = new Browser(strict.Address);
        foreach (var path in (string[])["/sign-in", "/sign-in/", "/SIGN-IN"])
            (await browser.PostAsync(path, ("Input.Email", "a"))).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        foreach (var path in (string[])["/sign-in", "/sign-in/", "/account/recovery", "/setup/"])
        {
            var answer = await browser.PostAsync(path, ("Input.Email", "a"));
            answer.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests, path);
            (await answer.Content.ReadAsStringAsync(Cancel)).ShouldContain("Trop de tentatives");
        }
        (await browser.GetAsync("/sign-in")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Without_the_sandbox_its_pages_and_its_partner_are_not_there()
    {
        await using var plain = await HostedApp.StartAsync(("Sandbox:Enabled", "false"));
        using var admin = await Browser.OfAsync(plain, Role.Admin);
        foreach (var path in (string[])["/sandbox", "/sandbox/mail", "/sandbox/faults", "/sandbox/api/state", "/sandbox/symphonics/crm/interventions"])
            (await admin.GetAsync(path)).StatusCode.ShouldBe(HttpStatusCode.NotFound, path);
    }

    private Actor Admin()
    {
        using var db = app.Open();
        var admin = db.People.AsNoTracking().First(p => p.Email == "admin@demo.tapwork.example");
        return new Actor(admin.Id, admin.Name, admin.Role, null, "127.0.0.1", "test", Actor.NewCorrelationId());
    }

    private async Task<(Guid Id, string Email)> PersonAsync(string name)
    {
        var email = $"{name}@tapwork.example";
        var id = await app.Of<AccountDesk>().CreateAsync(Admin(), new AccountDetails(name, email, Role.Office, null, "fr", null), Cancel);
        var token = (await app.Of<PasswordLink>().ForAsync(id))!.Split("token=")[1];
        await app.Of<AccountDesk>().ChoosePasswordAsync(Actor.Visitor(null, null), id, token, Password, Cancel);
        return (id, email);
    }

    private async Task<SandboxMail> MailAsync(string to, string subject)
    {
        var store = app.Of<SandboxStore>();
        for (var i = 0; i < 600; i++)
        {
            if (store.Mails.Values.FirstOrDefault(m => m.To == to && m.Subject == subject) is { } mail)
                return mail;
            await Task.Delay(TimeSpan.FromMilliseconds(100), Cancel);
        }
        await using var db = app.Open();
        var deliveries = await db.Deliveries.Where(d => d.SearchEmail == to).Select(d => $"{d.Purpose} {d.Status} {d.LastError}").ToListAsync(Cancel);
        throw new InvalidOperationException($"no such mail; deliveries: {string.Join(", ", deliveries)}; mails: {string.Join(", ", store.Mails.Values.Select(m => $"{m.To} {m.Subject}"))}");
    }
}

using System.Net;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Sandbox;

namespace Tapwork.Tests.Accounts;

/// <summary>Forms of two tabs: the token of one tab does not hold any more when the other has signed in or out.</summary>
[Collection(HostedTests.Name)]
public sealed class StaleFormTests(HostedApp app)
{
    private const string Office = "office@demo.tapwork.example";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_sign_in_form_of_a_second_tab_leads_to_its_page_when_the_first_tab_has_signed_in()
    {
        using var browser = new Browser(app.Address);
        var second = await TokenAsync(browser, "/sign-in?to=/interventions");
        (await browser.SignInAsync(Office, DemoData.Password)).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        var answer = await browser.PostAsync("/sign-in?to=/interventions", SignIn(second));
        (answer.StatusCode, answer.Headers.Location!.ToString()).ShouldBe((HttpStatusCode.SeeOther, "/interventions"));
    }

    [Theory]
    [InlineData("/sign-in", "sign-in")]
    [InlineData("/account/recovery", "recovery")]
    [InlineData("/account/choose-password?person=abc&token=x", "password")]
    public async Task A_form_of_another_session_is_shown_again_with_a_word(string path, string handler)
    {
        using var browser = await Browser.OfAsync(app, Role.Office);
        var mine = await TokenAsync(browser, path);
        browser.Cookies.GetCookies(new Uri(app.Address))["tapwork"]!.Expired = true;
        var answer = await browser.PostAsync(path, ("_handler", handler), ("Input.Email", Office), ("Input.Password", DemoData.Password), ("__RequestVerificationToken", mine));
        answer.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        var again = WebUtility.HtmlDecode(await (await browser.GetAsync(answer.Headers.Location!.ToString())).Content.ReadAsStringAsync(Cancel));
        again.ShouldContain("Ce formulaire n’était plus valable");
        again.ShouldContain("name=\"__RequestVerificationToken\"");
        if (handler == "sign-in")
            (await browser.SubmitAsync(answer.Headers.Location!.ToString(), handler, ("Input.Email", Office), ("Input.Password", DemoData.Password))).StatusCode.ShouldBe(HttpStatusCode.Redirect);
    }

    [Fact]
    public async Task The_language_of_a_second_tab_leads_back_to_its_page()
    {
        using var browser = new Browser(app.Address);
        var second = await TokenAsync(browser, "/account/recovery");
        await browser.SignInAsync(Office, DemoData.Password);
        var answer = await browser.PostAsync("/account/language", ("culture", "en"), ("to", "/account/recovery"), ("__RequestVerificationToken", second));
        answer.Headers.Location!.ToString().ShouldBe("/account/recovery?stale=1");
    }

    [Fact]
    public async Task A_second_tab_signs_nobody_else_out()
    {
        using var browser = await Browser.OfAsync(app, Role.Office);
        var second = await TokenAsync(browser, "/denied");
        await browser.SignInAsync("manager@demo.tapwork.example", DemoData.Password);
        var answer = await browser.PostAsync("/account/sign-out", ("__RequestVerificationToken", second));
        (answer.StatusCode, answer.Headers.Location!.ToString()).ShouldBe((HttpStatusCode.SeeOther, "/"));
        (await browser.GetAsync("/interventions")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("/sign-in", "sign-in")]
    [InlineData("/account/sign-out", "")]
    [InlineData("/account/language", "")]
    public async Task A_form_from_elsewhere_is_refused_on_a_page_in_the_reader_s_language(string path, string handler)
    {
        using var browser = await Browser.OfAsync(app, Role.Office);
        var answer = await browser.PostAsync(path, ("_handler", handler), ("culture", "en"));
        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync(Cancel)).ShouldContain("Le formulaire était trop ancien");
    }

    private static (string, string)[] SignIn(string token) =>
        [("_handler", "sign-in"), ("Input.Email", Office), ("Input.Password", DemoData.Password), ("__RequestVerificationToken", token)];

    private static async Task<string> TokenAsync(Browser browser, string path) => Browser.TokenIn(await (await browser.GetAsync(path)).Content.ReadAsStringAsync(Cancel));
}

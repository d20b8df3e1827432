using System.Net;
using System.Reflection;
using Microsoft.AspNetCore.Components;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Accounts;
using Tapwork.Infrastructure.Monitoring;
using Tapwork.Infrastructure.Sandbox;
using Tapwork.Tests.Accounts;
using Tapwork.Web.Accounts;
using Tapwork.Web.Controls;

namespace Tapwork.Tests.Shell;

/// <summary>Addresses and methods that nobody's browser makes by itself: broken links, typed query values, HEAD and others.</summary>
[Collection(HostedTests.Name)]
public sealed class OddRequestTests(HostedApp app)
{
    private static readonly Actor Admin = Given.Office with { Role = Role.Admin };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    // The framework converts other types itself, and fails the whole page on what it cannot convert.
    [Fact]
    public void Every_query_value_of_a_page_is_read_as_text() => typeof(UrlState).Assembly.GetTypes()
        .SelectMany(t => t.GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
        .Where(p => p.GetCustomAttribute<SupplyParameterFromQueryAttribute>() is not null && p.PropertyType != typeof(string))
        .Select(p => $"{p.DeclaringType!.Name}.{p.Name}").ShouldBeEmpty();

    [Theory]
    [InlineData("12", 12L)]
    [InlineData("abc", null)]
    [InlineData("x", null)]
    [InlineData("-1", null)]
    [InlineData("1.5", null)]
    [InlineData("99999999999999999999", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void A_number_in_the_address_is_a_number_or_nothing(string? value, long? number) => UrlState.NumberOf(value).ShouldBe(number);

    [Theory]
    [InlineData("Office", Role.Office)]
    [InlineData("99", null)]
    [InlineData("-1", null)]
    [InlineData("nobody", null)]
    [InlineData(null, null)]
    public void A_choice_in_the_address_is_one_of_its_values_or_nothing(string? value, Role? role) => UrlState.ChoiceOf<Role>(value).ShouldBe(role);

    [Fact]
    public async Task A_page_number_beyond_all_pages_is_empty() =>
        (await app.Of<AccountQueries>().ListAsync(Admin, new AccountFilter(Page: 100_000), Cancel)).Rows.ShouldBeEmpty();

    [Theory]
    [InlineData("0001-01-01T00:00:00")]
    [InlineData("9999-12-31T23:59:59")]
    public async Task A_log_is_read_until_any_moment_that_can_be_typed(string moment)
    {
        var until = Web.Controls.FilterMoment.MomentOf(moment);
        (await app.Of<LogQueries>().ReadAsync(Admin, new LogFilter(Until: until), null, Cancel)).ShouldNotBeNull();
        (await app.Of<LogQueries>().ReadAsync(Admin, new LogFilter(Until: until, From: until, Search: "x"), null, Cancel)).ShouldNotBeNull();
    }

    [Theory]
    [InlineData("?person=abc&token=x")]
    [InlineData("?person=&token=")]
    [InlineData("?person=0190-broken")]
    [InlineData("?token=%00%FF")]
    [InlineData("?person=00000000-0000-0000-0000-000000000001&token=%C3%A9%20x")]
    [InlineData("?person=00000000-0000-0000-0000-000000000001&person=2&token=a")]
    [InlineData("")]
    public async Task A_broken_recovery_link_is_told(string query)
    {
        using var browser = new Browser(app.Address);
        (await browser.GetAsync($"/account/choose-password{query}")).StatusCode.ShouldBe(HttpStatusCode.OK);
        var answer = await browser.SubmitAsync($"/account/choose-password{query}", "password", ("Input.Password", "quatre chevaux bleus dansent"));
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync(Cancel)).ShouldContain("role=\"alert\"");
    }

    [Fact]
    public async Task A_broken_token_of_a_person_is_told()
    {
        await using var db = app.Open();
        var id = db.People.Single(p => p.Email == "office@demo.tapwork.example").Id;
        using var browser = new Browser(app.Address);
        foreach (var token in (string[])["abc", "%00", "Q2ZESjg", "é", "a=b"])
        {
            var answer = await browser.SubmitAsync($"/account/choose-password?person={id}&token={Uri.EscapeDataString(token)}", "password", ("Input.Password", "quatre chevaux bleus dansent"));
            answer.StatusCode.ShouldBe(HttpStatusCode.OK, token);
            WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync(Cancel)).ShouldContain("role=\"alert\"", customMessage: token);
        }
    }

    [Theory]
    [InlineData("/interventions?q=é", "/interventions?q=%C3%A9")]
    [InlineData("/été", "/%C3%A9t%C3%A9")]
    [InlineData("/", "/")]
    [InlineData("", "/")]
    [InlineData(null, "/")]
    public void A_path_to_return_to_fits_into_a_header(string? path, string header) => LocalPath.Of(path).ShouldBe(header);

    [Fact]
    public void Half_an_emoji_in_a_path_to_return_to_is_replaced() => LocalPath.Of("/x" + '\ud83d').ShouldBe("/x%EF%BF%BD");

    [Fact]
    public async Task Signing_in_leads_to_a_path_with_letters_beyond_ASCII()
    {
        using var browser = new Browser(app.Address);
        var answer = await browser.SignInAsync("office@demo.tapwork.example", DemoData.Password, "?to=/interventions?q=%C3%A9");
        answer.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        answer.Headers.Location!.OriginalString.ShouldEndWith("/interventions?q=%C3%A9");
    }

    [Theory]
    [InlineData("/sign-in", HttpStatusCode.OK)]
    [InlineData("/account/recovery", HttpStatusCode.OK)]
    [InlineData("/health/live", HttpStatusCode.OK)]
    [InlineData("/app.css", HttpStatusCode.OK)]
    [InlineData("/files/unknown", HttpStatusCode.NotFound)]
    [InlineData("/interventions", HttpStatusCode.Redirect)]
    public async Task A_HEAD_is_answered_as_the_GET_without_its_body(string path, HttpStatusCode status)
    {
        using var browser = new Browser(app.Address);
        var answer = await browser.SendAsync(HttpMethod.Head, path);
        answer.StatusCode.ShouldBe(status);
        (await answer.Content.ReadAsByteArrayAsync(Cancel)).ShouldBeEmpty();
        if (status == HttpStatusCode.Redirect)
            (await browser.SendAsync(HttpMethod.Head, answer.Headers.Location!.PathAndQuery)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_HEAD_of_somebody_signed_in_is_answered()
    {
        using var browser = await Browser.OfAsync(app, Role.Manager);
        foreach (var path in (string[])["/", "/interventions", "/audit", "/audit/export.csv"])
            (await browser.SendAsync(HttpMethod.Head, path)).StatusCode.ShouldBe(HttpStatusCode.OK, path);
    }

    [Theory]
    [InlineData("PUT", "/sign-in")]
    [InlineData("DELETE", "/interventions")]
    [InlineData("OPTIONS", "/")]
    public async Task A_method_no_page_takes_is_refused_and_not_redirected(string method, string path)
    {
        using var browser = new Browser(app.Address);
        (await browser.SendAsync(HttpMethod.Parse(method), path)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }
}

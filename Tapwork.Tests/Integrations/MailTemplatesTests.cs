using System.Text.RegularExpressions;
using Tapwork.Infrastructure.Integrations.Mail;

namespace Tapwork.Tests.Integrations;

public partial class MailTemplatesTests
{
    private const string Link = "https://tapwork.example/interventions/1?a=1&b=2";

    public static TheoryData<string, string> Mails =>
        [.. from name in MailTemplates.All from language in MailTemplates.Languages select (name, language)];

    [Theory]
    [MemberData(nameof(Mails))]
    public async Task Every_mail_says_what_it_is_about_and_leads_there(string name, string language)
    {
        var mail = await MailTemplates.WriteAsync(name, language, Link, Words(reason: "PDL inconnu"));
        mail.Subject.ShouldNotBeNullOrWhiteSpace();
        mail.Text.ShouldContain("Jeanne Durand");
        mail.Text.ShouldContain(Link);
        mail.Html.ShouldContain($"lang=\"{language}\"");
        mail.Html.ShouldContain("href=\"https://tapwork.example/interventions/1?a=1&amp;b=2\"");
        (mail.Subject + mail.Text + mail.Html).ShouldNotContain("{{");
        Placeholder().Matches(mail.Text).ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Mails))]
    public async Task Both_languages_name_the_same_things(string name, string language)
    {
        var other = MailTemplates.Languages.Single(l => l != language);
        var (mine, theirs) = (await MailTemplates.WriteAsync(name, language, Link, Marks()), await MailTemplates.WriteAsync(name, other, Link, Marks()));
        Named(mine).ShouldBe(Named(theirs));
        mine.Subject.ShouldNotBe(theirs.Subject);
    }

    [Fact]
    public async Task What_a_partner_wrote_cannot_become_markup_or_a_second_header()
    {
        var mail = await MailTemplates.WriteAsync(
            MailTemplates.DossierRefused, "fr", Link, Words(reason: "<script>alert(1)</script>\n\nSubject: x", reference: "INT-1\r\nBcc: all@example.com"));
        mail.Html.ShouldNotContain("<script>");
        mail.Html.ShouldContain("&lt;script&gt;");
        mail.Subject.ShouldNotContain('\n');
        mail.Subject.ShouldNotContain('\r');
    }

    [Fact]
    public async Task What_is_not_known_is_left_out()
    {
        var mail = await MailTemplates.WriteAsync(MailTemplates.DossierRefused, "fr", Link, Words(reason: " "));
        mail.Text.ShouldNotContain("Motif");
    }

    private static Dictionary<string, string?> Words(string reason, string reference = "INT-2026-000001") => new()
    {
        ["name"] = "Jeanne Durand",
        ["email"] = "jeanne@example.com",
        ["reference"] = reference,
        ["reason"] = reason,
        ["integration"] = "Symphonics",
    };

    private static Dictionary<string, string?> Marks() =>
        Words("").Keys.ToDictionary(key => key, key => (string?)$"[{key}]");

    private static IReadOnlyList<string> Named(MailText mail) => [.. Placeholder().Matches(mail.Subject + mail.Text).Select(m => m.Value).Distinct().Order()];

    [GeneratedRegex(@"\[\w+\]")]
    private static partial Regex Placeholder();
}

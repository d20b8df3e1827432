using System.Text.Encodings.Web;
using Fluid;

namespace Tapwork.Infrastructure.Integrations.Mail;

/// <summary>
/// The mails' words: for each mail and language a Liquid file whose first two lines are the subject and the label of its link. The plain
/// text is written as it stands; the HTML part is made of its paragraphs, every value of it encoded.
/// </summary>
internal static class MailTemplates
{
    public const string DossierRefused = "dossier_refused";
    public const string DossierRejected = "dossier_rejected";
    public const string DossierStalled = "dossier_stalled";
    public const string IntegrationHeld = "integration_held";
    public const string IntegrationGivenUp = "integration_given_up";
    public const string Alert = "alert";
    public const string AlertCleared = "alert_cleared";
    public const string AuditBroken = "audit_broken";
    public const string AccountCreated = "account_created";
    public const string AccountRecovery = "account_recovery";
    public const string AccountPaused = "account_paused";

    public static readonly IReadOnlyList<string> All = [DossierRefused, DossierRejected, DossierStalled, IntegrationHeld, IntegrationGivenUp, Alert, AlertCleared, AuditBroken, AccountCreated, AccountRecovery, AccountPaused];
    public static readonly IReadOnlyList<string> Languages = ["fr", "en"];

    private static readonly FluidParser Parser = new();
    private static readonly IFluidTemplate Layout = Parser.Parse(Source("layout"));

    private static readonly Dictionary<string, Parts> Mails = All
        .SelectMany(name => Languages.Select(language => $"{name}.{language}")).ToDictionary(name => name, name => Parts.Of(Source(name)));

    /// <summary>Writes one mail.</summary>
    /// <param name="name">One of <see cref="All"/>.</param>
    /// <param name="language">One of <see cref="Languages"/>.</param>
    /// <param name="link">Where its button leads.</param>
    /// <param name="words">What the template names; what is missing or empty is left out.</param>
    /// <exception cref="KeyNotFoundException">There is no such mail.</exception>
    public static async Task<MailText> WriteAsync(string name, string language, string link, IReadOnlyDictionary<string, string?> words)
    {
        var mail = Mails[$"{name}.{language}"];
        var context = new TemplateContext();
        // An empty text counts as true in Liquid.
        foreach (var (key, word) in words.Where(w => !string.IsNullOrWhiteSpace(w.Value)))
            context.SetValue(key, word);
        context.SetValue("link", link);
        context.SetValue("language", language);
        var subject = OneLine(await mail.Subject.RenderAsync(context, NullEncoder.Default));
        var text = (await mail.Body.RenderAsync(context, NullEncoder.Default)).Trim() + "\n";
        context.SetValue("subject", subject);
        context.SetValue("action", await mail.Action.RenderAsync(context, NullEncoder.Default));
        context.SetValue("paragraphs", text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        return new MailText(subject, text, await Layout.RenderAsync(context, HtmlEncoder.Default));
    }

    private static string OneLine(string text) => string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c)).Trim();

    private static string Source(string name)
    {
        using var stream = typeof(MailTemplates).Assembly.GetManifestResourceStream($"Mail/{name}.liquid")
            ?? throw new InvalidOperationException($"no mail template {name}");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private sealed record Parts(IFluidTemplate Subject, IFluidTemplate Action, IFluidTemplate Body)
    {
        public static Parts Of(string source)
        {
            var lines = source.Split('\n', 3);
            return new Parts(Parser.Parse(After(lines[0], "Subject:")), Parser.Parse(After(lines[1], "Action:")), Parser.Parse(lines[2]));
        }

        private static string After(string line, string key) =>
            line.StartsWith(key, StringComparison.Ordinal) ? line[key.Length..].Trim() : throw new InvalidOperationException($"a mail template lacks its line {key}");
    }
}

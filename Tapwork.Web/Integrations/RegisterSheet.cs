using System.Globalization;
using System.Text;
using Microsoft.Extensions.Localization;
using Tapwork.Infrastructure.Integrations;
using Tapwork.Web.Accounts;
using Tapwork.Web.Shell;

namespace Tapwork.Web.Integrations;

/// <summary>The register's sheet of an integration as a Markdown file, <c>REQ-I-001-name.md</c>; never a secret.</summary>
public static class RegisterSheet
{
    public static void MapIntegrations(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/integrations/{code}/register.md", SendAsync).RequireAuthorization(Policies.Admin);

    private static async Task<IResult> SendAsync(
        string code, HttpContext context, IntegrationQueries integrations, ConnectorList connectors, PublicAddress address, IStringLocalizer<Texts> texts)
    {
        if (await integrations.FindAsync(context.ActorOf(), code, context.RequestAborted) is not { } sheet)
            return Results.NotFound();
        var text = Write(texts, sheet, connectors.Of(sheet.Row.ConnectorKey), address);
        return Results.File(Encoding.UTF8.GetBytes(text), "text/markdown; charset=utf-8", FileName(sheet));
    }

    internal static string FileName(IntegrationSheet sheet) => $"{sheet.Row.Code}-{string.Join('-', Plain(sheet.Row.Name).Split('-', StringSplitOptions.RemoveEmptyEntries))}.md";

    internal static string Write(IStringLocalizer texts, IntegrationSheet sheet, ConnectorDescriptor? connector, PublicAddress address)
    {
        var (register, pace) = (sheet.Register, sheet.Pace);
        var to = new StringBuilder().Append(CultureInfo.InvariantCulture, $"# {sheet.Row.Code} {sheet.Row.Name}\n\n{connector?.Say("about")}\n\n");
        Fact("integration.register.owner", $"{register.Owner} {register.OwnerEmail}".Trim());
        Fact("integration.register.contacts", register.Contacts);
        Fact("integration.criticality", texts.Say(register.Criticality));
        Fact("integration.register.phase", texts.Say(register.Phase));
        Fact("integration.doc.protocol", connector?.Say("protocol"));
        Fact("integration.doc.authentication", connector?.Say("authentication"));
        foreach (var (name, value) in sheet.Settings.Where(s => s.Value.Length > 0))
            to.Append(CultureInfo.InvariantCulture, $"- **{connector?.Label(name) ?? name}**: {value}\n");
        Fact("integration.doc.webhook", connector?.Receives is null ? null : address.Of($"/api/webhooks/{sheet.Row.Code.ToLowerInvariant()}"));
        Fact("integration.pace.timeout", Number(pace.TimeoutSeconds));
        Fact("integration.pace.schedule", pace.RetrySchedule);
        Fact("integration.pace.concurrency", Number(pace.Concurrency));
        Fact("integration.pace.minute", Number(pace.Limit.PerMinute));
        Fact("integration.pace.day", Number(pace.Limit.PerDay));
        Fact("integration.register.availability", register.SlaAvailability?.ToString("0.##", CultureInfo.CurrentCulture));
        Fact("integration.register.response", register.SlaMilliseconds is { } milliseconds ? Number(milliseconds) : null);
        foreach (var (key, text) in new[] { ("integration.register.errors", register.ErrorHandling), ("integration.register.testing", register.TestingNotes), ("integration.register.risks", register.Risks) })
            if (!string.IsNullOrEmpty(text))
                to.Append(CultureInfo.InvariantCulture, $"\n## {texts[key]}\n\n{text}\n");
        Wire("integration.doc.out", connector?.Sends);
        Wire("integration.doc.in", connector?.Receives);
        return to.ToString();

        void Fact(string key, string? value) =>
            to.Append(CultureInfo.InvariantCulture, $"- **{texts[key]}**: {(string.IsNullOrWhiteSpace(value) ? "—" : value.ReplaceLineEndings(" "))}\n");

        void Wire(string key, Type? type)
        {
            if (type is null)
                return;
            to.Append(CultureInfo.InvariantCulture, $"\n## {texts[key]}\n\n| {texts["integration.doc.field"]} | {texts["integration.doc.type"]} |\n|---|---|\n");
            foreach (var field in WireDescription.FieldsOf(type))
                to.Append(CultureInfo.InvariantCulture, $"| `{field.Path}` | {field.Kind.Replace("|", "\\|", StringComparison.Ordinal)}{(field.IsRequired ? $", {texts["integration.doc.required"]}" : "")} |\n");
            to.Append(CultureInfo.InvariantCulture, $"\n```json\n{WireDescription.SampleOf(type)}\n```\n");
        }
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    // Letters and digits without accents; all else is a dash.
    private static string Plain(string name) => string.Concat(name.ToLowerInvariant().Normalize(NormalizationForm.FormD)
        .Where(c => CharUnicodeInfo.GetUnicodeCategory(c) != UnicodeCategory.NonSpacingMark).Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-'));
}

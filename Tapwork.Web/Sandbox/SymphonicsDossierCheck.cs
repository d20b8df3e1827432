using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Tapwork.Web.Sandbox;

/// <summary>What the stand-in finds wrong with a dossier.</summary>
internal static partial class SymphonicsDossierCheck
{
    public static List<(string Field, string Message)> Of(JsonObject dossier)
    {
        var wrong = new List<(string, string)>();
        foreach (var field in (string[])["customer.first_name", "customer.last_name", "installation.address", "installation.city", "installer.id", "external_id"])
            Need(dossier, field, _ => true, wrong);
        Need(dossier, "customer.email", v => v.Contains('@', StringComparison.Ordinal), wrong);
        Need(dossier, "customer.phone", Phone().IsMatch, wrong);
        Need(dossier, "installation.postal_code", PostalCode().IsMatch, wrong);
        Need(dossier, "completion_date", v => DateOnly.TryParseExact(v, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _), wrong);
        if (Text(dossier, "installation.pdl") is { } pdl && !Digits().IsMatch(pdl))
            wrong.Add(("installation.pdl", "must have 14 digits"));
        foreach (var list in (string[])["services", "equipment", "documents", "photos"])
            if (dossier[list] is not JsonArray { Count: > 0 })
                wrong.Add((list, "must hold at least one"));
        foreach (var list in (string[])["documents", "photos"])
            if (dossier[list] is JsonArray named)
                for (var i = 0; i < named.Count; i++)
                    if (!Uri.TryCreate(named[i]?["url"]?.ToString(), UriKind.Absolute, out _) || named[i]?["sha256"]?.ToString() is not { Length: 64 })
                        wrong.Add(($"{list}[{i}].url", "must be an absolute address with its sha256"));
        return wrong;
    }

    private static void Need(JsonObject dossier, string field, Func<string, bool> isRight, List<(string, string)> wrong)
    {
        if (Text(dossier, field) is not { Length: > 0 } value)
            wrong.Add((field, "is required"));
        else if (!isRight(value))
            wrong.Add((field, "is malformed"));
    }

    private static string? Text(JsonObject dossier, string field)
    {
        JsonNode? node = dossier;
        foreach (var name in field.Split('.'))
            node = (node as JsonObject)?[name];
        return node?.ToString();
    }

    [GeneratedRegex(@"^\+[0-9]{8,15}$")]
    private static partial Regex Phone();

    [GeneratedRegex("^[0-9]{5}$")]
    private static partial Regex PostalCode();

    [GeneratedRegex("^[0-9]{14}$")]
    private static partial Regex Digits();
}

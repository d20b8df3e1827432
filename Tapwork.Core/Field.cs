using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Tapwork.Core;

/// <summary>Reads what was typed: trims, normalises, and notes what is missing or too long.</summary>
public static class Field
{
    /// <summary>The trimmed text; notes <c>field.required</c> or <c>field.too_long</c> (with the maximum).</summary>
    public static string Required(string? input, string field, int maximum, List<Violation> broken)
    {
        var text = Optional(input, field, maximum, broken);
        if (text is null)
            broken.Add(new Violation("field.required", field));
        return text ?? "";
    }

    /// <summary>The trimmed text, or null when nothing was typed; notes <c>field.too_long</c>. Length counts UTF-16 units.</summary>
    public static string? Optional(string? input, string field, int maximum, List<Violation> broken)
    {
        var text = Storable(input)?.Trim().Normalize();
        if (string.IsNullOrEmpty(text))
            return null;
        if (text.Length > maximum)
            broken.Add(new Violation("field.too_long", field, maximum));
        return text;
    }

    /// <summary>What others sent, in what every database can keep: no NUL and no half of a surrogate pair, which PostgreSQL refuses, and no longer than its column (UTF-16 units).</summary>
    [return: NotNullIfNotNull(nameof(text))]
    public static string? Storable(string? text, int maximum = int.MaxValue)
    {
        var plain = text?.Replace("\0", "", StringComparison.Ordinal);
        var cut = plain?.Length > maximum ? plain[..maximum] : plain;
        return cut?.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF') == true ? Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(cut)) : cut;
    }

    /// <summary>Takes every blank away, no-break and thin ones too.</summary>
    public static string WithoutBlanks(string? input) =>
        string.Concat((input ?? "").Where(c => !char.IsWhiteSpace(c) && c is not ('\u200B' or '\uFEFF')));
}

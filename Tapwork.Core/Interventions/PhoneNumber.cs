using System.Text.RegularExpressions;

namespace Tapwork.Core.Interventions;

/// <summary>A French telephone number, kept as E.164 (<c>+33612345678</c>).</summary>
public static partial class PhoneNumber
{
    /// <summary>Notes <c>phone.malformed</c>; dots, dashes and blanks between the digits are allowed.</summary>
    public static string Read(string? input, string field, List<Violation> broken)
    {
        var text = Field.WithoutBlanks(input).Replace(".", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal);
        if (text.Length == 0)
            broken.Add(new Violation("field.required", field));
        else if (!Pattern().IsMatch(text))
            broken.Add(new Violation("phone.malformed", field));
        else if (text[0] == '0')
            return "+33" + text[1..];
        return text;
    }

    [GeneratedRegex(@"^(\+33|0)[1-9][0-9]{8}$")]
    private static partial Regex Pattern();
}

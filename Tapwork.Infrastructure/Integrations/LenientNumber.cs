using System.Globalization;
using System.Text.RegularExpressions;

namespace Tapwork.Infrastructure.Integrations;

/// <summary>A number as others write it: with a point or a comma before its fraction.</summary>
/// <remarks>Not read: <c>3,600</c>, which is 3.6 to a Frenchman and 3600 to an Englishman; digits in groups; what no finite number holds.</remarks>
internal static partial class LenientNumber
{
    /// <summary>Null for what is none. Never throws.</summary>
    public static double? Parse(string? text)
    {
        if (text is null || Grouped().IsMatch(text))
            return null;
        if (text.Contains(',') && !text.Contains('.') && text.IndexOf(',') == text.LastIndexOf(','))
            text = text.Replace(',', '.');
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;
    }

    [GeneratedRegex(@"^\s*[-+]?[1-9][0-9]{0,2}(?:,[0-9]{3})+\s*$", RegexOptions.CultureInvariant)]
    private static partial Regex Grouped();
}

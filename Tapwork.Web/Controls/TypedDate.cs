using System.Globalization;
using System.Text.RegularExpressions;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Web.Controls;

/// <summary>Reads a day as people type it, the French way or the English way; the day always comes before the month where both are figures.</summary>
internal static partial class TypedDate
{
    // Beginnings that tell the months apart in both languages, accents folded; "juin" and "juillet" before a mere "jui".
    private static readonly (string Beginning, int Month)[] Months =
    [
        ("jan", 1), ("fev", 2), ("feb", 2), ("mar", 3), ("avr", 4), ("apr", 4), ("mai", 5), ("may", 5), ("juin", 6), ("jun", 6), ("juil", 7), ("jul", 7),
        ("aou", 8), ("aug", 8), ("sep", 9), ("oct", 10), ("nov", 11), ("dec", 12),
    ];

    /// <summary>The day shown in a field.</summary>
    public static string Show(DateOnly? day) => day?.ToString("dd/MM/yyyy", CultureInfo.InvariantCulture) ?? "";

    /// <summary>As the browser's own field for a day takes it.</summary>
    public static string ToInput(DateOnly? day) => day?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? "";

    /// <summary>What the browser's own field for a day gives; null for none.</summary>
    public static DateOnly? FromInput(string? text) => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day : null;

    /// <summary>Understands 03/11/2026, 3.11.26, 03112026, 2026-11-03, 3 nov 2026, 1er novembre 2026, November 3rd, 2026; without a year it is this one.</summary>
    public static bool TryRead(string? text, DateOnly today, out DateOnly day)
    {
        var parts = Parts().Matches(SearchToken.Fold(text)).Select(m => m.Value).ToList();
        parts.RemoveAll(p => p is "er" or "st" or "nd" or "rd" or "th" or "the" or "le" or "of");
        if (parts is [{ Length: 8 } whole] && whole.All(char.IsAsciiDigit))
            parts = [whole[..2], whole[2..4], whole[4..]];
        return parts switch
        {
            [var year, var month, var d] when year.Length == 4 && IsNumber(year) && IsNumber(month) => Make(year, Number(month), d, out day),
            [var d, var month, var year] when IsNumber(d) && IsNumber(month) => Make(year, Number(month), d, out day),
            [var d, var month] when IsNumber(d) && IsNumber(month) => Make($"{today.Year}", Number(month), d, out day),
            [var d, var month, var year] when IsNumber(d) => Make(year, MonthOf(month), d, out day),
            [var month, var d, var year] => Make(year, MonthOf(month), d, out day),
            [var d, var month] when IsNumber(d) => Make($"{today.Year}", MonthOf(month), d, out day),
            [var month, var d] => Make($"{today.Year}", MonthOf(month), d, out day),
            _ => Make("", 0, "", out day),
        };
    }

    private static bool Make(string year, int month, string day, out DateOnly made)
    {
        made = default;
        if (!IsNumber(year) || !IsNumber(day) || year.Length is not (2 or 4) || day.Length > 2)
            return false;
        var (y, d) = (Number(year) + (year.Length == 2 ? 2000 : 0), Number(day));
        if (y is < 1900 or > 2199 || month is < 1 or > 12 || d < 1 || d > DateTime.DaysInMonth(y, month))
            return false;
        made = new DateOnly(y, month, d);
        return true;
    }

    private static bool IsNumber(string text) => text.Length is > 0 and <= 4 && text.All(char.IsAsciiDigit);

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static int MonthOf(string word) => Months.FirstOrDefault(m => word.StartsWith(m.Beginning, StringComparison.Ordinal)).Month;

    [GeneratedRegex("[0-9]+|[a-z]+")]
    private static partial Regex Parts();
}

using System.Globalization;
using System.Text.RegularExpressions;

namespace Tapwork.Infrastructure.Integrations;

/// <summary>
/// A moment as others write it: Unix time, ISO 8601 (extended or basic, week and ordinal dates), RFC 3339, RFC 1123, asctime, and what Java, JavaScript and .NET write by themselves.
/// UTC unless the text names its offset; a date alone is its midnight.
/// </summary>
/// <remarks>
/// Not read: <c>24/11/2026</c> and <c>11/24/2026</c>, because half of all days have two readings; a time, a month or a year alone, because no day is named;
/// a year of two digits; a moment before 1970; 16 or 19 digits that are a date and its fraction as well as a Unix time; a Unix time after 2099;
/// a zone by its name, but for GMT, UTC and those of Europe: <c>CST</c> is three of them.
/// </remarks>
internal static partial class LenientMoment
{
    // Unix times of today have ten digits in seconds, and three more in each smaller unit.
    private const double MaxUnixSeconds = 1e11;

    // 1 January 2100: digits that would be later are something else.
    private const double EndOfUnixSeconds = 4102444800;

    private const int MaxLength = 100;
    private const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal | DateTimeStyles.AllowWhiteSpaces;

    /// <summary>Null for what is none. Never throws.</summary>
    public static DateTimeOffset? Parse(string? text)
    {
        text = text?.Trim();
        if (text is not { Length: > 0 and <= MaxLength })
            return null;
        text = ZoneName().Replace(text, static z => OffsetOf(z.Value));
        // Digits alone are a date, or a date and time, where they can be one: as a Unix time they would be of 1970 or of the year 2600.
        if (Iso().Match(text) is { Success: true } iso && OfIso(iso) is { } at)
            return text.Length is 16 or 19 && text.All(char.IsAsciiDigit) ? null : at;
        if (DotNet().Match(text) is { Success: true } net)
            text = net.Groups[1].Value;
        return LenientNumber.Parse(text) is { } number ? OfUnixTime(number) : OfNamedMonth(text);
    }

    /// <summary>A Unix time in seconds, milliseconds, microseconds or nanoseconds; null for what is none.</summary>
    public static DateTimeOffset? OfUnixTime(double number)
    {
        var perSecond = 1.0;
        while (perSecond < 1e9 && number / perSecond >= MaxUnixSeconds)
            perSecond *= 1000;
        return number / perSecond is > 0 and < EndOfUnixSeconds
            ? DateTimeOffset.UnixEpoch.AddTicks((long)Math.Round(number * 1e6 / perSecond) * TimeSpan.TicksPerMicrosecond) : null;
    }

    private static DateTimeOffset? OfIso(Match iso)
    {
        var (hour, minute, second) = (Of(iso, "hour"), Of(iso, "minute"), Of(iso, "second"));
        // 24:00 ends a day, and a leap second a minute.
        if (DayOf(iso) is not { } day || hour > 24 || (hour == 24 && minute + second > 0) || minute > 59 || second > 60)
            return null;
        var fraction = iso.Groups["fraction"] is { Success: true, ValueSpan: var digits } ? double.Parse($"0.{digits}", CultureInfo.InvariantCulture) : 0;
        var offset = (60 * Of(iso, "offsetHour")) + Of(iso, "offsetMinute");
        if (offset > 24 * 60)
            return null;
        var ticks = day.Ticks + (hour * TimeSpan.TicksPerHour) + ((minute - (iso.Groups["sign"].Value is "" or "+" ? offset : -offset)) * TimeSpan.TicksPerMinute)
            + (second * TimeSpan.TicksPerSecond) + (long)(fraction * TimeSpan.TicksPerSecond);
        return ticks > DateTime.UnixEpoch.Ticks && ticks <= DateTime.MaxValue.Ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;
    }

    private static DateTime? DayOf(Match iso)
    {
        var year = (int)Of(iso, "year");
        if (year == 0)
            return null;
        if (iso.Groups["week"].Success)
            return OfWeek(year, (int)Of(iso, "week"), (int)Math.Max(1, Of(iso, "weekday")));
        if (iso.Groups["ordinal"].Success)
            return Of(iso, "ordinal") is > 0 and var ordinal && ordinal <= (DateTime.IsLeapYear(year) ? 366 : 365) ? new DateTime(year, 1, 1).AddDays(ordinal - 1) : null;
        var (month, day) = ((int)Of(iso, "month"), (int)Of(iso, "day"));
        return month is > 0 and <= 12 && day > 0 && day <= DateTime.DaysInMonth(year, month) ? new DateTime(year, month, day) : null;
    }

    // The last week of 9999 goes on after the last day there is.
    private static DateTime? OfWeek(int year, int week, int weekday)
    {
        if (week == 0 || week > ISOWeek.GetWeeksInYear(year))
            return null;
        var monday = ISOWeek.ToDateTime(year, week, DayOfWeek.Monday);
        return weekday - 1 <= (DateTime.MaxValue - monday).Days ? monday.AddDays(weekday - 1) : null;
    }

    private static long Of(Match match, string group) => match.Groups[group] is { Success: true, ValueSpan: var digits } ? long.Parse(digits, CultureInfo.InvariantCulture) : 0;

    private static string OffsetOf(string zone) => zone switch
    {
        "WET" => "+0000",
        "CET" or "MET" or "WEST" => "+0100",
        "CEST" or "MEST" or "EET" => "+0200",
        _ => "+0300",
    };

    // The month by its English name leaves no doubt which number is the day.
    private static DateTimeOffset? OfNamedMonth(string text)
    {
        text = YearAtEnd().Replace(text, "$2 $1 $5 $3 $4");
        if (!NamedDay().IsMatch(text) || !Year().IsMatch(text))
            return null;
        text = Zone().Replace(text, static z => z.Groups[1].Value is "" ? " " : $" {z.Groups[1].ValueSpan[..3]}:{z.Groups[1].ValueSpan[^2..]}").Trim();
        return (DateTime.TryParse(text, CultureInfo.InvariantCulture, Utc, out var at) || DateTime.TryParseExact(text, "ddd MMM d HH:mm:ss yyyy", CultureInfo.InvariantCulture, Utc, out at))
            && at > DateTime.UnixEpoch ? new DateTimeOffset(at, TimeSpan.Zero) : null;
    }

    [GeneratedRegex(
        @"^(?<year>[0-9]{4})(?<separator>[-/.]?)(?:(?<month>[0-9]{2})\k<separator>(?<day>[0-9]{2})|W(?<week>[0-9]{2})(?:\k<separator>(?<weekday>[1-7]))?|(?<ordinal>[0-9]{3}))"
        + @"(?:(?:[T_]|\s+|(?<=^[0-9]{8})(?=(?:[0-9]{4}|[0-9]{6,13})(?![0-9])))(?<hour>[0-9]{2})(?::?(?<minute>[0-9]{2})(?::?(?<second>[0-9]{2})(?:(?:[.,]|(?<=^[0-9]{8}T?[0-9]{6}))(?<fraction>[0-9]+))?)?)?"
        + @"\s*(?:Z|UTC|GMT|(?<sign>[-+\u2212])(?<offsetHour>[0-9]{2})(?::?(?<offsetMinute>[0-5][0-9]))?)?)?(?:\[[^\]]*\])?$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Iso();

    [GeneratedRegex(@"(?<=[0-9] ?)(?:WES?T|[CM]ES?T|EES?T)\b", RegexOptions.CultureInvariant)]
    private static partial Regex ZoneName();

    // "Tue Nov 24 09:00:00 UTC 2026", as Java and Unix write.
    [GeneratedRegex(
        @"^(?:[a-z]{3},? +)?([a-z]{3}) +([0-9]{1,2}) +([0-9]{2}:[0-9]{2}:[0-9]{2}) +((?:GMT|UTC)(?:[-+][0-9]{2}:?[0-9]{2})?|[-+][0-9]{2}:?[0-9]{2}) +([0-9]{4})$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex YearAtEnd();

    [GeneratedRegex(@"^/Date\((\d+)(?:[-+]\d{4})?\)/$", RegexOptions.CultureInvariant)]
    private static partial Regex DotNet();

    [GeneratedRegex(
        @"\b[0-9]{1,2}[ -](?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[. ]+[0-9]{1,2}\b(?!:)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex NamedDay();

    [GeneratedRegex(@"(?<![-+0-9]|:)[0-9]{4}\b|(?<=[a-z]-)[0-9]{4}\b", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Year();

    // "GMT+0100 (Central European Standard Time)", "+0100", "GMT"; the year of "24-Nov-2026" is none.
    [GeneratedRegex(@"\s*(?:(?:\b(?:GMT|UTC)|(?<![A-Za-z]))([-+][0-9]{2}:?[0-9]{2}\b)|\b(?:GMT|UTC)\b)?\s*(?:\([^)]*\))?\s*$", RegexOptions.CultureInvariant)]
    private static partial Regex Zone();
}

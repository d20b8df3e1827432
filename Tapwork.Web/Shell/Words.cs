using System.Globalization;
using Microsoft.Extensions.Localization;
using Tapwork.Core;

namespace Tapwork.Web.Shell;

/// <summary>Says rules, states, moments and counts in the language of the screen.</summary>
public static class Words
{
    /// <summary>What a broken rule means to a person.</summary>
    public static string Say(this IStringLocalizer texts, Violation violation)
    {
        var text = texts[$"rule.{violation.Rule}"];
        if (text.ResourceNotFound)
            return texts["rule.unknown", violation.Rule];
        object[] args = [.. violation.Args.Select(a => a is Enum state ? texts.Say(state) : a is DateOnly day ? Day(day) : a)];
        return args.Length == 0 ? text.Value : string.Format(CultureInfo.CurrentCulture, text.Value, args);
    }

    /// <summary>All broken rules, one sentence after the other.</summary>
    public static string Say(this IStringLocalizer texts, RuleViolation refusal) => string.Join(' ', refusal.Violations.Select(texts.Say).Distinct());

    /// <summary>A state: the key is the enum's name and the value's, e.g. <c>InterventionStatus.InProgress</c>.</summary>
    public static string Say(this IStringLocalizer texts, Enum state) => texts[$"{state.GetType().Name}.{state}"];

    /// <summary>A count with its word: the key, or the key with <c>.one</c> for 0 and 1 in French and 1 in English.</summary>
    public static string Count(this IStringLocalizer texts, string key, int count)
    {
        var isOne = count == 1 || (count == 0 && CultureInfo.CurrentUICulture.TwoLetterISOLanguageName == "fr");
        return texts[isOne ? $"{key}.one" : key, Number(count)];
    }

    /// <summary>A total that is exact up to 1,000.</summary>
    public static string Total(this IStringLocalizer texts, int total) =>
        total > 1000 ? texts["list.more_than", Number(1000)] : Number(total);

    /// <summary>How long ago, or in how long.</summary>
    public static string Ago(this IStringLocalizer texts, DateTimeOffset moment, DateTimeOffset now)
    {
        var (distance, key) = ((now - moment).Duration(), moment > now ? "in" : "ago");
        return distance switch
        {
            { TotalSeconds: < 45 } => texts[$"time.{key}.moment"],
            { TotalMinutes: < 59.5 } => texts[$"time.{key}.minutes", Math.Max(1, (int)Math.Round(distance.TotalMinutes))],
            { TotalHours: < 23.5 } => texts[$"time.{key}.hours", Math.Max(1, (int)Math.Round(distance.TotalHours))],
            { TotalDays: < 30 } => texts[$"time.{key}.days", Math.Max(1, (int)Math.Round(distance.TotalDays))],
            _ => Day(Paris.DayOf(moment)),
        };
    }

    /// <summary>Every value of an enumeration, with its word.</summary>
    public static IEnumerable<(string Value, string Text)> Choices<T>(this IStringLocalizer texts) where T : struct, Enum =>
        Enum.GetValues<T>().Select(v => (v.ToString(), texts.Say(v)));

    /// <summary>How long, in its two largest units.</summary>
    public static string Span(this IStringLocalizer texts, TimeSpan span)
    {
        (string Unit, int Count)[] parts = [("days", span.Days), ("hours", span.Hours), ("minutes", span.Minutes), ("seconds", span.Seconds)];
        return string.Join(' ', parts.SkipWhile(p => p.Count == 0).Take(2).Where(p => p.Count > 0).Select(p => texts[$"time.span.{p.Unit}", p.Count].Value));
    }

    public static string Day(DateOnly day) => day.ToString("d MMM yyyy", CultureInfo.CurrentCulture);

    /// <summary>Whole, in groups of three.</summary>
    public static string Number(long number) => number.ToString("N0", CultureInfo.CurrentCulture);

    /// <summary>Above what happened on it.</summary>
    public static string DayHeading(DateOnly day) => day.ToString("dddd d MMMM yyyy", CultureInfo.CurrentCulture);

    /// <summary>Below the day's heading: the time of day in Paris, to the second.</summary>
    public static string TimeOfDay(DateTimeOffset moment) => Paris.At(moment).ToString("HH:mm:ss", CultureInfo.InvariantCulture);

    /// <summary>Exact, in Paris.</summary>
    public static string Moment(DateTimeOffset moment) => Paris.At(moment).ToString("d MMM yyyy HH:mm:ss", CultureInfo.CurrentCulture);
}

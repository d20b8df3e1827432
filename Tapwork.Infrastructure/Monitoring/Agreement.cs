using Tapwork.Core;

namespace Tapwork.Infrastructure.Monitoring;

/// <summary>How much is used up of what was agreed with the far side, this month (Paris).</summary>
/// <param name="MinutesLost">Of each hour the share of its sends that failed through the far side's fault, of the minutes of it that have passed.</param>
/// <param name="Availability">Share of the month's minutes so far that were not lost, 0 to 1; null without a send.</param>
/// <param name="MinutesAllowed">Of the whole month; null when no availability was agreed.</param>
/// <param name="MinutesUsed">Percent of those; above 100 the agreement is broken. Null without an agreement, and with too few sends to say.</param>
/// <param name="InTime">Share of the sends that were answered within the agreed time, 0 to 1; null likewise.</param>
/// <param name="SlownessUsed">Percent of the sends that may take longer (one in twenty); above 100 the p95 is above what was agreed.</param>
public sealed record Agreement(int MinutesLost, double? Availability, double? MinutesAllowed, int? MinutesUsed, double? InTime, int? SlownessUsed)
{
    // The first of fewer would break it by itself.
    private const int FewestSends = 5, FewestForP95 = 20;
    private const double MaySlow = 0.05;
    private const int MostPercent = 10_000;

    // Longer than any send may take: where the last class of durations is taken to end.
    private const double Longest = 300_000;

    /// <summary>The beginning of the month (Paris).</summary>
    public static DateTimeOffset MonthOf(DateTimeOffset now)
    {
        var today = Paris.DayOf(now);
        return Paris.StartOf(new DateOnly(today.Year, today.Month, 1));
    }

    /// <param name="availability">Percent.</param>
    /// <param name="milliseconds">The p95.</param>
    /// <param name="month">The hours of this month.</param>
    public static Agreement Of(decimal? availability, int? milliseconds, IReadOnlyList<DeliveryHour> month, DateTimeOffset now)
    {
        var sent = month.Sum(h => h.Sent);
        var lost = month.Where(h => h.Sent > 0).Sum(h => Passed(h, now) * (h.Authentication + h.System) / h.Sent);
        var allowed = availability is { } agreed ? MinutesOf(MonthOf(now)) * (double)(100 - agreed) / 100 : (double?)null;
        var inTime = milliseconds is { } limit && sent >= FewestForP95 ? month.Sum(h => Within(h.Durations, limit)) / sent : (double?)null;
        var available = sent == 0 ? (double?)null : Math.Max(0, 1 - (lost / (now - MonthOf(now)).TotalMinutes));
        return new Agreement((int)Math.Round(lost), available, allowed, allowed is { } most && sent >= FewestSends ? Percent(lost, most) : null,
            inTime, inTime is { } share ? Percent(1 - share, MaySlow) : null);
    }

    // The hour under way has not lost more than has passed of it.
    private static double Passed(DeliveryHour hour, DateTimeOffset now) => Math.Clamp((now - hour.Hour).TotalMinutes, 0, 60);

    private static double MinutesOf(DateTimeOffset month) => (Paris.StartOf(Paris.DayOf(month).AddMonths(1)) - month).TotalMinutes;

    // Of the class the limit lies in, the part below it.
    private static double Within(IReadOnlyList<int> durations, int limit)
    {
        double within = 0, from = 0;
        for (var i = 0; i < durations.Count && from < limit; i++)
        {
            var to = i < DeliveryHour.Bounds.Count ? DeliveryHour.Bounds[i] : Longest;
            within += durations[i] * Math.Min(1, (limit - from) / (to - from));
            from = to;
        }
        return within;
    }

    // Rounded up, so that what is above 100 is more than was allowed.
    private static int Percent(double used, double allowed) =>
        Math.Round(used, 9) <= 0 ? 0 : (int)Math.Min(MostPercent, Math.Ceiling(Math.Round(100 * used / allowed, 6)));
}

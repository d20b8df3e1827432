namespace Tapwork.Core;

/// <summary>The one time zone of the trade: moments are kept in UTC and read in Europe/Paris.</summary>
public static class Paris
{
    public static readonly TimeZoneInfo Zone = TimeZoneInfo.FindSystemTimeZoneById("Europe/Paris");

    public static DateTimeOffset At(DateTimeOffset moment) => TimeZoneInfo.ConvertTime(moment, Zone);

    public static DateOnly DayOf(DateTimeOffset moment) => DateOnly.FromDateTime(At(moment).DateTime);

    /// <summary>The moment at which the day begins in Paris.</summary>
    public static DateTimeOffset StartOf(DateOnly day) => At(day, TimeOnly.MinValue);

    /// <summary>The moment at which the day is over in Paris.</summary>
    public static DateTimeOffset EndOf(DateOnly day) => day == DateOnly.MaxValue ? DateTimeOffset.MaxValue : StartOf(day.AddDays(1));

    /// <summary>The moment (UTC) at which the clocks in Paris show this; the hour that spring skips falls on the one after.</summary>
    public static DateTimeOffset At(DateOnly day, TimeOnly time)
    {
        // The first day there is begins, in UTC, before all time.
        var shown = (day == DateOnly.MinValue ? day.AddDays(1) : day).ToDateTime(time, DateTimeKind.Unspecified);
        return new DateTimeOffset(shown, Zone.GetUtcOffset(shown)).ToUniversalTime();
    }
}

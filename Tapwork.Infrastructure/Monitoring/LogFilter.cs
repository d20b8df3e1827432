using System.Globalization;

namespace Tapwork.Infrastructure.Monitoring;

/// <summary>What can be read together in the order of time.</summary>
public enum LogKind
{
    /// <summary>That it was made; its status is the present one.</summary>
    Delivery,

    Attempt,
    InboundCall,

    /// <summary>A line of the application's log.</summary>
    Entry,
}

/// <summary>What is looked for; what is null does not matter.</summary>
/// <param name="CorrelationId">Of the act or call that caused it.</param>
/// <param name="Search">
/// Of deliveries what the list of deliveries finds; part of an attempt's error, of a call's source, body or note, of a line's text or exception; or the whole number of a delivery or call.
/// </param>
/// <param name="From">The first moment.</param>
/// <param name="Until">The moment after the last.</param>
/// <param name="Kinds">Empty for all.</param>
/// <param name="Least">What matters less is left out.</param>
public sealed record LogFilter(
    string? CorrelationId = null, string? Search = null, DateTimeOffset? From = null, DateTimeOffset? Until = null, IReadOnlyList<LogKind>? Kinds = null,
    Gravity Least = Gravity.Information)
{
    /// <summary>Looked through where nothing else is said.</summary>
    public static readonly TimeSpan Usual = TimeSpan.FromHours(24);

    /// <summary>The longest period that is looked through for what no index finds.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(31);

    internal bool Wants(LogKind kind) => Kinds is not { Count: > 0 } || Kinds.Contains(kind);

    /// <summary>The period that is looked through: an index finds a correlation at any time, everything else has bounds.</summary>
    internal (DateTimeOffset? From, DateTimeOffset? Until, bool IsCut) PeriodAt(DateTimeOffset now)
    {
        var (first, until) = (Within(From), Within(Until));
        if (CorrelationId is not null)
            return (first, until, false);
        var end = until ?? now;
        var from = first ?? end - Usual;
        var isCut = (Search is not null || Least > Gravity.Information) && end - from > Longest;
        return (isCut ? end - Longest : from, until, isCut);
    }

    // Anything can be typed into an address; at the ends of the calendar there is no room to reckon.
    private static DateTimeOffset? Within(DateTimeOffset? moment) => moment is { Year: var year } ? year < 2000 ? Earliest : year > 2200 ? Latest : moment : null;

    private static readonly DateTimeOffset Earliest = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero), Latest = new(2200, 12, 31, 0, 0, 0, TimeSpan.Zero);
}

/// <summary>Where reading goes on: of each kind, by its place in the enumeration, the number below which nothing was shown yet.</summary>
public sealed record LogPosition(IReadOnlyList<long> Below)
{
    internal long Of(LogKind kind) => Below[(int)kind];

    public override string ToString() => string.Join('-', Below);

    /// <summary>As it stands in an address; null when it does not.</summary>
    public static LogPosition? Read(string? text)
    {
        var below = (text ?? "").Split('-').Select(part => long.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : (long?)null).OfType<long>().ToList();
        return below.Count == Enum.GetValues<LogKind>().Length ? new LogPosition(below) : null;
    }
}

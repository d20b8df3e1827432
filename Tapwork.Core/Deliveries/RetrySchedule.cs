using System.Globalization;

namespace Tapwork.Core.Deliveries;

/// <summary>How long to wait after each failed try; after the last step a delivery is dead. Belongs to an integration.</summary>
public sealed class RetrySchedule
{
    /// <summary>5 s, 30 s, 2 min, 10 min, 1 h, 3 h, 8 h, 24 h.</summary>
    public static readonly RetrySchedule Default = Parse("5s 30s 2m 10m 1h 3h 8h 24h");

    /// <summary>No single wait is longer.</summary>
    public static TimeSpan LongestStep => TimeSpan.FromDays(30);

    private RetrySchedule(IReadOnlyList<TimeSpan> steps) => Steps = steps;

    public IReadOnlyList<TimeSpan> Steps { get; }

    /// <summary>All waits together, without jitter.</summary>
    public TimeSpan Total => Steps.Aggregate(TimeSpan.Zero, (sum, step) => sum + step);

    /// <summary>Reads <c>5s 2m 1h 1d 500ms</c>, separated by blanks or commas.</summary>
    /// <exception cref="RuleViolation"><c>integration.retry_schedule_malformed</c>: no, too many or unreadable steps, or one above <see cref="LongestStep"/>.</exception>
    public static RetrySchedule Parse(string text)
    {
        var steps = text.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries).Select(Step).ToList();
        return steps.Count is > 0 and <= 50 ? new RetrySchedule(steps) : throw Malformed();
    }

    /// <summary>The wait after the given failed try (1 is the first), up to a fifth longer or shorter; null when that was the last.</summary>
    /// <param name="jitter">0 to 1, evenly drawn.</param>
    public TimeSpan? After(int failedTries, double jitter) =>
        failedTries > Steps.Count ? null : Steps[failedTries - 1] * (0.8 + (0.4 * jitter));

    private static TimeSpan Step(string word)
    {
        var unit = word.TrimStart('0', '1', '2', '3', '4', '5', '6', '7', '8', '9');
        if (!int.TryParse(word.AsSpan(0, word.Length - unit.Length), CultureInfo.InvariantCulture, out var number) || number == 0)
            throw Malformed();
        var one = unit switch
        {
            "ms" => TimeSpan.FromMilliseconds(1),
            "s" => TimeSpan.FromSeconds(1),
            "m" or "min" => TimeSpan.FromMinutes(1),
            "h" => TimeSpan.FromHours(1),
            "d" => TimeSpan.FromDays(1),
            _ => throw Malformed(),
        };
        return number <= LongestStep / one ? one * number : throw Malformed();
    }

    private static RuleViolation Malformed() => new("integration.retry_schedule_malformed", "RetrySchedule");
}

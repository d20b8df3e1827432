namespace Tapwork.Core.Integrations;

/// <summary>
/// How many calls a partner takes, and how many of them are kept for calls a person waits for. 0 is no limit. The queue has a floor as well:
/// half of what is not reserved, which people's calls never use; see decision 0016.
/// </summary>
public sealed record RateLimit(int PerMinute, int ReservedPerMinute, int PerDay, int ReservedPerDay)
{
    public static readonly RateLimit None = new(0, 0, 0, 0);

    public bool IsNone => PerMinute == 0 && PerDay == 0;

    /// <summary>Calls of a rolling minute that people leave to the queue.</summary>
    public int QueueFloorPerMinute => FloorOf(PerMinute, ReservedPerMinute);

    /// <summary>Calls of a rolling day that people leave to the queue.</summary>
    public int QueueFloorPerDay => FloorOf(PerDay, ReservedPerDay);

    /// <summary>Calls of a rolling minute that one person may cause; 0 is no limit.</summary>
    public int MaxPerPersonPerMinute => PerMinute == 0 ? 0 : Math.Max(1, PerMinute / 5);

    /// <summary>Calls of a rolling day that one person may cause; 0 is no limit.</summary>
    public int MaxPerPersonPerDay => PerDay == 0 ? 0 : Math.Max(1, PerDay / 10);

    /// <summary>Calls of a rolling minute that the jobs' questions may take of the queue's: half of its floor, so none of a floor of one.</summary>
    public int MaxPerJobsPerMinute => QueueFloorPerMinute / 2;

    /// <summary>Calls of a rolling day that the jobs' questions may take of the queue's: a quarter of its floor; one, where that is no more than half.</summary>
    public int MaxPerJobsPerDay => Math.Max(Math.Min(1, QueueFloorPerDay / 2), QueueFloorPerDay / 4);

    private static int FloorOf(int limit, int reserved) => Math.Max(0, (limit - reserved) / 2);
}

/// <summary>Who waits for a call.</summary>
public enum CallFor
{
    Person,

    /// <summary>A delivery.</summary>
    Queue,

    /// <summary>A job's question: of the queue's calls, and never more than a part of them, so that deliveries always have calls left.</summary>
    Job,
}

/// <summary>Calls granted lately, counted by second and by hour, so that no rolling minute and no rolling day holds more than the limit.</summary>
public sealed record RateBudget
{
    // A second more than the window: a call may take longer to arrive than the one a minute before it.
    private const long WindowMilliseconds = 60_700;
    private const long HourMilliseconds = 3_600_000;

    public static readonly RateBudget Unused = new();

    /// <summary>Grants of the last minute: moment (Unix milliseconds), calls, whether for the queue, and whether for a job of it.</summary>
    public IReadOnlyList<Grant> Recent { get; init; } = [];

    /// <summary>Calls by hour (Unix hour), for the day's limit.</summary>
    public IReadOnlyList<HourCount> Hours { get; init; } = [];

    public sealed record Grant(long At, int Calls, bool Queue, bool Job = false);

    /// <param name="Calls">Of people and queue together.</param>
    /// <param name="Queue">Of these the queue's; null in a row of an earlier version, which counts for neither by itself.</param>
    /// <param name="Job">Of the queue's the jobs'.</param>
    public sealed record HourCount(long Hour, int Calls, int? Queue = null, int Job = 0);

    /// <summary>Takes one call if there is one.</summary>
    /// <returns>The budget after it, and how long to wait when there is none (then nothing was taken).</returns>
    public (RateBudget After, TimeSpan? Wait) Take(RateLimit limit, CallFor whom, DateTimeOffset now)
    {
        var at = now.ToUnixTimeMilliseconds();
        var recent = Recent.Where(g => g.At > at - WindowMilliseconds).ToList();
        var hours = Hours.Where(h => h.Hour > (at / HourMilliseconds) - 25).ToList();
        var wait = Max(MinuteWait(recent, limit, whom, at), DayWait(hours, limit, whom, at));
        if (wait is not null)
            return (this with { Recent = recent, Hours = hours }, wait);
        recent.Add(new Grant(at, 1, whom != CallFor.Person, whom == CallFor.Job));
        Count(hours, at / HourMilliseconds, whom);
        return (new RateBudget { Recent = recent, Hours = hours }, null);
    }

    private static TimeSpan? MinuteWait(List<Grant> recent, RateLimit limit, CallFor whom, long at)
    {
        if (limit.PerMinute == 0)
            return null;
        var own = recent.Where(g => g.Queue == (whom != CallFor.Person)).ToList();
        var share = limit.PerMinute - (whom == CallFor.Person ? limit.QueueFloorPerMinute : limit.ReservedPerMinute);
        var until = Math.Max(FreeAt(recent, limit.PerMinute), FreeAt(own, share));
        if (whom == CallFor.Job)
            until = Math.Max(until, limit.MaxPerJobsPerMinute == 0 ? at + WindowMilliseconds : FreeAt([.. own.Where(g => g.Job)], limit.MaxPerJobsPerMinute));
        // Deliveries keep a distance among themselves; a job's question delays none.
        if (whom == CallFor.Queue && own.FindLast(g => !g.Job) is { } last)
            until = Math.Max(until, last.At + (WindowMilliseconds / share));
        return until > at ? TimeSpan.FromMilliseconds(until - at) : null;
    }

    // When so many of the oldest have left the window that one more fits.
    private static long FreeAt(List<Grant> grants, int limit) =>
        grants.Count < limit ? 0 : grants[grants.Count - limit].At + WindowMilliseconds;

    private static TimeSpan? DayWait(List<HourCount> hours, RateLimit limit, CallFor whom, long at)
    {
        if (limit.PerDay == 0)
            return null;
        var share = limit.PerDay - (whom == CallFor.Person ? limit.QueueFloorPerDay : limit.ReservedPerDay);
        var hasCall = hours.Sum(h => h.Calls) < limit.PerDay && hours.Sum(h => OwnCalls(h, whom)) < share;
        if (hasCall && (whom != CallFor.Job || hours.Sum(h => h.Job) < limit.MaxPerJobsPerDay))
            return null;
        // None was granted where jobs have no share at all.
        var oldest = hours.Count > 0 ? hours[0].Hour : at / HourMilliseconds;
        return TimeSpan.FromMilliseconds(((oldest + 25) * HourMilliseconds) - at);
    }

    private static int OwnCalls(HourCount hour, CallFor whom) => hour.Queue is not { } queue ? 0 : whom == CallFor.Person ? hour.Calls - queue : queue;

    private static void Count(List<HourCount> hours, long hour, CallFor whom)
    {
        var (queue, job) = (whom == CallFor.Person ? 0 : 1, whom == CallFor.Job ? 1 : 0);
        if (hours.Count > 0 && hours[^1].Hour == hour)
            hours[^1] = hours[^1] with { Calls = hours[^1].Calls + 1, Queue = hours[^1].Queue + queue, Job = hours[^1].Job + job };
        else
            hours.Add(new HourCount(hour, 1, queue, job));
    }

    private static TimeSpan? Max(TimeSpan? a, TimeSpan? b) => a is null || b > a ? b ?? a : a;
}

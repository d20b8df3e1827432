using Tapwork.Core;

namespace Tapwork.Infrastructure.Monitoring;

/// <summary>One line of the table of recurring jobs.</summary>
public sealed record RecurringJob(string Name, JobSchedule Schedule, Func<IServiceProvider, CancellationToken, Task> RunAsync);

/// <summary>When a job is due.</summary>
/// <param name="Cron">For the scheduler, in Paris time.</param>
public abstract record JobSchedule(string Cron)
{
    /// <param name="minutes">A divisor of 60.</param>
    public static JobSchedule Every(int minutes) => new EveryMinutes(minutes);

    /// <summary>Once a day at this hour in Paris.</summary>
    /// <exception cref="ArgumentOutOfRangeException">
    /// From 2 to 3 at night: that hour does not exist on one day of the year and comes twice on another, and the scheduler's reckoning of it is not ours.
    /// </exception>
    public static JobSchedule Daily(int hour, int minute) => hour == ChangingHour
        ? throw new ArgumentOutOfRangeException(nameof(hour), hour, "the clocks change in this hour")
        : new OnceADay(hour, minute);

    // Of all hours in Paris since the clocks change at 01:00 UTC (directive 2000/84/EC).
    private const int ChangingHour = 2;

    /// <summary>The last moment up to now at which it was due.</summary>
    public abstract DateTimeOffset LastDue(DateTimeOffset now);

    /// <summary>The first moment after now at which it is due.</summary>
    public abstract DateTimeOffset NextDue(DateTimeOffset now);

    private sealed record EveryMinutes(int Minutes) : JobSchedule(Minutes == 60 ? "0 * * * *" : $"*/{Minutes} * * * *")
    {
        public override DateTimeOffset LastDue(DateTimeOffset now)
        {
            var period = TimeSpan.FromMinutes(Minutes).Ticks;
            return new DateTimeOffset(now.UtcTicks / period * period, TimeSpan.Zero);
        }

        public override DateTimeOffset NextDue(DateTimeOffset now) => LastDue(now).AddMinutes(Minutes);
    }

    private sealed record OnceADay(int Hour, int Minute) : JobSchedule($"{Minute} {Hour} * * *")
    {
        public override DateTimeOffset LastDue(DateTimeOffset now)
        {
            var today = Paris.At(Paris.DayOf(now), new TimeOnly(Hour, Minute));
            return today <= now ? today : Paris.At(Paris.DayOf(now).AddDays(-1), new TimeOnly(Hour, Minute));
        }

        public override DateTimeOffset NextDue(DateTimeOffset now)
        {
            var today = Paris.At(Paris.DayOf(now), new TimeOnly(Hour, Minute));
            return today > now ? today : Paris.At(Paris.DayOf(now).AddDays(1), new TimeOnly(Hour, Minute));
        }
    }
}

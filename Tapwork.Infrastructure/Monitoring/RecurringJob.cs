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
    public static JobSchedule Daily(int hour, int minute) => new OnceADay(hour, minute);

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

using System.Globalization;

namespace Tapwork.Web.Sandbox;

/// <summary>Counts calls over a rolling minute and a rolling day, and refuses beyond the limits.</summary>
internal sealed class CallMeter(SandboxSettings settings, TimeProvider clock)
{
    private readonly Lock _lock = new();
    private readonly Queue<DateTimeOffset> _minute = new();
    private readonly Queue<DateTimeOffset> _day = new();

    public Reading Take()
    {
        if (settings.CallsPerMinute == 0 && settings.CallsPerDay == 0)
            return new Reading(0, 0, 0, null);
        var now = clock.GetUtcNow();
        lock (_lock)
        {
            Forget(_minute, now.AddMinutes(-1));
            Forget(_day, now.AddDays(-1));
            var wait = Wait(_minute, settings.CallsPerMinute, TimeSpan.FromMinutes(1), now) ?? Wait(_day, settings.CallsPerDay, TimeSpan.FromDays(1), now);
            if (wait is null)
            {
                _minute.Enqueue(now);
                _day.Enqueue(now);
            }
            var reset = (_minute.TryPeek(out var oldest) ? oldest : now).AddMinutes(1).ToUnixTimeSeconds();
            var refusal = wait is not { } seconds ? null
                : Answer.Error(429, "RATE_LIMITED", "Too many requests") with { RetryAfter = (int)Math.Ceiling(seconds.TotalSeconds) };
            return new Reading(settings.CallsPerMinute, Math.Max(0, settings.CallsPerMinute - _minute.Count), reset, refusal);
        }
    }

    private static void Forget(Queue<DateTimeOffset> calls, DateTimeOffset before)
    {
        while (calls.TryPeek(out var oldest) && oldest <= before)
            calls.Dequeue();
    }

    private static TimeSpan? Wait(Queue<DateTimeOffset> calls, int limit, TimeSpan window, DateTimeOffset now) =>
        limit > 0 && calls.Count >= limit ? calls.Peek() + window - now : null;

    internal sealed record Reading(int Limit, int Remaining, long Reset, Answer? Refusal)
    {
        public void Write(HttpResponse response)
        {
            if (Limit == 0)
                return;
            response.Headers["X-RateLimit-Limit"] = Limit.ToString(CultureInfo.InvariantCulture);
            response.Headers["X-RateLimit-Remaining"] = Remaining.ToString(CultureInfo.InvariantCulture);
            response.Headers["X-RateLimit-Reset"] = Reset.ToString(CultureInfo.InvariantCulture);
        }
    }
}

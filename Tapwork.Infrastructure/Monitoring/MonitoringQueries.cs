using Microsoft.EntityFrameworkCore;
using Tapwork.Core;
using Tapwork.Core.Accounts;
using Tapwork.Core.Monitoring;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Monitoring;

/// <summary>How integrations have fared, from the sums by hour.</summary>
public sealed class MonitoringQueries(Database database, TimeProvider clock)
{
    /// <summary>Whether the database answers now.</summary>
    public async Task<bool> IsDatabaseThereAsync(CancellationToken cancel)
    {
        await using var db = database.Open(Actor.System("health"));
        return await db.Database.CanConnectAsync(cancel);
    }

    /// <summary>One integration over hours, days or months up to now, the oldest first; a step without a send is there with 0.</summary>
    public async Task<Performance> OfAsync(Actor actor, Guid integrationId, PerformanceSpan span, CancellationToken cancel)
    {
        actor.MustBe(Role.Admin);
        var now = clock.GetUtcNow();
        var starts = StartsOf(span, now);
        await using var db = database.Open(actor);
        var (from, month) = (starts[0], Agreement.MonthOf(now));
        var first = month < from ? month : from;
        var hours = await db.DeliveryHours.AsNoTracking().Where(h => h.IntegrationId == integrationId && h.Hour >= first).OrderBy(h => h.Hour).ToListAsync(cancel);
        var steps = starts.Select((start, i) => Step(start, hours.Where(h => h.Hour >= start && (i == starts.Count - 1 || h.Hour < starts[i + 1])).ToList())).ToList();
        var agreed = await db.Integrations.Where(i => i.Id == integrationId).Select(i => new { i.SlaAvailability, i.SlaMilliseconds }).SingleAsync(cancel);
        List<DeliveryHour> ofMonth = [.. hours.Where(h => h.Hour >= month)];
        var rule = (await db.EffectiveRulesAsync(cancel))[AlertKind.Sla];
        return new Performance(Step(from, [.. hours.Where(h => h.Hour >= from)]), steps, Step(month, ofMonth), Agreement.Of(agreed.SlaAvailability, agreed.SlaMilliseconds, ofMonth, now), rule.Threshold);
    }

    /// <summary>The last 24 hours of each integration that sent anything in them, hour by hour, the oldest first.</summary>
    public async Task<IReadOnlyDictionary<Guid, IReadOnlyList<SendHour>>> LastDayAsync(Actor actor, CancellationToken cancel)
    {
        actor.MustBe(Role.Admin);
        var starts = StartsOf(PerformanceSpan.Day, clock.GetUtcNow());
        await using var db = database.Open(actor);
        var hours = await db.DeliveryHours.Where(h => h.Hour >= starts[0]).Select(h => new { h.IntegrationId, h.Hour, h.Sent, Failed = h.Authentication + h.Validation + h.Rate + h.System }).ToListAsync(cancel);
        return hours.GroupBy(h => h.IntegrationId).ToDictionary(g => g.Key, IReadOnlyList<SendHour> (g) =>
        {
            var known = g.ToDictionary(h => h.Hour);
            return [.. starts.Select(s => known.TryGetValue(s, out var hour) ? new SendHour(s, hour.Sent, hour.Failed) : new SendHour(s, 0, 0))];
        });
    }

    /// <summary>When a span that ends now begins.</summary>
    internal static DateTimeOffset StartOf(PerformanceSpan span, DateTimeOffset now) => StartsOf(span, now)[0];

    private static List<DateTimeOffset> StartsOf(PerformanceSpan span, DateTimeOffset now)
    {
        var (day, hour) = (Paris.DayOf(now), new DateTimeOffset(now.UtcTicks / TimeSpan.TicksPerHour * TimeSpan.TicksPerHour, TimeSpan.Zero));
        return span switch
        {
            PerformanceSpan.Day => [.. Enumerable.Range(-23, 24).Select(i => hour.AddHours(i))],
            PerformanceSpan.Month => [.. Enumerable.Range(-29, 30).Select(i => Paris.StartOf(day.AddDays(i)))],
            _ => [.. Enumerable.Range(-11, 12).Select(i => Paris.StartOf(new DateOnly(day.Year, day.Month, 1).AddMonths(i)))],
        };
    }

    private static PerformanceStep Step(DateTimeOffset start, IReadOnlyList<DeliveryHour> hours)
    {
        var durations = Enumerable.Range(0, DeliveryHour.Bounds.Count + 1).Select(i => hours.Sum(h => h.Durations[i])).ToList();
        return new PerformanceStep(start, hours.Sum(h => h.Sent), hours.Sum(h => h.Accepted), hours.Sum(h => h.Authentication), hours.Sum(h => h.Validation), hours.Sum(h => h.Rate),
            hours.Sum(h => h.System), Quantile(durations, 0.5), Quantile(durations, 0.95), Quantile(durations, 0.99));
    }

    // The upper bound of the class it lies in.
    private static int? Quantile(List<int> durations, double share)
    {
        var total = durations.Sum();
        var (rank, seen) = ((int)Math.Ceiling(total * share), 0);
        for (var i = 0; i < durations.Count && total > 0; i++)
            if ((seen += durations[i]) >= rank)
                return DeliveryHour.Bounds[Math.Min(i, DeliveryHour.Bounds.Count - 1)];
        return null;
    }
}

/// <summary>How far back, and in which steps.</summary>
public enum PerformanceSpan
{
    /// <summary>24 hours.</summary>
    Day,

    /// <summary>30 days.</summary>
    Month,

    /// <summary>12 months.</summary>
    Year,
}

/// <param name="Start">Of the hour, UTC.</param>
/// <param name="Failed">In one of the four ways; what was pointless to send did not fail.</param>
public sealed record SendHour(DateTimeOffset Start, int Sent, int Failed);

/// <param name="Whole">The span as one.</param>
/// <param name="ThisMonth">Since the first of the month (Paris), whatever the span.</param>
/// <param name="Agreement">Of this month.</param>
/// <param name="WarnsFrom">Percent used up of the agreement from which it is at risk.</param>
public sealed record Performance(PerformanceStep Whole, IReadOnlyList<PerformanceStep> Steps, PerformanceStep ThisMonth, Agreement Agreement, int WarnsFrom);

/// <param name="P50">Milliseconds, the upper bound of its class; null without a send.</param>
public sealed record PerformanceStep(
    DateTimeOffset Start, int Sent, int Accepted, int Authentication, int Validation, int Rate, int System, int? P50, int? P95, int? P99)
{
    /// <summary>Share of the sends the far side answered as it should, 0 to 1: refusing what is wrong, or asking for patience, is no failure of it.</summary>
    public double? Availability => Sent == 0 ? null : 1 - ((double)(Authentication + System) / Sent);
}

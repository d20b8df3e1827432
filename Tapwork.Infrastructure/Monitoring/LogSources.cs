using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Webhooks;
using Tapwork.Infrastructure.Deliveries;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Monitoring;

/// <summary>What each kind is read from, and how it is searched.</summary>
internal static class LogSources
{
    // The states and outcomes of each kind, by how much they matter; those not named are in order.
    private static readonly DeliveryStatus[] Failed = [DeliveryStatus.Refused, DeliveryStatus.Dead, DeliveryStatus.Uncertain];
    private static readonly DeliveryStatus[] Delayed = [DeliveryStatus.Retrying, DeliveryStatus.Held];
    private static readonly string[] FailedOutcomes = [nameof(DeliveryOutcome.Refused), nameof(DeliveryOutcome.Misconfigured), nameof(DeliveryOutcome.Uncertain), nameof(DeliveryOutcome.Gone)];
    private static readonly string[] DelayedOutcomes = [nameof(DeliveryOutcome.TryLater), DeliveryAttempt.InterruptedOutcome];

    public static IQueryable<LogRow> Matching(TapworkDbContext db, LogKind kind, LogFilter filter) => kind switch
    {
        LogKind.Delivery => Deliveries(db, filter),
        LogKind.Attempt => Attempts(db, filter),
        LogKind.InboundCall => Calls(db, filter),
        _ => Entries(db, filter),
    };

    /// <summary>The lowest number from which on all is as late or later, for numbers that grow with time.</summary>
    public static async Task<long> FirstFromAsync(this IQueryable<LogRow> rows, DateTimeOffset moment, CancellationToken cancel)
    {
        var low = await rows.OrderBy(r => r.Id).Select(r => r.Id).FirstOrDefaultAsync(cancel);
        var high = await rows.OrderByDescending(r => r.Id).Select(r => r.Id).FirstOrDefaultAsync(cancel) + 1;
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            var there = await rows.Where(r => r.Id >= middle).OrderBy(r => r.Id).Select(r => new { r.Id, r.At }).FirstOrDefaultAsync(cancel);
            (low, high) = there is null || there.At >= moment ? (low, middle) : (there.Id + 1, high);
        }
        return low;
    }

    private static IQueryable<LogRow> Deliveries(TapworkDbContext db, LogFilter filter)
    {
        var deliveries = db.Deliveries.AsNoTracking().Matching(new DeliveryFilter(filter.Search, CorrelationId: filter.CorrelationId));
        if (Least(filter.Least, Failed, Delayed) is { } states)
            deliveries = deliveries.Where(d => states.Contains(d.Status));
        return deliveries.AsRows(db);
    }

    private static IQueryable<LogRow> Attempts(TapworkDbContext db, LogFilter filter)
    {
        var attempts = db.Attempts.AsNoTracking();
        if (Least(filter.Least, FailedOutcomes, DelayedOutcomes) is { } outcomes)
            attempts = attempts.Where(a => outcomes.Contains(a.Outcome));
        if (filter.Search?.Trim().ToLowerInvariant() is { Length: > 0 } text)
            attempts = NumberIn(text) is { } number ? attempts.Where(a => a.DeliveryId == number) : attempts.Where(a => a.Error!.ToLower().Contains(text));
        return attempts.AsRows(db, db.Deliveries.Matching(new DeliveryFilter(CorrelationId: filter.CorrelationId)));
    }

    private static IQueryable<LogRow> Calls(TapworkDbContext db, LogFilter filter)
    {
        var calls = db.InboundCalls.AsNoTracking();
        if (filter.CorrelationId is { } correlation)
            calls = calls.Where(c => c.CorrelationId == correlation);
        if (Least<InboundStatus>(filter.Least, [InboundStatus.Parked], []) is { } states)
            calls = calls.Where(c => states.Contains(c.Status));
        if (filter.Search?.Trim().ToLowerInvariant() is { Length: > 0 } text)
            calls = NumberIn(text) is { } number
                ? calls.Where(c => c.Id == number)
                : calls.Where(c => c.Source.ToLower().Contains(text) || c.Body.ToLower().Contains(text) || c.Note!.ToLower().Contains(text));
        return calls.AsRows(db);
    }

    private static IQueryable<LogRow> Entries(TapworkDbContext db, LogFilter filter)
    {
        var entries = db.LogEntries.AsNoTracking();
        if (filter.CorrelationId is { } correlation)
            entries = entries.Where(e => e.CorrelationId == correlation);
        if (Least<Gravity>(filter.Least, [Gravity.Error], [Gravity.Warning]) is { } gravities)
            entries = entries.Where(e => gravities.Contains(e.Gravity));
        if (filter.Search?.Trim().ToLowerInvariant() is { Length: > 0 } text)
            entries = entries.Where(e => e.Message.ToLower().Contains(text) || e.Exception!.ToLower().Contains(text));
        return entries.AsRows();
    }

    private static List<T>? Least<T>(Gravity least, T[] errors, T[] warnings) => least switch
    {
        Gravity.Information => null,
        Gravity.Warning => [.. errors, .. warnings],
        _ => [.. errors],
    };

    private static long? NumberIn(string text) => long.TryParse(text.TrimStart('#'), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}

using Microsoft.EntityFrameworkCore;
using Tapwork.Core.Accounts;
using Tapwork.Core.Deliveries;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Monitoring;

/// <summary>
/// The sends behind the sums by hour. Attempts are found by their number alone, which goes up with the time: the beginning of a span is looked for by halving, and
/// from the end backwards so many are gone through for one page, whosever they are.
/// </summary>
public sealed class AttemptQueries(Database database, TimeProvider clock)
{
    public const int PageSize = 50;

    /// <summary>Attempts gone through for one page, at most.</summary>
    public const int MostLookedThrough = WindowSize * MostWindows;

    private const int WindowSize = 5000, MostWindows = 10;

    // An attempt has its number when it is over and written down, which a timeout and a full queue put off.
    private static readonly TimeSpan Slack = TimeSpan.FromMinutes(10);

    /// <summary>Sends of an integration that failed in one way within a span up to now, the latest first.</summary>
    /// <param name="before">Number of an attempt: only older ones; null for the latest.</param>
    public async Task<FailedPage> FailedAsync(Actor actor, Guid integrationId, FaultClass fault, PerformanceSpan span, long? before, CancellationToken cancel)
    {
        actor.MustBe(Role.Admin);
        var from = MonitoringQueries.StartOf(span, clock.GetUtcNow());
        await using var db = database.Open(actor);
        var first = await db.Attempts.Select(a => new LogRow { Id = a.Id, At = a.StartedAt }).FirstFromAsync(from - Slack, cancel);
        var after = (await db.Attempts.MaxAsync(a => (long?)a.Id, cancel) ?? 0) + 1;
        var (rows, top) = (new List<FailedAttempt>(), Math.Min(before ?? after, after));
        for (var window = 0; window < MostWindows && top > first && rows.Count <= PageSize; window++)
        {
            var bottom = Math.Max(first, top - WindowSize);
            rows.AddRange(await WindowAsync(db, integrationId, fault, from, bottom, top, PageSize + 1 - rows.Count, cancel));
            top = bottom;
        }
        return rows.Count > PageSize ? new FailedPage(from, rows[..PageSize], rows[PageSize - 1].Id, false)
            : new FailedPage(from, rows, top > first ? top : null, top > first);
    }

    private static Task<List<FailedAttempt>> WindowAsync(
        TapworkDbContext db, Guid integrationId, FaultClass fault, DateTimeOffset from, long bottom, long top, int most, CancellationToken cancel) =>
        db.Attempts.Where(a => a.Id >= bottom && a.Id < top && a.Fault == fault && a.StartedAt >= from)
            .Join(db.Deliveries.Where(d => d.IntegrationId == integrationId), a => a.DeliveryId, d => d.Id, (a, d) => new { Attempt = a, Delivery = d })
            .OrderByDescending(x => x.Attempt.Id).Take(most)
            .Select(x => new FailedAttempt(
                x.Attempt.Id, x.Attempt.StartedAt, x.Attempt.DurationMilliseconds, x.Delivery.Id, x.Delivery.Topic, x.Delivery.SearchReference, x.Attempt.Outcome, x.Attempt.HttpStatus, x.Attempt.Error))
            .ToListAsync(cancel);
}

/// <param name="From">Beginning of the span.</param>
/// <param name="Before">Where the next page begins; null when there is none.</param>
/// <param name="IsCutShort">So many attempts were gone through that it stopped before the page was full.</param>
public sealed record FailedPage(DateTimeOffset From, IReadOnlyList<FailedAttempt> Rows, long? Before, bool IsCutShort);

/// <param name="Id">Number of the attempt.</param>
public sealed record FailedAttempt(long Id, DateTimeOffset At, int Milliseconds, long DeliveryId, string Topic, string? Reference, string Outcome, int? Status, string? Error);

using Microsoft.EntityFrameworkCore;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Monitoring;

/// <summary>
/// Deliveries, attempts, calls from outside and lines of the log in one reading order, the newest first. Each kind is read along its own numbers, which grow with time,
/// and goes on below its own: so nothing is shown twice or left out, and none of the tables everything is written to needs an index by time.
/// </summary>
public sealed class LogQueries(Database database, TimeProvider clock)
{
    public const int PageSize = 50;

    // Numbers are taken a little before or after the moments that stand beside them; an outcome may wait long for the database.
    private static readonly TimeSpan Disorder = TimeSpan.FromHours(1);

    /// <param name="actor">An administrator.</param>
    /// <param name="filter">What is looked for.</param>
    /// <param name="below">Where an earlier reading ended; null begins at the newest.</param>
    /// <param name="cancel">Ends the search.</param>
    public async Task<LogReading> ReadAsync(Actor actor, LogFilter filter, LogPosition? below, CancellationToken cancel)
    {
        actor.MustBe(Role.Admin);
        var (from, until, isCut) = filter.PeriodAt(clock.GetUtcNow());
        await using var db = database.Open(actor);
        var heads = new List<List<LogRow>>();
        foreach (var kind in Enum.GetValues<LogKind>())
            heads.Add(filter.Wants(kind) ? await NewestAsync(db, kind, filter, (from, until), below?.Of(kind), cancel) : []);
        var rows = Merge(heads);
        var isMore = rows.Count < heads.Sum(h => h.Count);
        // Attempts are numbered as they end and dated as they begin.
        return new LogReading([.. rows.OrderByDescending(r => r.At)], isMore ? new LogPosition([.. heads.Select((h, n) => Next(h, rows, below?.Below[n]))]) : null, from, until, isCut);
    }

    private static async Task<List<LogRow>> NewestAsync(
        TapworkDbContext db, LogKind kind, LogFilter filter, (DateTimeOffset? From, DateTimeOffset? Until) period, long? below, CancellationToken cancel)
    {
        var found = LogSources.Matching(db, kind, filter);
        // By a correlation there are few: they are looked through as they are.
        if (filter.CorrelationId is null)
        {
            var all = LogSources.Matching(db, kind, new LogFilter());
            if (period.From is { } from && await all.FirstFromAsync(from - Disorder, cancel) is var lowest)
                found = found.Where(r => r.Id >= lowest);
            if (period.Until is { } until && await all.FirstFromAsync(until + Disorder, cancel) is var highest)
                found = found.Where(r => r.Id < highest);
        }
        if (period.From is { } first)
            found = found.Where(r => r.At >= first);
        if (period.Until is { } end)
            found = found.Where(r => r.At < end);
        if (below is { } shown)
            found = found.Where(r => r.Id < shown);
        return await found.OrderByDescending(r => r.Id).Take(PageSize + 1).ToListAsync(cancel);
    }

    private static List<LogRow> Merge(List<List<LogRow>> heads)
    {
        var (rows, taken) = (new List<LogRow>(), new int[heads.Count]);
        while (rows.Count < PageSize)
        {
            var newest = Enumerable.Range(0, heads.Count).Where(n => taken[n] < heads[n].Count).OrderByDescending(n => heads[n][taken[n]].At).ThenByDescending(n => n).Select(n => (int?)n).FirstOrDefault();
            if (newest is not { } kind)
                break;
            rows.Add(heads[kind][taken[kind]++]);
        }
        return rows;
    }

    // Of a kind that is not on this page all that was found is still to come; what arrives meanwhile belongs above.
    private static long Next(List<LogRow> head, List<LogRow> shown, long? below) =>
        head.Count == 0 ? 0 : shown.LastOrDefault(r => r.Kind == head[0].Kind)?.Id ?? below ?? head[0].Id + 1;
}

/// <param name="Next">Where the next page begins; null when there is none.</param>
/// <param name="From">The first moment that was looked at; null for any.</param>
/// <param name="Until">The moment after the last.</param>
/// <param name="IsCut">A longer period was asked for than is looked through at once.</param>
public sealed record LogReading(IReadOnlyList<LogRow> Rows, LogPosition? Next, DateTimeOffset? From, DateTimeOffset? Until, bool IsCut);

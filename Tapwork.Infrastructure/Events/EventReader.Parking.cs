using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Monitoring;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Events;

/// <summary>What becomes of an event that could not be digested. Every change to a reader's parked events is made under its cursor's lock.</summary>
public abstract partial class EventReader
{
    private const int MaxRetriesAtOnce = 200;

    /// <summary>The record each event is about: of two events of one record the later waits for the earlier.</summary>
    protected virtual Task<IReadOnlyDictionary<long, Guid>> RecordsOfAsync(TapworkDbContext db, IReadOnlyList<EventRecord> events, CancellationToken cancel) =>
        Task.FromResult<IReadOnlyDictionary<long, Guid>>(events.ToDictionary(e => e.Id, e => e.Subject));

    /// <summary>The effects of one parked event, which may have had some by another way meanwhile.</summary>
    protected virtual Task DigestParkedAsync(TapworkDbContext db, EventRecord happened, CancellationToken cancel) => DigestAsync(db, [happened], cancel);

    /// <summary>Tries the parked events that are due, each once, those of one record in order; what waited behind one that succeeded follows at once.</summary>
    /// <returns>How many succeeded.</returns>
    /// <exception cref="AggregateException">Failures that could not be noted; all others have had their turn.</exception>
    public async Task<int> RetryParkedAsync(CancellationToken cancel)
    {
        var (count, tried, failures) = (0, new HashSet<long>(), new List<Exception>());
        while (await DueAsync(tried, cancel) is { Count: > 0 } due)
            foreach (var parked in due)
                try
                {
                    tried.Add(parked.Id);
                    count += await RetryAsync(parked, cancel) ? 1 : 0;
                }
                catch (Exception e) when (!cancel.IsCancellationRequested)
                {
                    failures.Add(e);
                }
        if (count > 0)
            AfterBatch();
        await LetGoOfAllAsync(cancel);
        return failures.Count == 0 ? count : throw new AggregateException(failures);
    }

    // A record's later events are due when the first is done, whatever their own time says.
    private async Task<List<ParkedEvent>> DueAsync(IReadOnlyCollection<long> tried, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        await using var db = database.Open(Actor.System(Name));
        return await db.ParkedEvents.AsNoTracking().Heads().Where(p => p.Reader == Name && p.NextTryAt <= now && !tried.Contains(p.Id))
            .OrderBy(p => p.Position).Take(MaxRetriesAtOnce).ToListAsync(cancel);
    }

    private async Task<bool> RetryAsync(ParkedEvent parked, CancellationToken cancel)
    {
        await using var reading = database.Open(Actor.System(Name));
        if (await reading.Events.AsNoTracking().SingleOrDefaultAsync(e => e.Position == parked.Position, cancel) is not { } happened)
        {
            logger.LogError("{Reader} has parked event {Position}, which does not exist", Name, parked.Position);
            await FailAsync(parked.Id, null, new InvalidOperationException($"event {parked.Position} does not exist"), cancel);
            return false;
        }
        Correlation.Current = happened.CorrelationId;
        try
        {
            return await database.WriteAsync(Actor.System(Name, happened.CorrelationId), async db =>
            {
                await LockCursorAsync(db, cancel);
                if (await db.ParkedEvents.Where(p => p.Id == parked.Id).ExecuteDeleteAsync(cancel) == 0)
                    return false;
                await DigestParkedAsync(db, happened, cancel);
                return true;
            }, cancel);
        }
        // A transient error as well, if noting it succeeds: then the database is there, and it is this event that it fails on.
        catch (Exception e) when (!cancel.IsCancellationRequested)
        {
            logger.Log(parked.Tries + 1 < ParkedEvent.TriesBeforeAlert ? LogLevel.Warning : LogLevel.Error, e,
                "{Reader} failed again on event {Position} ({Topic}), try {Try}", Name, happened.Position, happened.Topic, parked.Tries + 1);
            await FailAsync(parked.Id, happened.CorrelationId, e, cancel);
            return false;
        }
    }

    private Task FailAsync(long id, string? correlationId, Exception error, CancellationToken cancel) =>
        database.WriteAsync(Actor.System(Name, correlationId), async db =>
        {
            await LockCursorAsync(db, cancel);
            (await db.ParkedEvents.SingleOrDefaultAsync(p => p.Id == id, cancel))?.Fail(error, clock.GetUtcNow());
        }, cancel);

    private Task ParkAsync(long cursor, EventRecord happened, Exception error, CancellationToken cancel) =>
        database.WriteAsync(Actor.System(Name, happened.CorrelationId), async db =>
        {
            await AdvanceAsync(db, cursor, happened.Position!.Value, cancel);
            var records = await RecordsOfAsync(db, [happened], cancel);
            var parked = db.ParkedEvents.Add(ParkedEvent.Waiting(Name, happened, records[happened.Id], clock.GetUtcNow())).Entity;
            parked.Fail(error, clock.GetUtcNow());
        }, cancel);

    // Hardly ever is anything parked: then this is one look at an empty index.
    private async Task<IReadOnlyList<EventRecord>> WithoutWaitingAsync(TapworkDbContext db, List<EventRecord> events, CancellationToken cancel)
    {
        var blocked = await db.ParkedEvents.Where(p => p.Reader == Name).GroupBy(p => p.Record).Select(g => new { g.Key, Tries = g.Max(p => p.Tries) })
            .ToDictionaryAsync(g => g.Key, g => g.Tries, cancel);
        if (blocked.Count == 0)
            return events;
        var records = await RecordsOfAsync(db, events, cancel);
        foreach (var waiting in events.Where(e => blocked.ContainsKey(records[e.Id])))
        {
            db.ParkedEvents.Add(ParkedEvent.Waiting(Name, waiting, records[waiting.Id], clock.GetUtcNow()));
            _isToLetGo |= blocked[records[waiting.Id]] >= ParkedEvent.TriesBeforeAlert;
        }
        return [.. events.Where(e => !blocked.ContainsKey(records[e.Id]))];
    }

    private Task LockCursorAsync(TapworkDbContext db, CancellationToken cancel) =>
        db.Cursors.Where(c => c.Name == Name).ExecuteUpdateAsync(c => c.SetProperty(x => x.Position, x => x.Position), cancel);
}

internal static class ParkedEvents
{
    /// <summary>The first of each reader and record: the others wait behind it.</summary>
    public static IQueryable<ParkedEvent> Heads(this IQueryable<ParkedEvent> parked) =>
        parked.Where(p => !parked.Any(earlier => earlier.Reader == p.Reader && earlier.Record == p.Record && earlier.Position < p.Position));
}

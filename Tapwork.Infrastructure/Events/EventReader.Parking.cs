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

    /// <summary>Called once when the tries have used up what comes before people are alerted, for the event and for each that waits behind it.</summary>
    protected virtual Task NeedsAttentionAsync(TapworkDbContext db, EventRecord happened, CancellationToken cancel) => Task.CompletedTask;

    /// <summary>Lets go of what a parked event is about, as after the tries that come before people are alerted.</summary>
    internal async Task LetGoAsync(TapworkDbContext db, ParkedEvent parked, CancellationToken cancel)
    {
        if (await db.Events.AsNoTracking().SingleOrDefaultAsync(e => e.Position == parked.Position, cancel) is { } happened)
            await NeedsAttentionAsync(db, happened, cancel);
    }

    /// <summary>Tries the parked events that are due, those of one record in order; what waited behind one that succeeded follows at once.</summary>
    /// <returns>How many succeeded.</returns>
    public async Task<int> RetryParkedAsync(CancellationToken cancel)
    {
        var count = 0;
        for (var done = -1; done != 0; count += done)
        {
            done = 0;
            foreach (var parked in await DueAsync(cancel))
                if (await RetryAsync(parked, cancel))
                    done++;
            if (done > 0)
                AfterBatch();
        }
        return count;
    }

    // A record's later events are due when the first is done, whatever their own time says.
    private async Task<List<ParkedEvent>> DueAsync(CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        await using var db = database.Open(Actor.System(Name));
        return await db.ParkedEvents.AsNoTracking().Heads().Where(p => p.Reader == Name && p.NextTryAt <= now)
            .OrderBy(p => p.Position).Take(MaxRetriesAtOnce).ToListAsync(cancel);
    }

    private async Task<bool> RetryAsync(ParkedEvent parked, CancellationToken cancel)
    {
        await using var reading = database.Open(Actor.System(Name));
        if (await reading.Events.AsNoTracking().SingleOrDefaultAsync(e => e.Position == parked.Position, cancel) is not { } happened)
        {
            logger.LogError("{Reader} has parked event {Position}, which does not exist", Name, parked.Position);
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
        catch (Exception e) when (e is DbUpdateConcurrencyException || IsIndigestible(e, cancel))
        {
            logger.Log(parked.Tries + 1 < ParkedEvent.TriesBeforeAlert ? LogLevel.Warning : LogLevel.Error, e,
                "{Reader} failed again on event {Position} ({Topic}), try {Try}", Name, happened.Position, happened.Topic, parked.Tries + 1);
            await FailAsync(parked.Id, happened, e, cancel);
            return false;
        }
    }

    private Task FailAsync(long id, EventRecord happened, Exception error, CancellationToken cancel) =>
        database.WriteAsync(Actor.System(Name, happened.CorrelationId), async db =>
        {
            await LockCursorAsync(db, cancel);
            if (await db.ParkedEvents.SingleOrDefaultAsync(p => p.Id == id, cancel) is not { } parked)
                return;
            var neededAttention = parked.NeedsAttention;
            parked.Fail(error, clock.GetUtcNow());
            if (!parked.NeedsAttention || neededAttention)
                return;
            foreach (var held in await FromAsync(db, parked, cancel))
                await NeedsAttentionAsync(db, held, cancel);
        }, cancel);

    // Its own event and those that wait behind it, in order.
    private static Task<List<EventRecord>> FromAsync(TapworkDbContext db, ParkedEvent head, CancellationToken cancel) => db.Events.AsNoTracking()
        .Where(e => db.ParkedEvents.Any(p => p.Reader == head.Reader && p.Record == head.Record && p.Position >= head.Position && p.Position == e.Position))
        .OrderBy(e => e.Position).ToListAsync(cancel);

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
            if (blocked[records[waiting.Id]] >= ParkedEvent.TriesBeforeAlert)
                await NeedsAttentionAsync(db, waiting, cancel);
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

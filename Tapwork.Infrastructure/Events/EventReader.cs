using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Monitoring;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Events;

/// <summary>
/// Reads events in the order of their positions, each batch once: its effects and its cursor are one transaction. Two instances may run the
/// same reader; the cursor's row lets one of them through. An event that cannot be digested is parked with the later ones of its record, and stops no other.
/// </summary>
public abstract partial class EventReader(Database database, TimeProvider clock, ILogger logger)
{
    public const int BatchSize = 200;

    // How often a reader says that it passed over what others want: under load there is something with every batch of the relay.
    private static readonly TimeSpan BetweenPasses = TimeSpan.FromSeconds(1);
    private long? _passedAt;

    // So many conflicts in a row are others' saves; one more is the event's own.
    private const int MaxConflicts = 5;
    private int _conflicts;

    // So many transient errors in a row, while all else the reader asks of the database succeeds, are the event's own.
    private const int MaxTransients = 10;
    private int _transients;

    /// <summary>Of its cursor; never to be changed once in use.</summary>
    public abstract string Name { get; }

    protected Database Database => database;

    protected TimeProvider Clock => clock;

    /// <summary>The topics it digests; the cursor passes over all others. Null for every topic.</summary>
    protected abstract IReadOnlySet<string>? Topics { get; }

    /// <summary>The effects of a batch, added to the context; they are saved with the cursor. May run again after a failure.</summary>
    protected abstract Task DigestAsync(TapworkDbContext db, IReadOnlyList<EventRecord> events, CancellationToken cancel);

    /// <summary>After a batch was committed.</summary>
    protected virtual void AfterBatch() { }

    /// <summary>Reads one batch.</summary>
    /// <returns>How many events were passed; 0 when there is nothing to read.</returns>
    public async Task<long> ReadBatchAsync(CancellationToken cancel)
    {
        var (cursor, end, events) = await NextAsync(cancel);
        if (end == cursor || (events.Count == 0 && !IsTimeToPass()))
            return 0;
        try
        {
            await DigestAndAdvanceAsync(cursor, end, events, cancel);
        }
        catch (Exception e) when (events.Count > 0 && IsIndigestible(e, cancel))
        {
            logger.LogWarning(e, "{Reader} reads events {From} to {To} one by one", Name, events[0].Position, events[^1].Position);
            await OneByOneAsync(cursor, events, cancel);
        }
        (_conflicts, _transients) = (0, 0);
        AfterBatch();
        if (_isToLetGo)
            await LetGoOfAllAsync(cancel);
        return end - cursor;
    }

    // Where the batch ends is looked up before its events are: what is given a position meanwhile is left to the next one.
    private async Task<(long Cursor, long End, List<EventRecord> Events)> NextAsync(CancellationToken cancel)
    {
        await using var db = database.Open(Actor.System(Name));
        var known = await db.Cursors.Where(c => c.Name == Name || c.Name == EventCursor.Relay).ToDictionaryAsync(c => c.Name, c => c.Position, cancel);
        if (!known.TryGetValue(Name, out var cursor))
            await BeginAsync(cancel);
        var end = known[EventCursor.Relay];
        if (end == cursor)
            return (cursor, end, []);
        var events = await Wanted(db.Events.AsNoTracking().Where(e => e.Position > cursor && e.Position <= end)).OrderBy(e => e.Position).Take(BatchSize).ToListAsync(cancel);
        return (cursor, events.Count == BatchSize ? events[^1].Position!.Value : end, events);
    }

    private bool IsTimeToPass()
    {
        if (_passedAt is { } passed && clock.GetElapsedTime(passed) < BetweenPasses)
            return false;
        _passedAt = clock.GetTimestamp();
        return true;
    }

    private IQueryable<EventRecord> Wanted(IQueryable<EventRecord> events)
    {
        if (Topics is null)
            return events;
        var topics = Topics.ToList();
        return events.Where(e => topics.Contains(e.Topic));
    }

    // Another instance may make the row in the same moment.
    private Task BeginAsync(CancellationToken cancel) =>
        database.WriteAsync(Actor.System(Name), db => AppendedRows.InsertIfMissingAsync(db, new EventCursor { Name = Name }, cancel), cancel);

    private async Task OneByOneAsync(long cursor, List<EventRecord> events, CancellationToken cancel)
    {
        foreach (var happened in events)
        {
            Correlation.Current = happened.CorrelationId;
            try
            {
                await DigestAndAdvanceAsync(cursor, happened.Position!.Value, [happened], cancel);
            }
            catch (Exception e) when (IsIndigestible(e, cancel))
            {
                logger.LogWarning(e, "{Reader} parks event {Position} ({Topic})", Name, happened.Position, happened.Topic);
                await ParkAsync(cursor, happened, e, cancel);
                (_conflicts, _transients) = (0, 0);
            }
            cursor = happened.Position!.Value;
        }
    }

    private Task DigestAndAdvanceAsync(long cursor, long end, List<EventRecord> events, CancellationToken cancel) =>
        database.WriteAsync(Actor.System(Name, events.FirstOrDefault()?.CorrelationId), async db =>
        {
            await AdvanceAsync(db, cursor, end, cancel);
            if (events.Count > 0 && await WithoutWaitingAsync(db, events, cancel) is { Count: > 0 } ready)
                await DigestAsync(db, ready, cancel);
        }, cancel);

    // Done first: it locks the row, so that a second instance waits here and then finds the cursor moved.
    private async Task AdvanceAsync(TapworkDbContext db, long from, long to, CancellationToken cancel)
    {
        var moved = await db.Cursors.Where(c => c.Name == Name && c.Position == from).ExecuteUpdateAsync(c => c.SetProperty(x => x.Position, to), cancel);
        if (moved == 0)
            throw new CursorMovedException(Name);
    }

    // What another instance or a person did first, and a database that is away, are no fault of the event: unless it goes on for ever. While the database is away
    // nothing is counted, since the reading before fails; nor is anything parked, since that is written to the same database.
    private bool IsIndigestible(Exception e, CancellationToken cancel)
    {
        if (cancel.IsCancellationRequested || e is CursorMovedException)
            return false;
        if (TransientErrors.IsTransientInDatabase(e))
            return ++_transients > MaxTransients;
        return e is not DbUpdateConcurrencyException || ++_conflicts > MaxConflicts;
    }
}

/// <summary>Another instance has read this batch.</summary>
public sealed class CursorMovedException(string reader) : Exception($"the cursor of {reader} was moved by another instance");

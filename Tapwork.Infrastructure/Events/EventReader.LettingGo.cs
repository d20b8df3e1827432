using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Events;

/// <summary>What a parked event is about waits for it no longer once people are alerted. A step of its own, after the tries are counted, and repeated until it succeeds.</summary>
public abstract partial class EventReader
{
    // An event came to wait behind one that people were alerted of.
    private bool _isToLetGo;

    /// <summary>Of the events, those whose record waits for them, and for nothing else that is under way.</summary>
    protected virtual Task<IReadOnlyList<EventRecord>> HoldingAsync(TapworkDbContext db, IQueryable<EventRecord> events, CancellationToken cancel) =>
        Task.FromResult<IReadOnlyList<EventRecord>>([]);

    /// <summary>Lets go of what such an event is about.</summary>
    protected virtual Task LetGoAsync(TapworkDbContext db, EventRecord happened, CancellationToken cancel) => Task.CompletedTask;

    /// <summary>Lets go of what a parked event is about, as after the tries that come before people are alerted.</summary>
    internal async Task LetGoAsync(TapworkDbContext db, ParkedEvent parked, CancellationToken cancel)
    {
        foreach (var holding in await HoldingAsync(db, db.Events.AsNoTracking().Where(e => e.Position == parked.Position), cancel))
            await LetGoAsync(db, holding, cancel);
    }

    // Of the events that people are alerted of, and of those that wait behind them; each for itself.
    private async Task LetGoOfAllAsync(CancellationToken cancel)
    {
        _isToLetGo = false;
        await using var reading = database.Open(Actor.System(Name));
        foreach (var holding in await HoldingAsync(reading, Alerted(reading), cancel))
        {
            try
            {
                await database.WriteAsync(Actor.System(Name, holding.CorrelationId), async db =>
                {
                    await LockCursorAsync(db, cancel);
                    foreach (var still in await HoldingAsync(db, Alerted(db).Where(e => e.Id == holding.Id), cancel))
                        await LetGoAsync(db, still, cancel);
                }, cancel);
            }
            catch (Exception e) when (!cancel.IsCancellationRequested)
            {
                logger.LogError(e, "{Reader} could not let go of what event {Position} ({Topic}) is about, and will try again", Name, holding.Position, holding.Topic);
            }
        }
    }

    private IQueryable<EventRecord> Alerted(TapworkDbContext db) => db.Events.AsNoTracking()
        .Where(e => db.ParkedEvents.Any(p => p.Reader == Name && p.Position == e.Position
            && db.ParkedEvents.Any(head => head.Reader == p.Reader && head.Record == p.Record && head.Tries >= ParkedEvent.TriesBeforeAlert)))
        .OrderBy(e => e.Position);
}

using Microsoft.EntityFrameworkCore;
using Tapwork.Core;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Accounts;
using Tapwork.Infrastructure.Auditing;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Events;

/// <summary>What people do with parked events; each act is an audit entry of its own.</summary>
public sealed class ParkedEventCommands(Database database, IEnumerable<EventReader> readers, TimeProvider clock)
{
    /// <summary>Audit action of a person who had one processed again.</summary>
    public const string ProcessedAgain = "event.processed_again";

    /// <summary>Audit action of dropping one.</summary>
    public const string Skipped = "event.skipped";

    /// <summary>Processes a parked event again now, and what waits behind it.</summary>
    /// <exception cref="RuleViolation"><c>event.not_parked</c>, <c>event.waits_for_earlier</c>; <c>event.failed_again</c> with the reason.</exception>
    public async Task ProcessAgainAsync(Actor actor, long id, CancellationToken cancel)
    {
        var reader = await ActAsync(actor, id, ProcessedAgain, (_, parked, now) =>
        {
            parked.RetryNow(now);
            return Task.CompletedTask;
        }, cancel);
        try
        {
            await (readers.FirstOrDefault(r => r.Name == reader)?.RetryParkedAsync(cancel) ?? Task.CompletedTask);
        }
        catch (AggregateException) when (!cancel.IsCancellationRequested)
        {
            // Of whichever event; whether this one is left is looked at below.
        }
        await using var db = database.Open(actor);
        if (await db.ParkedEvents.Where(p => p.Id == id).Select(p => p.Error).SingleOrDefaultAsync(cancel) is { } error)
            throw new RuleViolation("event.failed_again", null, error);
    }

    /// <summary>Drops a parked event for good; what waits behind it goes on. Nothing is sent of it.</summary>
    /// <exception cref="RuleViolation"><c>event.not_parked</c>, <c>event.waits_for_earlier</c></exception>
    public Task SkipAsync(Actor actor, long id, CancellationToken cancel) => ActAsync(actor, id, Skipped, async (db, parked, _) =>
    {
        // Nothing will come of it: whatever it is about must wait for it no longer.
        if (readers.FirstOrDefault(r => r.Name == parked.Reader) is { } reader)
            await reader.LetGoAsync(db, parked, cancel);
        await db.SkipAsync([parked], cancel);
    }, cancel);

    private Task<string> ActAsync(Actor actor, long id, string action, Func<TapworkDbContext, ParkedEvent, DateTimeOffset, Task> act, CancellationToken cancel)
    {
        actor.MustBe(Role.Office, Role.Manager, Role.Admin);
        var now = clock.GetUtcNow();
        return database.ActAsync(actor, now, async db =>
        {
            var parked = await db.ParkedEvents.SingleOrDefaultAsync(p => p.Id == id, cancel) ?? throw new RuleViolation("event.not_parked");
            if (!await db.ParkedEvents.Heads().AnyAsync(p => p.Id == id, cancel))
                throw new RuleViolation("event.waits_for_earlier");
            await act(db, parked, now);
            db.Tell(action, parked, now);
            return parked.Reader;
        }, cancel);
    }
}

internal static class ParkedEventAudit
{
    /// <summary>Writes the audit entry of an act on a parked event.</summary>
    public static void Tell(this TapworkDbContext db, string action, ParkedEvent parked, DateTimeOffset now) => db.Tell(
        action, nameof(ParkedEvent), parked.Id, now, new() { [nameof(ParkedEvent.Reader)] = [null, parked.Reader], [nameof(ParkedEvent.Position)] = [null, parked.Position] });

    /// <summary>Removes parked events without processing them; their events say why nothing was sent.</summary>
    public static async Task SkipAsync(this TapworkDbContext db, IReadOnlyList<ParkedEvent> parked, CancellationToken cancel)
    {
        var positions = parked.Select(p => p.Position).ToList();
        await db.Events.Where(e => positions.Contains(e.Position!.Value) && e.Deliveries == null)
            .ExecuteUpdateAsync(e => e.SetProperty(x => x.Deliveries, 0).SetProperty(x => x.RoutingNote, EventRecord.Skipped), cancel);
        db.ParkedEvents.RemoveRange(parked);
    }
}

/// <summary>Tries parked events again whose time has come.</summary>
public sealed class RetryParkedEventsJob(IEnumerable<EventReader> readers)
{
    /// <exception cref="AggregateException">What befell a reader; the others have had their turn.</exception>
    public async Task RunAsync(CancellationToken cancel)
    {
        var failures = new List<Exception>();
        foreach (var reader in readers)
        {
            try
            {
                await reader.RetryParkedAsync(cancel);
            }
            catch (Exception e) when (!cancel.IsCancellationRequested)
            {
                failures.Add(e);
            }
        }
        if (failures.Count > 0)
            throw new AggregateException(failures);
    }
}

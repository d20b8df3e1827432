using Microsoft.EntityFrameworkCore;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Events;

/// <summary>The events that readers could not process, for the people who see to them.</summary>
public sealed class ParkedEventQueries(Database database)
{
    /// <summary>Rows shown at most.</summary>
    public const int MaxRows = 100;

    /// <summary>In the order in which they would be processed.</summary>
    public async Task<IReadOnlyList<ParkedEventRow>> ListAsync(Actor actor, CancellationToken cancel)
    {
        actor.MustBe(Role.Office, Role.Manager, Role.Admin);
        await using var db = database.Open(actor);
        return await (from parked in db.ParkedEvents.AsNoTracking()
                      join @event in db.Events on (long?)parked.Position equals @event.Position
                      join intervention in db.Interventions on parked.Record equals intervention.Id into interventions
                      from intervention in interventions.DefaultIfEmpty()
                      orderby parked.Position, parked.Id
                      select new ParkedEventRow(
                          parked.Id, parked.Reader, @event.Topic, @event.At, parked.Error, parked.Tries, parked.NextTryAt,
                          db.ParkedEvents.Any(p => p.Reader == parked.Reader && p.Record == parked.Record && p.Position < parked.Position),
                          intervention == null ? null : intervention.Id, intervention == null ? null : intervention.Reference))
            .Take(MaxRows).ToListAsync(cancel);
    }
}

/// <param name="At">When it happened.</param>
/// <param name="Error">Why the last try failed, in the words of the fault.</param>
/// <param name="IsWaiting">It waits behind an earlier event of the same record.</param>
/// <param name="InterventionId">The intervention it is about; null when it is about something else.</param>
public sealed record ParkedEventRow(
    long Id, string Reader, string Topic, DateTimeOffset At, string Error, int Tries, DateTimeOffset? NextTryAt, bool IsWaiting, Guid? InterventionId, string? Reference);

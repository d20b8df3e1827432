using Microsoft.EntityFrameworkCore;
using Tapwork.Core.Dossiers;
using Tapwork.Infrastructure.Events;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Dossiers;

/// <summary>Leads from events about a dossier to the dossier and its intervention.</summary>
internal static class DossierRecords
{
    /// <summary>The intervention of each event about a dossier, so that all revisions are one record; else the event's own subject.</summary>
    public static async Task<IReadOnlyDictionary<long, Guid>> InterventionsOfAsync(this TapworkDbContext db, IReadOnlyList<EventRecord> events, CancellationToken cancel)
    {
        var subjects = events.Select(e => e.Subject).Distinct().ToList();
        var interventions = await db.Dossiers.Where(d => subjects.Contains(d.Id)).Select(d => new { d.Id, d.InterventionId }).ToDictionaryAsync(d => d.Id, d => d.InterventionId, cancel);
        return events.ToDictionary(e => e.Id, e => interventions.GetValueOrDefault(e.Subject, e.Subject));
    }

    /// <summary>Changes the dossier an event is about, and lets its intervention follow.</summary>
    public static async Task ApplyToDossierAsync(this TapworkDbContext db, EventRecord happened, Action<Dossier, DateTimeOffset> change, DateTimeOffset now, CancellationToken cancel)
    {
        if (await db.Dossiers.SingleOrDefaultAsync(d => d.Id == happened.Subject, cancel) is not { } dossier)
            return;
        var intervention = await db.Interventions.SingleAsync(i => i.Id == dossier.InterventionId, cancel);
        db.Correlate(dossier, happened.CorrelationId);
        db.Correlate(intervention, happened.CorrelationId);
        change(dossier, now);
        intervention.Follow(dossier, db.Actor, now);
    }
}

using Microsoft.EntityFrameworkCore;
using Tapwork.Core;
using Tapwork.Core.Accounts;
using Tapwork.Core.Deliveries;
using Tapwork.Infrastructure.Accounts;
using Tapwork.Infrastructure.Auditing;
using Tapwork.Infrastructure.Dossiers;
using Tapwork.Infrastructure.Events;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Deliveries;

/// <summary>What people do with deliveries; each act is an audit entry of its own.</summary>
public sealed class DeliveryDesk(Database database, DeliverySignal due, TimeProvider clock)
{
    /// <summary>Deliveries replayed in one transaction.</summary>
    public const int BatchSize = 200;

    private const int MostTries = 5;

    public Task ReplayAsync(Actor actor, long id, CancellationToken cancel) => ActAsync(actor, id, "delivery.replayed", (d, now) => d.Replay(now), cancel);

    public Task HurryAsync(Actor actor, long id, CancellationToken cancel) => ActAsync(actor, id, "delivery.hurried", (d, now) => d.Hurry(now), cancel);

    public Task HoldAsync(Actor actor, long id, CancellationToken cancel) => ActAsync(actor, id, "delivery.held", (d, now) => d.Hold(now), cancel);

    /// <summary>Gives it up; what waits behind it goes on.</summary>
    public Task CancelAsync(Actor actor, long id, CancellationToken cancel) => ActAsync(actor, id, "delivery.cancelled", (d, now) => d.Cancel(now), cancel);

    /// <summary>The person has asked the partner: it is there.</summary>
    public Task ConfirmArrivalAsync(Actor actor, long id, string? partnerId, CancellationToken cancel) =>
        ActAsync(actor, id, "delivery.confirmed", (d, now) => d.ConfirmArrival(partnerId, now), cancel);

    /// <summary>Replays all the filter finds that have come to rest, in small transactions, telling how many are done.</summary>
    public async Task<ReplayCount> ReplayAllAsync(Actor actor, DeliveryFilter filter, IProgress<int>? progress, CancellationToken cancel)
    {
        actor.MustBe(Role.Office, Role.Manager, Role.Admin);
        // What has arrived goes again only to who knows a repeat, and only where it was asked for by name: never every mail that was ever sent.
        var delivered = filter.Status == DeliveryStatus.Delivered;
        var (done, after) = (new ReplayCount(0, 0), 0L);
        while (true)
        {
            List<long> ids;
            await using (var db = database.Open(actor))
                ids = await db.Deliveries.AsNoTracking().Matching(filter)
                    .Where(d => d.Id > after && (d.Status == DeliveryStatus.Refused || d.Status == DeliveryStatus.Dead || d.Status == DeliveryStatus.Uncertain
                        || d.Status == DeliveryStatus.Held || (delivered && d.Status == DeliveryStatus.Delivered && Delivery.DossierPurposes.Contains(d.Purpose))))
                    .OrderBy(d => d.Id).Select(d => d.Id).Take(BatchSize).ToListAsync(cancel);
            if (ids.Count == 0)
                return done;
            var some = await ReplayAsync(actor, ids, cancel);
            done = new ReplayCount(done.Replayed + some.Replayed, done.Superseded + some.Superseded);
            after = ids[^1];
            progress?.Report(done.Replayed);
        }
    }

    /// <summary>Replays a selection; those that are under way, cancelled, superseded or without their payload are left out.</summary>
    public async Task<ReplayCount> ReplayAsync(Actor actor, IReadOnlyList<long> ids, CancellationToken cancel)
    {
        actor.MustBe(Role.Office, Role.Manager, Role.Admin);
        var count = new ReplayCount(0, 0);
        for (var tries = 1; tries <= MostTries; tries++)
        {
            try
            {
                count = await ReplayOnceAsync(actor, ids, cancel);
                break;
            }
            catch (RuleViolation e) when (e.Rule == "record.changed_meanwhile" && tries < MostTries)
            {
                // The pump took one of them between reading and writing: what is read anew leaves it out.
            }
        }
        due.Set();
        return count;
    }

    private Task<ReplayCount> ReplayOnceAsync(Actor actor, IReadOnlyList<long> ids, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        return database.ActAsync(actor, now, async db =>
        {
            var chosen = await db.Deliveries.Where(d => ids.Contains(d.Id) && d.SupersededBy == null
                && d.Status != DeliveryStatus.Sending && d.Status != DeliveryStatus.Cancelled && d.Payload != "").ToListAsync(cancel);
            foreach (var delivery in chosen)
            {
                delivery.Replay(now);
                await ResumeDossierAsync(db, delivery, now, cancel);
                db.Tell("delivery.replayed", nameof(Delivery), delivery.Id, now);
            }
            return new ReplayCount(chosen.Count, await db.Deliveries.CountAsync(d => ids.Contains(d.Id) && d.SupersededBy != null, cancel));
        }, cancel);
    }

    private async Task ActAsync(Actor actor, long id, string action, Action<Delivery, DateTimeOffset> act, CancellationToken cancel)
    {
        actor.MustBe(Role.Office, Role.Manager, Role.Admin);
        var now = clock.GetUtcNow();
        await database.ActAsync(actor, now, async db =>
        {
            var delivery = await db.Deliveries.SingleOrDefaultAsync(d => d.Id == id, cancel) ?? throw new RuleViolation("delivery.unknown");
            var before = delivery.Status;
            act(delivery, now);
            await ResumeDossierAsync(db, delivery, now, cancel);
            db.Tell(action, nameof(Delivery), id, now, new() { [nameof(Delivery.Status)] = [before.ToString(), delivery.Status.ToString()] });
        }, cancel);
        due.Set();
    }

    // With the same save, so that nobody corrects what is already on its way again.
    private static async Task ResumeDossierAsync(TapworkDbContext db, Delivery delivery, DateTimeOffset now, CancellationToken cancel)
    {
        if (delivery.Purpose != DossierOutcomes.Purpose || delivery.Status != DeliveryStatus.Pending)
            return;
        var dossier = await db.Dossiers.SingleOrDefaultAsync(d => d.Id == delivery.Subject, cancel);
        if (dossier is null)
            return;
        dossier.Resume(now);
        var intervention = await db.Interventions.SingleAsync(i => i.Id == dossier.InterventionId, cancel);
        intervention.Follow(dossier, db.Actor, now);
    }
}

/// <param name="Superseded">Left out because their destination has a newer revision.</param>
public sealed record ReplayCount(int Replayed, int Superseded);

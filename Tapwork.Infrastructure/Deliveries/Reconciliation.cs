using Microsoft.EntityFrameworkCore;
using Tapwork.Core.Accounts;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Dossiers;
using Tapwork.Core.Integrations;
using Tapwork.Core.Interventions;
using Tapwork.Infrastructure.Accounts;
using Tapwork.Infrastructure.Dossiers;
using Tapwork.Infrastructure.Integrations;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Deliveries;

/// <summary>Whether every event is accounted for, every delivery in a state somebody owns, and every published dossier really at the partner.</summary>
public sealed class Reconciliation(
    Database database, IntegrationCatalogue catalogue, IEnumerable<IConnector> connectors, PersonRateLimiter limiter, TimeProvider clock)
{
    /// <summary>What is younger may simply be under way.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromMinutes(1);

    /// <summary>How far back the partner is asked.</summary>
    public static readonly TimeSpan Recent = TimeSpan.FromDays(2);

    private const int Shown = 50;

    /// <summary>Compares, and keeps the result.</summary>
    /// <param name="actor">Who wants to know.</param>
    /// <param name="mostAsked">How many accepted deliveries the partner is asked about, the latest first; each is a call of its budget, and of a person's share of it.</param>
    /// <param name="cancel">Ends it.</param>
    public async Task<ReconciliationReport> RunAsync(Actor actor, int mostAsked, CancellationToken cancel)
    {
        actor.MustBe(Role.Office, Role.Manager, Role.Admin);
        var now = clock.GetUtcNow();
        var findings = new List<Finding>();
        await using (var db = database.Open(actor))
        {
            await db.MustBeActiveAsync(now, cancel);
            await EventsAsync(db, now, findings, cancel);
            await DeliveriesAsync(db, now, findings, cancel);
            await DossiersAsync(db, now, findings, cancel);
        }
        var asked = await AskPartnersAsync(actor, now, mostAsked, findings, cancel);
        var report = new ReconciliationReport { At = now, By = actor.Name, Asked = asked, Findings = findings };
        await database.WriteAsync(actor, db =>
        {
            db.Reconciliations.Add(report);
            return Task.CompletedTask;
        }, cancel);
        return report;
    }

    private static async Task EventsAsync(TapworkDbContext db, DateTimeOffset now, List<Finding> findings, CancellationToken cancel)
    {
        var before = now - Grace;
        findings.Add(new("event.without_position", await db.Events.CountAsync(e => e.Position == null && e.At < before, cancel), []));
        findings.Add(new("event.unrouted", await db.Events.CountAsync(e =>
            e.Position != null && e.Deliveries == null && e.At < before && !db.ParkedEvents.Any(p => p.Reader == DeliveryRouter.ReaderName && p.Position == e.Position), cancel), []));
        // Joined here: the columns differ in collation on SQL Server.
        var parked = await db.ParkedEvents.OrderByDescending(p => p.Id).Select(p => new { p.Reader, p.Position, p.Error }).Take(Shown).ToListAsync(cancel);
        findings.Add(new("event.parked", await db.ParkedEvents.CountAsync(cancel), [.. parked.Select(p => $"{p.Reader} · {p.Position} · {p.Error}")]));
        findings.Add(new("event.no_integration", await db.Events.CountAsync(e => e.RoutingNote == DeliveryRouter.NoIntegration, cancel), []));
    }

    private static async Task DeliveriesAsync(TapworkDbContext db, DateTimeOffset now, List<Finding> findings, CancellationToken cancel)
    {
        var before = now - Grace;
        await DeliveriesAsync(db, "delivery.lease_over", d => d.Status == DeliveryStatus.Sending && d.LeaseUntil < before);
        await DeliveriesAsync(db, "delivery.unowned_send", d => d.Status == DeliveryStatus.Sending && d.LeaseUntil == null);
        await DeliveriesAsync(db, "delivery.overdue", d =>
            (d.Status == DeliveryStatus.Pending || d.Status == DeliveryStatus.Retrying) && d.NextAttemptAt < now.AddMinutes(-15));
        await DeliveriesAsync(db, "delivery.waits_for_person", d => d.Status == DeliveryStatus.Refused || d.Status == DeliveryStatus.Uncertain
            || d.Status == DeliveryStatus.Dead || d.Status == DeliveryStatus.Held);

        async Task DeliveriesAsync(TapworkDbContext db, string rule, System.Linq.Expressions.Expression<Func<Delivery, bool>> which) => findings.Add(new Finding(
            rule, await db.Deliveries.CountAsync(which, cancel),
            await db.Deliveries.Where(which).OrderBy(d => d.Id).Select(d => d.Id.ToString()).Take(Shown).ToListAsync(cancel)));
    }

    private static async Task DossiersAsync(TapworkDbContext db, DateTimeOffset now, List<Finding> findings, CancellationToken cancel)
    {
        var before = now - Grace;
        var lost = db.Dossiers.Where(d => d.PreparedAt < before && !db.Deliveries.Any(x => x.Subject == d.Id && x.Purpose == DossierOutcomes.Purpose));
        findings.Add(new("dossier.without_delivery", await lost.CountAsync(cancel), await lost.Select(d => d.ExternalId).Take(Shown).ToListAsync(cancel)));
        var apart = db.Dossiers.Where(d => d.StateAt < before && d.State == DossierState.Sending && db.Deliveries.Any(x =>
            x.Subject == d.Id && x.Purpose == DossierOutcomes.Purpose && x.Status == DeliveryStatus.Delivered && x.StatusAt < before));
        findings.Add(new("dossier.behind_delivery", await apart.CountAsync(cancel), await apart.Select(d => d.ExternalId).Take(Shown).ToListAsync(cancel)));
        var unpublished = db.Interventions.Where(i => i.Status == InterventionStatus.InstallationDone && i.ChangedAt < before
            && (i.DossierState == DossierState.Accepted || i.DossierState == DossierState.Approved));
        findings.Add(new("intervention.unpublished", await unpublished.CountAsync(cancel), await unpublished.Select(i => i.Reference).Take(Shown).ToListAsync(cancel)));
        var unsent = db.Interventions.Where(i => i.Status == InterventionStatus.InstallationDone && i.DossierState == null);
        findings.Add(new("intervention.without_dossier", await unsent.CountAsync(cancel), await unsent.Select(i => i.Reference).Take(Shown).ToListAsync(cancel)));
    }

    private async Task<int> AskPartnersAsync(Actor actor, DateTimeOffset now, int most, List<Finding> findings, CancellationToken cancel)
    {
        var (missing, unknown, asked) = (new List<string>(), 0, 0);
        foreach (var integration in (await catalogue.ListAsync(cancel)).Where(i => i.IsEnabled))
        {
            var connector = connectors.FirstOrDefault(c => c.Descriptor.Key == integration.ConnectorKey);
            if (connector is null)
                continue;
            List<Delivery> delivered;
            await using (var db = database.Open(actor))
                delivered = await db.Deliveries.AsNoTracking()
                    .Where(d => d.IntegrationId == integration.Id && Delivery.DossierPurposes.Contains(d.Purpose) && d.Status == DeliveryStatus.Delivered && d.StatusAt > now - Recent)
                    .OrderByDescending(d => d.Id).Take(most).ToListAsync(cancel);
            foreach (var delivery in delivered)
            {
                // Switched off meanwhile, it is not called any more.
                if (await catalogue.FindAsync(integration.Id, cancel) is not { IsEnabled: true } current)
                    break;
                if (!limiter.TryAcquire(current, actor))
                    break;
                var (holds, isSilent) = await HoldsAsync(connector, current, delivery, cancel);
                asked++;
                if (holds is null)
                    unknown++;
                else if (holds == false)
                    missing.Add(delivery.Id.ToString(System.Globalization.CultureInfo.InvariantCulture));
                // Who does not answer this is not asked about hundreds more.
                if (isSilent)
                    break;
            }
        }
        findings.Add(new("partner.missing", missing.Count, [.. missing.Take(Shown)]));
        findings.Add(new("partner.not_told", unknown, []));
        return asked;
    }

    // Waited for as long as for a send.
    private async Task<(bool? Holds, bool IsSilent)> HoldsAsync(IConnector connector, Integration integration, Delivery delivery, CancellationToken cancel)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(integration.TimeoutSeconds), clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, patience.Token);
        try
        {
            return (await connector.HoldsAsync(integration, delivery, either.Token), false);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return (null, true);
        }
    }
}

/// <summary>Compares every night, and asks the partner about the latest published dossiers.</summary>
public sealed class ReconcileJob(Reconciliation reconciliation)
{
    public Task RunAsync(CancellationToken cancel) => reconciliation.RunAsync(Actor.System(nameof(ReconcileJob)), 500, cancel);
}

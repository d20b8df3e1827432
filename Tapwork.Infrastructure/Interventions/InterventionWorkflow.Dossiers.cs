using Microsoft.EntityFrameworkCore;
using Tapwork.Core;
using Tapwork.Core.Accounts;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Dossiers;
using Tapwork.Core.Interventions;
using Tapwork.Infrastructure.Auditing;
using Tapwork.Infrastructure.Deliveries;
using Tapwork.Infrastructure.Events;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Interventions;

/// <summary>The moves that prepare a dossier: its snapshot is taken in the transaction of the move itself.</summary>
public sealed partial class InterventionWorkflow
{
    public Task CompleteInstallationAsync(Actor actor, Guid id, CancellationToken cancel) => MoveAsync(actor, id, async (db, intervention, now) =>
    {
        intervention.CompleteInstallation(actor, now);
        await PrepareDossierAsync(db, intervention, actor, now, onlyIfDifferent: false, cancel);
    }, cancel);

    /// <summary>After maintenance a dossier goes out only if it says something else than the last one the partner has.</summary>
    public Task FinishMaintenanceAsync(Actor actor, Guid id, CancellationToken cancel) => MoveAsync(actor, id, async (db, intervention, now) =>
    {
        intervention.FinishMaintenance(actor, now);
        await PrepareDossierAsync(db, intervention, actor, now, onlyIfDifferent: true, cancel);
    }, cancel);

    /// <summary>Sends what was corrected as a new revision; the delivery it takes the place of is cancelled with the same save.</summary>
    public Task CorrectAndResendAsync(Actor actor, Guid id, CancellationToken cancel) => MoveAsync(actor, id, async (db, intervention, now) =>
    {
        if (!intervention.IsCorrectable)
            throw new RuleViolation("intervention.nothing_to_correct");
        RuleViolation.ThrowIfAny([.. intervention.MissingToComplete()]);
        await PrepareDossierAsync(db, intervention, actor, now, onlyIfDifferent: false, cancel);
    }, cancel);

    private static async Task PrepareDossierAsync(
        TapworkDbContext db, Intervention intervention, Actor actor, DateTimeOffset now, bool onlyIfDifferent, CancellationToken cancel)
    {
        var last = await db.Dossiers.Where(d => d.InterventionId == intervention.Id).OrderByDescending(d => d.Revision)
            .Select(d => new { d.Id, d.Hash, d.State }).FirstOrDefaultAsync(cancel);
        var operation = await db.Operations.Where(o => o.Code == intervention.OperationCode).Select(o => o.Title).SingleAsync(cancel);
        var company = await db.Companies.Where(c => c.Id == intervention.CompanyId).Select(c => c.Name).SingleAsync(cancel);
        var content = DossierContent.Of(intervention, operation, company);
        if (onlyIfDifferent && last is { State: DossierState.Accepted or DossierState.Approved } && last.Hash == DossierContent.HashOf(content.ToJson()))
        {
            intervention.StandByDossier(actor, now);
            return;
        }
        var dossier = Dossier.Prepare(intervention, content, last?.Id, now);
        // Symphonics gets every revision: it is certain here already. Other partners' deliveries follow when theirs of the new one is made.
        if (last is not null)
            foreach (var delivery in await AtRestAsync(db, last.Id, now, cancel))
                delivery.Supersede(dossier.Id, now);
        db.Dossiers.Add(dossier);
        intervention.Follow(dossier, actor, now);
    }

    // Nobody sends the dossier after all, to whomever.
    private static async Task WithdrawAsync(TapworkDbContext db, Guid dossierId, DateTimeOffset now, CancellationToken cancel)
    {
        foreach (var delivery in await AtRestAsync(db, dossierId, now, cancel))
            if (!delivery.IsSettled)
                delivery.Cancel(now);
        var toPartners = await db.Deliveries.Where(d => d.Subject == dossierId && d.Purpose == Dossiers.DossierOutcomes.PartnerPurpose).ToListAsync(cancel);
        foreach (var delivery in toPartners.Where(d => !d.IsSettled && d.Status != DeliveryStatus.Sending))
            delivery.Cancel(now);
    }

    private static async Task<List<Delivery>> AtRestAsync(TapworkDbContext db, Guid dossierId, DateTimeOffset now, CancellationToken cancel)
    {
        await SkipUnroutedAsync(db, dossierId, now, cancel);
        var deliveries = await db.Deliveries.Where(d => d.Subject == dossierId && d.Purpose == Dossiers.DossierOutcomes.Purpose).ToListAsync(cancel);
        return deliveries.All(d => d.IsSettled || d.NeedsAPerson) ? deliveries : throw new RuleViolation("intervention.dossier_being_sent");
    }

    // An event the router could not process would send the dossier after all, once it can. Looked at first: a router that is just processing it has the delivery found below.
    private static async Task SkipUnroutedAsync(TapworkDbContext db, Guid dossierId, DateTimeOffset now, CancellationToken cancel)
    {
        var parked = await db.ParkedEvents.Where(p => p.Reader == DeliveryRouter.ReaderName && db.Events.Any(e => e.Position == p.Position && e.Subject == dossierId && e.Topic == DossierPrepared.Name)).ToListAsync(cancel);
        if (parked.Count == 0)
            return;
        await db.SkipAsync(parked, cancel);
        foreach (var skipped in parked)
            db.Tell(ParkedEventCommands.Skipped, skipped, now);
    }
}

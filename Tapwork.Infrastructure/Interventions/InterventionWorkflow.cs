using Microsoft.EntityFrameworkCore;
using Tapwork.Core;
using Tapwork.Core.Accounts;
using Tapwork.Core.Interventions;
using Tapwork.Infrastructure.Accounts;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Interventions;

/// <summary>Every write to interventions: loads what the actor may see, asks the entity, saves.</summary>
public sealed partial class InterventionWorkflow(Database database, TimeProvider clock)
{
    /// <summary>Enters a new one.</summary>
    /// <exception cref="RuleViolation">With every field that is wrong.</exception>
    public Task<Guid> EnterAsync(Actor actor, Guid companyId, InterventionDetails details, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        return database.ActAsync(actor, now, async db =>
        {
            if (!actor.SeesAllCompanies && actor.CompanyId != companyId)
                throw new RuleViolation("company.unknown", nameof(Intervention.CompanyId));
            if (!await db.Companies.AnyAsync(c => c.Id == companyId, cancel))
                throw new RuleViolation("company.unknown", nameof(Intervention.CompanyId));
            var needsQuote = await NeedsQuoteAsync(db, details, now, cancel);
            var year = Paris.DayOf(now).Year;
            var reference = $"INT-{year}-{await db.NextNumberAsync($"INT-{year}", cancel):000000}";
            var intervention = Intervention.Enter(reference, companyId, details, needsQuote, actor, now);
            db.Interventions.Add(intervention);
            await InterventionSearch.IndexAsync(db, intervention, cancel);
            return intervention.Id;
        }, cancel);
    }

    /// <summary>Replaces what was entered.</summary>
    /// <param name="actor">Who changes it.</param>
    /// <param name="id">Of the intervention.</param>
    /// <param name="seenVersion">The version the person had before their eyes; another one refuses with <c>record.changed_meanwhile</c>.</param>
    /// <param name="details">All of it, as typed.</param>
    /// <param name="cancel">Gives up.</param>
    public Task ChangeAsync(Actor actor, Guid id, long seenVersion, InterventionDetails details, CancellationToken cancel) =>
        MoveAsync(actor, id, async (db, intervention, now) =>
        {
            if (intervention.Version != seenVersion)
                throw new RuleViolation("record.changed_meanwhile");
            intervention.Change(details, await NeedsQuoteAsync(db, details, now, cancel), actor, now);
            await InterventionSearch.IndexAsync(db, intervention, cancel);
        }, cancel);

    public Task AssignAsync(Actor actor, Guid id, Guid? installer, CancellationToken cancel) => MoveAsync(actor, id, async (db, intervention, now) =>
    {
        actor.MustBe(Role.Office, Role.Manager, Role.Admin);
        if (installer is { } person && !await db.People.AnyAsync(p => p.Id == person && p.Role == Role.Installer && p.CompanyId == intervention.CompanyId, cancel))
            throw new RuleViolation("intervention.installer_unknown", nameof(Intervention.AssignedTo));
        intervention.AssignTo(installer, now);
    }, cancel);

    public Task StartAsync(Actor actor, Guid id, CancellationToken cancel) =>
        MoveAsync(actor, id, (i, now) => i.Start(actor, now), cancel);

    public Task SendQuoteAsync(Actor actor, Guid id, CancellationToken cancel) =>
        MoveAsync(actor, id, (i, now) => i.SendQuote(actor, now), cancel);

    public Task SignQuoteAsync(Actor actor, Guid id, DateOnly on, CancellationToken cancel) =>
        MoveAsync(actor, id, (i, now) => i.SignQuote(on, actor, now), cancel);

    public Task SendDocumentsAsync(Actor actor, Guid id, CancellationToken cancel) =>
        MoveAsync(actor, id, (i, now) => i.SendDocuments(actor, now), cancel);

    /// <summary>Ends it; a delivery that waits for a person ends with it, so that nobody sends the dossier after all.</summary>
    public Task CancelAsync(Actor actor, Guid id, string reason, CancellationToken cancel) => MoveAsync(actor, id, async (db, intervention, now) =>
    {
        intervention.Cancel(reason, actor, now);
        foreach (var dossier in await db.Dossiers.Where(d => d.InterventionId == id).Select(d => d.Id).ToListAsync(cancel))
            await WithdrawAsync(db, dossier, now, cancel);
    }, cancel);

    /// <summary>Takes the work up again; a dossier that was never routed is not sent any more, as what follows may say something else.</summary>
    public Task RequireMaintenanceAsync(Actor actor, Guid id, CancellationToken cancel) => MoveAsync(actor, id, async (db, intervention, now) =>
    {
        intervention.RequireMaintenance(actor, now);
        foreach (var dossier in await db.Dossiers.Where(d => d.InterventionId == id).Select(d => d.Id).ToListAsync(cancel))
            await SkipUnroutedAsync(db, dossier, now, cancel);
    }, cancel);

    public Task ResumeWorkAsync(Actor actor, Guid id, CancellationToken cancel) =>
        MoveAsync(actor, id, (i, now) => i.ResumeWork(actor, now), cancel);

    private Task MoveAsync(Actor actor, Guid id, Action<Intervention, DateTimeOffset> move, CancellationToken cancel) =>
        MoveAsync(actor, id, (_, intervention, now) =>
        {
            move(intervention, now);
            return Task.CompletedTask;
        }, cancel);

    private Task MoveAsync(Actor actor, Guid id, Func<TapworkDbContext, Intervention, DateTimeOffset, Task> move, CancellationToken cancel) =>
        MoveAsync(actor, id, async (db, intervention, now) =>
        {
            await move(db, intervention, now);
            return true;
        }, cancel);

    private Task<T> MoveAsync<T>(
        Actor actor, Guid id, Func<TapworkDbContext, Intervention, DateTimeOffset, Task<T>> move, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        return database.ActAsync(actor, now, async db =>
        {
            var intervention = await db.Interventions.Include(i => i.Photos).Include(i => i.Documents).AsSplitQuery()
                .SeenBy(actor).SingleOrDefaultAsync(i => i.Id == id, cancel)
                ?? throw new RuleViolation("intervention.unknown");
            return await move(db, intervention, now);
        }, cancel);
    }

    // The sheet's own terms on the day of engagement; without a quote yet, today's.
    private static async Task<bool> NeedsQuoteAsync(TapworkDbContext db, InterventionDetails details, DateTimeOffset now, CancellationToken cancel)
    {
        var code = details.OperationCode?.Trim() ?? "";
        var operation = await db.Operations.AsNoTracking().SingleOrDefaultAsync(o => o.Code == code, cancel);
        if (operation is null)
            throw new RuleViolation(code.Length == 0 ? "field.required" : "operation.unknown", nameof(InterventionDetails.OperationCode));
        if (!operation.IsOpenOn(details.EngagedOn ?? Paris.DayOf(now)))
            throw new RuleViolation("operation.closed", nameof(InterventionDetails.OperationCode), operation.EngagedUntil!);
        return operation.NeedsQuote;
    }
}

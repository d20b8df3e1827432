using Microsoft.EntityFrameworkCore;
using Tapwork.Core.Accounts;
using Tapwork.Core.Interventions;
using Tapwork.Infrastructure.Accounts;
using Tapwork.Infrastructure.Integrations.Symphonics;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Interventions;

/// <summary>Asks Symphonics about PDL and account outside any transaction, then keeps the answer in a short one of its own.</summary>
public sealed class InterventionChecks(Database database, SymphonicsChecks symphonics, TimeProvider clock)
{
    /// <summary>Checks what is unchecked of one; without an answer it stays unchecked. Safe to run twice.</summary>
    public async Task CheckAsync(Actor actor, Guid id, CancellationToken cancel)
    {
        await using var reading = database.Open(actor);
        var seen = actor.PersonId is null ? reading.Interventions : reading.Interventions.SeenBy(actor);
        var asked = await seen.Where(i => i.Id == id)
            .Select(i => new { i.Pdl, i.PdlState, i.Email, i.AccountState }).SingleOrDefaultAsync(cancel);
        if (asked is null)
            return;
        var pdl = asked is { Pdl: { } number, PdlState: PdlState.Unchecked } ? (await symphonics.CheckPdlAsync(number, actor, cancel)).State : PdlState.Unchecked;
        var account = asked.AccountState != AccountState.Exists ? (await symphonics.CheckAccountAsync(asked.Email, actor, cancel)).State : AccountState.Unchecked;
        if (pdl == PdlState.Unchecked && account == AccountState.Unchecked)
            return;
        await database.ActAsync(actor, clock.GetUtcNow(), async db =>
        {
            var intervention = await db.Interventions.SingleAsync(i => i.Id == id, cancel);
            if (pdl != PdlState.Unchecked)
                intervention.RecordPdlCheck(asked.Pdl!, pdl);
            if (account != AccountState.Unchecked)
                intervention.RecordAccountCheck(asked.Email, account);
        }, cancel);
    }
}

/// <summary>Asks again for open interventions whose PDL or account could not be checked.</summary>
public sealed class RecheckPdlsJob(Database database, InterventionChecks checks)
{
    public async Task RunAsync(CancellationToken cancel)
    {
        var actor = Actor.System(nameof(RecheckPdlsJob));
        await using var db = database.Open(actor);
        var unchecked_ = await db.Interventions
            .Where(i => i.Status != InterventionStatus.Published && i.Status != InterventionStatus.Cancelled)
            .Where(i => (i.Pdl != null && i.PdlState == PdlState.Unchecked) || i.AccountState == AccountState.Unchecked)
            .OrderBy(i => i.ChangedAt).Select(i => i.Id).Take(20).ToListAsync(cancel);
        foreach (var id in unchecked_)
            await checks.CheckAsync(actor, id, cancel);
    }
}

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
    /// <returns>Whether everything that was asked was answered.</returns>
    /// <exception cref="Core.RuleViolation"><c>integration.calls_per_person_reached</c></exception>
    public async Task<bool> CheckAsync(Actor actor, Guid id, CancellationToken cancel)
    {
        await using var reading = database.Open(actor);
        var seen = actor.PersonId is null ? reading.Interventions : reading.Interventions.SeenBy(actor);
        var asked = await seen.Where(i => i.Id == id)
            .Select(i => new { i.Pdl, i.PdlState, i.Email, i.AccountState }).SingleOrDefaultAsync(cancel);
        if (asked is null)
            return true;
        var (asksPdl, asksAccount) = (asked is { Pdl: not null, PdlState: PdlState.Unchecked }, asked.AccountState != AccountState.Exists);
        var pdl = asksPdl ? (await symphonics.CheckPdlAsync(asked.Pdl!, actor, cancel)).State : PdlState.Unchecked;
        var account = asksAccount ? (await symphonics.CheckAccountAsync(asked.Email, actor, cancel)).State : AccountState.Unchecked;
        if (pdl != PdlState.Unchecked || account != AccountState.Unchecked)
            await database.ActAsync(actor, clock.GetUtcNow(), async db =>
            {
                var intervention = await db.Interventions.SingleAsync(i => i.Id == id, cancel);
                if (pdl != PdlState.Unchecked)
                    intervention.RecordPdlCheck(asked.Pdl!, pdl);
                if (account != AccountState.Unchecked)
                    intervention.RecordAccountCheck(asked.Email, account);
            }, cancel);
        return !(asksPdl && pdl == PdlState.Unchecked) && !(asksAccount && account == AccountState.Unchecked);
    }
}

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
    /// <exception cref="Core.RuleViolation"><c>integration.calls_per_person_reached</c>; what was answered before it is kept.</exception>
    /// <exception cref="NoCallLeftException">Of a job, and nobody was asked.</exception>
    public async Task<bool> CheckAsync(Actor actor, Guid id, CancellationToken cancel)
    {
        await using var reading = database.Open(actor);
        var seen = actor.PersonId is null ? reading.Interventions : reading.Interventions.SeenBy(actor);
        var asked = await seen.Where(i => i.Id == id)
            .Select(i => new { i.Pdl, i.PdlState, i.Email, i.AccountState }).SingleOrDefaultAsync(cancel);
        if (asked is null)
            return true;
        var (asksPdl, asksAccount) = (asked is { Pdl: not null, PdlState: PdlState.Unchecked }, asked.AccountState != AccountState.Exists);
        var (pdl, account, isAsked) = (PdlState.Unchecked, AccountState.Unchecked, false);
        try
        {
            if (asksPdl)
                (pdl, isAsked) = ((await symphonics.CheckPdlAsync(asked.Pdl!, actor, cancel)).State, true);
            if (asksAccount)
                account = (await symphonics.CheckAccountAsync(asked.Email, actor, cancel)).State;
        }
        catch (NoCallLeftException) when (isAsked)
        {
            // The second question waits for the next run.
        }
        finally
        {
            // What was answered is kept, even where the next question was refused.
            if (pdl != PdlState.Unchecked || account != AccountState.Unchecked)
                await KeepAsync(actor, id, asked.Pdl, pdl, asked.Email, account);
        }
        return !(asksPdl && pdl == PdlState.Unchecked) && !(asksAccount && account == AccountState.Unchecked);
    }

    // Whoever left the page meanwhile: the answer has cost a call.
    private Task KeepAsync(Actor actor, Guid id, string? pdl, PdlState pdlState, string email, AccountState accountState) =>
        database.ActAsync(actor, clock.GetUtcNow(), async db =>
        {
            var intervention = await db.Interventions.SingleAsync(i => i.Id == id, CancellationToken.None);
            if (pdlState != PdlState.Unchecked)
                intervention.RecordPdlCheck(pdl!, pdlState);
            if (accountState != AccountState.Unchecked)
                intervention.RecordAccountCheck(email, accountState);
        }, CancellationToken.None);
}

using Microsoft.EntityFrameworkCore;
using Tapwork.Core;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Accounts;

/// <summary>A circuit may outlive the account it was opened with: every act asks again.</summary>
internal static class ActiveAccounts
{
    /// <summary>One act of a person, or of the system, as one transaction.</summary>
    /// <exception cref="RuleViolation">
    /// <c>account.not_active</c>, <c>account.role_changed</c>, <c>account.session_ended</c>; <c>record.changed_meanwhile</c> when somebody else's write came between reading and saving.
    /// </exception>
    public static async Task<T> ActAsync<T>(
        this Database database, Actor actor, DateTimeOffset now, Func<TapworkDbContext, Task<T>> act, CancellationToken cancel)
    {
        try
        {
            return await database.WriteAsync(actor, async db =>
            {
                await db.MustBeActiveAsync(now, cancel);
                return await act(db);
            }, cancel);
        }
        catch (DbUpdateConcurrencyException)
        {
            throw new RuleViolation("record.changed_meanwhile");
        }
    }

    public static Task ActAsync(this Database database, Actor actor, DateTimeOffset now, Func<TapworkDbContext, Task> act, CancellationToken cancel) =>
        database.ActAsync(actor, now, async db => { await act(db); return true; }, cancel);

    /// <summary>Refuses with <c>account.not_active</c>, <c>account.role_changed</c> or <c>account.session_ended</c>; the system may always act.</summary>
    public static async Task MustBeActiveAsync(this TapworkDbContext db, DateTimeOffset now, CancellationToken cancel)
    {
        if (db.Actor.PersonId is not { } id)
            return;
        var person = await db.People.AsNoTracking().SingleOrDefaultAsync(p => p.Id == id, cancel) ?? throw new RuleViolation("account.not_active");
        person.MustBeActive(now);
        if (person.Role != db.Actor.Role)
            throw new RuleViolation("account.role_changed");
        if (await db.HasEndedAsync(db.Actor.SessionId, cancel))
            throw new RuleViolation("account.session_ended");
    }

    /// <summary>Whether the person has signed out of the session, at whatever instance.</summary>
    public static async Task<bool> HasEndedAsync(this TapworkDbContext db, Guid? sessionId, CancellationToken cancel) =>
        sessionId is { } id && await db.Events.AnyAsync(e => e.Subject == id && e.Topic == SessionEnded.Name, cancel);
}

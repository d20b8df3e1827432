using Microsoft.EntityFrameworkCore;
using Tapwork.Core;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Accounts;

/// <summary>A circuit may outlive the account it was opened with: every act asks again.</summary>
internal static class ActiveAccounts
{
    /// <summary>Refuses with <c>account.not_active</c>; the system may always act.</summary>
    public static async Task MustBeActiveAsync(this TapworkDbContext db, DateTimeOffset now, CancellationToken cancel)
    {
        if (db.Actor.PersonId is not { } id)
            return;
        var person = await db.People.AsNoTracking().SingleOrDefaultAsync(p => p.Id == id, cancel) ?? throw new RuleViolation("account.not_active");
        person.MustBeActive(now);
        if (person.Role != db.Actor.Role)
            throw new RuleViolation("account.role_changed");
    }
}

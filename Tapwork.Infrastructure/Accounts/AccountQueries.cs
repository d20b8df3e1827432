using Microsoft.EntityFrameworkCore;
using Tapwork.Core;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Accounts;

/// <summary>Accounts as an administrator sees them; nobody else does.</summary>
public sealed class AccountQueries(Database database, TimeProvider clock)
{
    public const int PageSize = 50;

    /// <summary>Whether anybody can sign in at all.</summary>
    public async Task<bool> AnyAsync(CancellationToken cancel)
    {
        await using var db = database.Open(Actor.System("setup"));
        return await db.People.AnyAsync(cancel);
    }

    /// <summary>One page by name. The search finds parts of names and addresses, without regard to case and accents.</summary>
    public async Task<AccountPage> ListAsync(Actor actor, AccountFilter filter, CancellationToken cancel)
    {
        await using var db = Open(actor);
        // Sorted and searched here, not by the database: few hundred people, and no database folds accents as another does.
        var names = await db.People.Where(p => filter.Role == null || p.Role == filter.Role).Select(p => new { p.Id, p.Name, p.Email }).ToListAsync(cancel);
        var words = SearchToken.WordsOf(filter.Search);
        var matching = names.Where(p => SearchToken.Fold($"{p.Name} {p.Email}") is var text && words.All(w => text.Contains(w, StringComparison.Ordinal)))
            .OrderBy(p => SearchToken.Fold(p.Name), StringComparer.Ordinal).ThenBy(p => p.Id).Select(p => p.Id).ToList();
        var ids = matching.Skip(filter.Page * PageSize).Take(PageSize).ToList();
        var rows = (await RowsAsync(db, ids, cancel)).OrderBy(r => ids.IndexOf(r.Id)).ToList();
        return new AccountPage(rows, matching.Count, filter.Page > 0, (filter.Page + 1) * PageSize < matching.Count);
    }

    /// <summary>One; null when there is none.</summary>
    public async Task<AccountRow?> FindAsync(Actor actor, Guid id, CancellationToken cancel)
    {
        await using var db = Open(actor);
        return (await RowsAsync(db, [id], cancel)).SingleOrDefault();
    }

    private async Task<List<AccountRow>> RowsAsync(TapworkDbContext db, List<Guid> ids, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        var rows = await db.People.AsNoTracking().Where(p => ids.Contains(p.Id)).Select(p => new
        {
            Person = p,
            Company = db.Companies.Where(c => c.Id == p.CompanyId).Select(c => c.Name).FirstOrDefault(),
            Login = db.Users.Where(l => l.Id == p.Id).Select(l => new { l.LockoutEnd, HasPassword = l.PasswordHash != null }).FirstOrDefault(),
        }).ToListAsync(cancel);
        return [.. rows.Select(r => new AccountRow(
            r.Person.Id, r.Person.Version, r.Person.Name, r.Person.Email, r.Person.Role, r.Person.CompanyId, r.Company, r.Person.Culture, r.Person.ActiveUntil,
            StateOf(r.Person, r.Login?.LockoutEnd, r.Login?.HasPassword ?? false, now), r.Person.CreatedAt))];
    }

    private static AccountStanding StateOf(Person person, DateTimeOffset? lockedUntil, bool hasPassword, DateTimeOffset now) => person switch
    {
        { SuspendedAt: not null } => AccountStanding.Suspended,
        _ when person.ActiveUntil < Paris.DayOf(now) => AccountStanding.Ended,
        _ when lockedUntil > now => AccountStanding.Locked,
        _ => hasPassword ? AccountStanding.Active : AccountStanding.Invited,
    };

    private TapworkDbContext Open(Actor actor)
    {
        actor.MustBe(Role.Admin);
        return database.Open(actor);
    }
}

/// <param name="Page">From 0.</param>
public sealed record AccountFilter(string? Search = null, Role? Role = null, int Page = 0);

public sealed record AccountPage(IReadOnlyList<AccountRow> Rows, int Total, bool HasPrevious, bool HasNext);

public sealed record AccountRow(
    Guid Id, long Version, string Name, string Email, Role Role, Guid? CompanyId, string? Company, string Culture, DateOnly? ActiveUntil,
    AccountStanding Standing, DateTimeOffset CreatedAt);

/// <summary>How an account stands, for people.</summary>
public enum AccountStanding
{
    Active,

    /// <summary>Has not chosen a password yet.</summary>
    Invited,

    Locked,
    Suspended,
    Ended,
}

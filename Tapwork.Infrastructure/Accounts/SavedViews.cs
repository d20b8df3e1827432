using Microsoft.EntityFrameworkCore;
using Tapwork.Core;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Accounts;

/// <summary>Keeps the filters people come back to; each sees their own only.</summary>
public sealed class SavedViews(Database database)
{
    public const int LongestName = 60;
    public const int LongestQuery = 1000;

    /// <summary>Names with what stands behind the question mark of the page's address, by name.</summary>
    public async Task<IReadOnlyList<(string Name, string Query)>> ListAsync(Actor actor, string page, CancellationToken cancel)
    {
        await using var db = database.Open(actor);
        var views = await db.SavedViews.AsNoTracking().Where(v => v.PersonId == actor.PersonId && v.Page == page).OrderBy(v => v.Name).ToListAsync(cancel);
        return [.. views.Select(v => (v.Name, v.Query))];
    }

    /// <summary>Keeps it; one of the same name is replaced.</summary>
    /// <exception cref="RuleViolation"><c>view.name_missing</c>, <c>view.too_long</c>.</exception>
    public Task SaveAsync(Actor actor, string page, string name, string query, CancellationToken cancel)
    {
        name = name.Trim();
        if (name.Length == 0)
            throw new RuleViolation("view.name_missing");
        if (name.Length > LongestName || query.Length > LongestQuery)
            throw new RuleViolation("view.too_long");
        return actor.PersonId is not { } person ? Task.CompletedTask : database.WriteAsync(actor, async db =>
        {
            if (!await AppendedRows.InsertIfMissingAsync(db, new SavedView { PersonId = person, Page = page, Name = name, Query = query }, cancel))
                await Mine(db, person, page, name).ExecuteUpdateAsync(v => v.SetProperty(x => x.Query, query), cancel);
        }, cancel);
    }

    public Task RemoveAsync(Actor actor, string page, string name, CancellationToken cancel) =>
        actor.PersonId is not { } person ? Task.CompletedTask : database.WriteAsync(actor, db => Mine(db, person, page, name).ExecuteDeleteAsync(cancel), cancel);

    private static IQueryable<SavedView> Mine(TapworkDbContext db, Guid person, string page, string name) =>
        db.SavedViews.Where(v => v.PersonId == person && v.Page == page && v.Name == name);
}

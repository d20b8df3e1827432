using Microsoft.EntityFrameworkCore;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Companies;

public sealed class CompanyQueries(Database database)
{
    /// <summary>The companies the actor may choose from, by name: all for the back office, their own for an installer.</summary>
    public async Task<IReadOnlyList<CompanyName>> ListAsync(Actor actor, CancellationToken cancel)
    {
        await using var db = database.Open(actor);
        return await db.Companies
            .Where(c => actor.SeesAllCompanies || c.Id == actor.CompanyId)
            .OrderBy(c => c.Name)
            .Select(c => new CompanyName(c.Id, c.Name))
            .ToListAsync(cancel);
    }
}

public sealed record CompanyName(Guid Id, string Name);

using Microsoft.EntityFrameworkCore;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Catalogue;

public sealed class OperationQueries(Database database)
{
    /// <summary>The operations of the catalogue, by code.</summary>
    public async Task<IReadOnlyList<OperationChoice>> ListAsync(Actor actor, CancellationToken cancel)
    {
        await using var db = database.Open(actor);
        return await db.Operations.OrderBy(o => o.Code)
            .Select(o => new OperationChoice(o.Code, o.Title, o.NeedsQuote, o.EngagedUntil))
            .ToListAsync(cancel);
    }
}

public sealed record OperationChoice(string Code, string Title, bool NeedsQuote, DateOnly? EngagedUntil);

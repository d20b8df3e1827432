using Tapwork.Core.Accounts;
using Tapwork.Core.Documents;
using Tapwork.Infrastructure.Accounts;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Auditing;

/// <summary>Tells who looked at what is sensitive, before it is shown.</summary>
public sealed class AuditViews(Database database, TimeProvider clock)
{
    public Task IncomeProofAsync(Actor actor, Guid photoId, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        return database.ActAsync(actor, now, db =>
        {
            db.Tell("document.income_proof_viewed", nameof(Photo), photoId, now);
            return Task.CompletedTask;
        }, cancel);
    }
}

using Microsoft.EntityFrameworkCore;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Drafts;

/// <summary>Takes away what nobody came back to within 30 days: a draft holds personal data too.</summary>
public sealed class SweepDraftsJob(Database database, TimeProvider clock)
{
    public static readonly TimeSpan Patience = TimeSpan.FromDays(30);

    public Task RunAsync(CancellationToken cancel)
    {
        var before = clock.GetUtcNow() - Patience;
        return database.WriteAsync(Actor.System(nameof(SweepDraftsJob)), db => db.Drafts.Where(d => d.SavedAt < before).ExecuteDeleteAsync(cancel), cancel);
    }
}

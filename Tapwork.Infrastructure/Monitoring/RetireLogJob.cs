using Microsoft.EntityFrameworkCore;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Monitoring;

/// <summary>Takes away the lines of the log whose term is over.</summary>
public sealed class RetireLogJob(Database database, LogSettings settings, TimeProvider clock)
{
    private const int BatchSize = 1000;

    public async Task RunAsync(CancellationToken cancel)
    {
        while (settings.Days > 0 && await database.WriteAsync(Actor.System(nameof(RetireLogJob)), db => RetireAsync(db, cancel), cancel) == BatchSize)
        {
        }
    }

    private async Task<int> RetireAsync(TapworkDbContext db, CancellationToken cancel)
    {
        var before = clock.GetUtcNow().AddDays(-settings.Days);
        var ids = await db.LogEntries.Where(e => e.At < before).OrderBy(e => e.At).Select(e => e.Id).Take(BatchSize).ToListAsync(cancel);
        await db.LogEntries.Where(e => ids.Contains(e.Id)).ExecuteDeleteAsync(cancel);
        return ids.Count;
    }
}

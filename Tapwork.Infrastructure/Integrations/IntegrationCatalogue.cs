using Microsoft.EntityFrameworkCore;
using Tapwork.Core.Accounts;
using Tapwork.Core.Integrations;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Integrations;

/// <summary>The configured integrations as every send needs them: read at most once a second.</summary>
public sealed class IntegrationCatalogue(Database database, TimeProvider clock)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);
    private volatile Reading _last = new([], DateTimeOffset.MinValue);

    public async Task<IReadOnlyList<Integration>> ListAsync(CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        if (now >= _last.At && now - _last.At < Fresh)
            return _last.Integrations;
        await using var db = database.Open(Actor.System("catalogue"));
        var read = await db.Integrations.AsNoTracking().OrderBy(i => i.Code).ToListAsync(cancel);
        _last = new Reading(read, now);
        return read;
    }

    public async Task<Integration?> FindAsync(Guid id, CancellationToken cancel) =>
        (await ListAsync(cancel)).FirstOrDefault(i => i.Id == id);

    /// <summary>As it is this moment.</summary>
    public Task<Integration?> FindNowAsync(Guid id, CancellationToken cancel)
    {
        _last = _last with { At = DateTimeOffset.MinValue };
        return FindAsync(id, cancel);
    }

    private sealed record Reading(IReadOnlyList<Integration> Integrations, DateTimeOffset At);
}

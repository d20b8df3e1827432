using Microsoft.EntityFrameworkCore;
using Tapwork.Core.Accounts;
using Tapwork.Core.Integrations;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Integrations;

/// <summary>The configured integrations as every send needs them: read once a second, and again after each change this process has committed.</summary>
public sealed class IntegrationCatalogue(Database database, TimeProvider clock)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);
    private readonly SemaphoreSlim _turn = new(1);
    private volatile Reading _last = new([], [], -1, DateTimeOffset.MinValue);

    public async Task<IReadOnlyList<Integration>> ListAsync(CancellationToken cancel) => (await ReadAsync(cancel)).Integrations;

    public async Task<Integration?> FindAsync(Guid id, CancellationToken cancel) =>
        (await ListAsync(cancel)).FirstOrDefault(i => i.Id == id);

    /// <summary>As it is this moment.</summary>
    public Task<Integration?> FindNowAsync(Guid id, CancellationToken cancel)
    {
        Forget();
        return FindAsync(id, cancel);
    }

    /// <summary>Another instance has changed something: the next read goes to the database.</summary>
    public void Forget() => _last = _last with { At = DateTimeOffset.MinValue };

    /// <summary>
    /// Whether what was claimed may still be sent: its integration is enabled, its settings are those of the claim, and its destination was not closed since. A
    /// change this process has committed counts at once, one of another instance after a second at most.
    /// </summary>
    public async Task<bool> StillAdmitsAsync(Integration claimed, DateTimeOffset claimedAt, CancellationToken cancel)
    {
        var reading = await ReadAsync(cancel);
        return reading.Integrations.FirstOrDefault(i => i.Id == claimed.Id) is { IsEnabled: true } known && known.Version == claimed.Version
            && !(reading.At >= claimedAt && reading.Blocks.TryGetValue(claimed.Id, out var block) && block.IsSince(claimedAt));
    }

    private async Task<Reading> ReadAsync(CancellationToken cancel)
    {
        if (IsFresh(_last))
            return _last;
        await _turn.WaitAsync(cancel);
        try
        {
            return IsFresh(_last) ? _last : _last = await ReadNowAsync(cancel);
        }
        finally
        {
            _turn.Release();
        }
    }

    private bool IsFresh(Reading reading)
    {
        var age = clock.GetUtcNow() - reading.At;
        return age >= TimeSpan.Zero && age < Fresh && reading.Changes == database.SettingsChanges;
    }

    // The count and the moment are of before the read: what changes meanwhile is read once more.
    private async Task<Reading> ReadNowAsync(CancellationToken cancel)
    {
        var (changes, now) = (database.SettingsChanges, clock.GetUtcNow());
        await using var db = database.Open(Actor.System("catalogue"));
        var integrations = await db.Integrations.AsNoTracking().OrderBy(i => i.Code).ToListAsync(cancel);
        var blocks = await db.Destinations.Where(s => s.Forced == BreakerState.Open || s.Breaker == BreakerState.Open || s.HeldSince != null)
            .Select(s => new { s.IntegrationId, Block = new Block(s.Forced, s.Breaker, s.HeldSince) }).ToDictionaryAsync(s => s.IntegrationId, s => s.Block, cancel);
        return new Reading(integrations, blocks, changes, now);
    }

    private sealed record Reading(IReadOnlyList<Integration> Integrations, Dictionary<Guid, Block> Blocks, long Changes, DateTimeOffset At);

    private sealed record Block(BreakerState? Forced, BreakerState Breaker, DateTimeOffset? HeldSince)
    {
        // Nothing is claimed while the breaker is open; what is claimed under a hold is its probe.
        public bool IsSince(DateTimeOffset claimedAt) =>
            Forced == BreakerState.Open || (Breaker == BreakerState.Open && Forced != BreakerState.Closed) || HeldSince > claimedAt;
    }
}

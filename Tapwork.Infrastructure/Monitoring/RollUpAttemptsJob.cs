using Microsoft.EntityFrameworkCore;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Events;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Monitoring;

/// <summary>
/// Sums attempts up by hour, each once: how far it has come is a cursor that moves with the sums. It stays a little behind, so that attempts which took their
/// number earlier and were committed later are not passed over.
/// </summary>
public sealed class RollUpAttemptsJob(Database database, TimeProvider clock)
{
    /// <summary>How long the sums are kept.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(366);

    /// <summary>An attempt is taken so long after it was made.</summary>
    public static readonly TimeSpan Behind = TimeSpan.FromSeconds(30);

    /// <summary>How far the attempts are summed up; no reader of events.</summary>
    public const string Cursor = "roll-up-attempts";

    private const int BatchSize = 2000;

    private static readonly Actor Self = Actor.System(nameof(RollUpAttemptsJob));

    public async Task RunAsync(CancellationToken cancel)
    {
        while (await database.WriteAsync(Self, db => SumUpAsync(db, cancel), cancel) == BatchSize)
        {
        }
        var before = clock.GetUtcNow() - Kept;
        await database.WriteAsync(Self, db => db.DeliveryHours.Where(h => h.Hour < before).ExecuteDeleteAsync(cancel), cancel);
    }

    private async Task<int> SumUpAsync(TapworkDbContext db, CancellationToken cancel)
    {
        if (await db.Cursors.AsNoTracking().SingleOrDefaultAsync(c => c.Name == Cursor, cancel) is not { } cursor)
        {
            db.Cursors.Add(new EventCursor { Name = Cursor });
            return BatchSize;
        }
        var until = clock.GetUtcNow() - Behind;
        var attempts = await db.Attempts.Where(a => a.Id > cursor.Position).OrderBy(a => a.Id).Take(BatchSize)
            .Join(db.Deliveries, a => a.DeliveryId, d => d.Id, (a, d) => new { a.Id, d.IntegrationId, a.StartedAt, a.DurationMilliseconds, a.Outcome, a.Fault }).OrderBy(a => a.Id).ToListAsync(cancel);
        var ripe = attempts.TakeWhile(a => a.StartedAt.AddMilliseconds(a.DurationMilliseconds) < until).ToList();
        // The row is locked before anything is added up: a second instance waits here, and finds the cursor moved.
        if (ripe.Count == 0 || await db.Cursors.Where(c => c.Name == Cursor && c.Position == cursor.Position).ExecuteUpdateAsync(c => c.SetProperty(x => x.Position, ripe[^1].Id), cancel) == 0)
            return 0;
        var hours = ripe.Select(a => HourOf(a.StartedAt)).Distinct().ToList();
        var known = await db.DeliveryHours.Where(h => hours.Contains(h.Hour)).ToDictionaryAsync(h => (h.IntegrationId, h.Hour), cancel);
        foreach (var attempt in ripe)
        {
            var key = (attempt.IntegrationId, HourOf(attempt.StartedAt));
            if (!known.TryGetValue(key, out var hour))
                known[key] = hour = db.DeliveryHours.Add(new DeliveryHour { IntegrationId = key.IntegrationId, Hour = key.Item2 }).Entity;
            hour.Add(attempt.Outcome, attempt.Fault, attempt.DurationMilliseconds);
        }
        return ripe.Count;
    }

    private static DateTimeOffset HourOf(DateTimeOffset moment) => new(moment.UtcTicks / TimeSpan.TicksPerHour * TimeSpan.TicksPerHour, TimeSpan.Zero);
}

using Microsoft.EntityFrameworkCore;
using Tapwork.Core.Accounts;
using Tapwork.Core.Deliveries;
using Tapwork.Infrastructure.Events;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Monitoring;

/// <summary>
/// Sums attempts up by hour, each once: how far it has come is a cursor that moves with the sums. An attempt may take its number before another and be committed after
/// it, so it goes only as far as what it saw a while ago: whatever had a smaller number then has been committed by now, or never will be.
/// </summary>
public sealed class RollUpAttemptsJob(Database database, TimeProvider clock)
{
    /// <summary>How long the sums are kept.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(366);

    /// <summary>Longer than any write takes from its first number to its commit.</summary>
    public static readonly TimeSpan Behind = TimeSpan.FromMinutes(2);

    /// <summary>How far the attempts are summed up; no reader of events.</summary>
    public const string Cursor = "roll-up-attempts";

    private const int BatchSize = 2000;

    private static readonly Actor Self = Actor.System(nameof(RollUpAttemptsJob));

    private Mark? _mark;

    public async Task RunAsync(CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        if (_mark is { } mark && now - mark.SeenAt >= Behind)
        {
            while (await database.WriteAsync(Self, db => SumUpAsync(db, mark.Last, cancel), cancel) == BatchSize)
            {
            }
            _mark = null;
        }
        _mark ??= new Mark(await LastAsync(cancel), now);
        var before = now - Kept;
        await database.WriteAsync(Self, db => db.DeliveryHours.Where(h => h.Hour < before).ExecuteDeleteAsync(cancel), cancel);
    }

    private async Task<long> LastAsync(CancellationToken cancel)
    {
        await using var db = database.Open(Self);
        return await db.Attempts.MaxAsync(a => (long?)a.Id, cancel) ?? 0;
    }

    private static async Task<int> SumUpAsync(TapworkDbContext db, long last, CancellationToken cancel)
    {
        if (await db.Cursors.AsNoTracking().SingleOrDefaultAsync(c => c.Name == Cursor, cancel) is not { } cursor)
        {
            await AppendedRows.InsertIfMissingAsync(db, new EventCursor { Name = Cursor }, cancel);
            return BatchSize;
        }
        var attempts = await db.Attempts.Where(a => a.Id > cursor.Position && a.Id <= last).OrderBy(a => a.Id).Take(BatchSize)
            .Join(db.Deliveries, a => a.DeliveryId, d => d.Id, (a, d) => new { a.Id, d.IntegrationId, a.StartedAt, a.DurationMilliseconds, a.Outcome, a.Fault }).OrderBy(a => a.Id).ToListAsync(cancel);
        // The row is locked before anything is added up: a second instance waits here, and finds the cursor moved.
        if (attempts.Count == 0 || await db.Cursors.Where(c => c.Name == Cursor && c.Position == cursor.Position).ExecuteUpdateAsync(c => c.SetProperty(x => x.Position, attempts[^1].Id), cancel) == 0)
            return 0;
        var telling = attempts.Where(a => !DeliveryAttempt.SayingNothing.Contains(a.Outcome)).ToList();
        var hours = telling.Select(a => HourOf(a.StartedAt)).Distinct().ToList();
        var known = await db.DeliveryHours.Where(h => hours.Contains(h.Hour)).ToDictionaryAsync(h => (h.IntegrationId, h.Hour), cancel);
        foreach (var attempt in telling)
        {
            var key = (attempt.IntegrationId, HourOf(attempt.StartedAt));
            if (!known.TryGetValue(key, out var hour))
                known[key] = hour = db.DeliveryHours.Add(new DeliveryHour { IntegrationId = key.IntegrationId, Hour = key.Item2 }).Entity;
            hour.Add(attempt.Outcome, attempt.Fault, attempt.DurationMilliseconds);
        }
        return attempts.Count;
    }

    private static DateTimeOffset HourOf(DateTimeOffset moment) => new(moment.UtcTicks / TimeSpan.TicksPerHour * TimeSpan.TicksPerHour, TimeSpan.Zero);

    private sealed record Mark(long Last, DateTimeOffset SeenAt);
}

using Microsoft.EntityFrameworkCore;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Events;

/// <summary>
/// Gives committed events their place in line. Transactions commit in another order than they take their ids, so a reader that went by ids would
/// skip the late ones; positions are given only to what is committed, by one at a time: the row of the last position is locked while it happens.
/// </summary>
public sealed class EventRelay(Database database, PositionSignal positions)
{
    public const int BatchSize = 1000;

    private static readonly Actor Self = Actor.System("relay");

    /// <returns>How many events were given a position.</returns>
    public async Task<int> GivePositionsAsync(CancellationToken cancel)
    {
        await using (var db = database.Open(Self))
            if (!await db.Events.AnyAsync(e => e.Position == null, cancel))
                return 0;
        var given = await database.WriteAsync(Self, db => GiveAsync(db, cancel), cancel);
        if (given > 0)
            positions.Set();
        return given;
    }

    private static async Task<int> GiveAsync(TapworkDbContext db, CancellationToken cancel)
    {
        var relay = db.Cursors.Where(c => c.Name == EventCursor.Relay);
        // Writing the row as it is takes its lock; what follows sees everything the one before has committed.
        await relay.ExecuteUpdateAsync(c => c.SetProperty(x => x.Position, x => x.Position), cancel);
        var last = await relay.Select(c => c.Position).SingleAsync(cancel);
        var given = await db.Database.ExecuteSqlRawAsync(Statements.GivePositions(db.Provider), [last, BatchSize], cancel);
        if (given == 0)
            return 0;
        await relay.ExecuteUpdateAsync(c => c.SetProperty(x => x.Position, last + given), cancel);
        if (db.Provider == DatabaseProvider.PostgreSql)
            await db.Database.ExecuteSqlRawAsync(Statements.NotifyPositions, cancel);
        return given;
    }
}

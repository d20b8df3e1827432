using Microsoft.EntityFrameworkCore;
using Tapwork.Core.Deliveries;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Deliveries;

/// <summary>Of the revisions of one dossier, an older one never goes to a destination after a newer one.</summary>
internal static class SupersededRevisions
{
    /// <summary>
    /// Withdraws, with the save that makes these deliveries, those of older revisions to the same destinations; of several revisions among the orders only the newest
    /// is left to be sent. What is being sent goes on, and the newer one waits for its end (see <see cref="Statements.ClaimDue"/>).
    /// </summary>
    public static async Task<List<DeliveryOrder>> SupersedeOlderAsync(this TapworkDbContext db, List<DeliveryOrder> orders, DateTimeOffset now, CancellationToken cancel)
    {
        var newest = orders.Where(o => o.Revision > 0).GroupBy(RecordOf).ToDictionary(g => g.Key, g => g.MaxBy(o => o.Revision)!);
        // Of one that is superseded itself, what else is there is not all older.
        foreach (var order in newest.Values.Where(o => o.ReplacesId is not null && o.SupersededBy is null))
            await db.SupersedeOlderAsync(order, now, cancel);
        return [.. orders.Select(o => o.SupersededBy is null && newest.GetValueOrDefault(RecordOf(o)) is { } newer && newer.Revision > o.Revision ? o with { SupersededBy = newer.Subject } : o)];
    }

    /// <summary>Keeps the router out until the transaction ends: what either is about to insert, the other could not see.</summary>
    public static Task LockRoutingAsync(this TapworkDbContext db, CancellationToken cancel) =>
        db.Cursors.Where(c => c.Name == DeliveryRouter.ReaderName).ExecuteUpdateAsync(c => c.SetProperty(x => x.Position, x => x.Position), cancel);

    // Marked first, which locks the rows: who claims, records or replays one of them from now on finds the mark, and who did before has committed.
    private static async Task SupersedeOlderAsync(this TapworkDbContext db, DeliveryOrder newer, DateTimeOffset now, CancellationToken cancel)
    {
        var older = db.Deliveries.Where(d => d.IntegrationId == newer.IntegrationId && d.OrderingKey == newer.OrderingKey && d.Purpose == newer.Purpose && d.Subject != newer.Subject);
        await older.Where(d => d.SupersededBy == null).ExecuteUpdateAsync(d => d.SetProperty(x => x.SupersededBy, newer.Subject), cancel);
        foreach (var delivery in await older.Where(d => d.Status != DeliveryStatus.Delivered && d.Status != DeliveryStatus.Cancelled && d.Status != DeliveryStatus.Sending).ToListAsync(cancel))
        {
            db.Correlate(delivery, newer.CorrelationId);
            delivery.Supersede(newer.Subject, now);
        }
    }

    private static (Guid, string, string) RecordOf(DeliveryOrder order) => (order.IntegrationId, order.Purpose, order.OrderingKey);
}

using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Dossiers;
using Tapwork.Infrastructure.Dossiers;
using Tapwork.Infrastructure.Events;
using Tapwork.Infrastructure.Integrations;
using Tapwork.Infrastructure.Monitoring;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Deliveries;

/// <summary>Makes deliveries of events, by the routes of the connectors, and keeps for every event how many, or why none.</summary>
public sealed class DeliveryRouter(
    Database database, IEnumerable<IRoute> routes, RoutedTopics routed, DeliverySignal due, TimeProvider clock, ILogger<DeliveryRouter> logger)
    : EventReader(database, clock, logger)
{
    /// <summary>A connector wants it, but no integration uses that connector.</summary>
    public const string NoIntegration = "no_integration";

    /// <summary>Looked at, and nothing is to be sent.</summary>
    public const string NothingToSend = "nothing_to_send";

    /// <summary>Its name as a reader.</summary>
    public const string ReaderName = "router";

    private readonly IReadOnlyList<IRoute> _routes = [.. routes];

    public override string Name => ReaderName;

    protected override IReadOnlySet<string> Topics => routed.Names;

    protected override Task DigestAsync(TapworkDbContext db, IReadOnlyList<EventRecord> events, CancellationToken cancel) => RouteAsync(db, events, [], cancel);

    protected override Task<IReadOnlyDictionary<long, Guid>> RecordsOfAsync(TapworkDbContext db, IReadOnlyList<EventRecord> events, CancellationToken cancel) =>
        db.InterventionsOfAsync(events, cancel);

    // A person may have sent a destination what it missed meanwhile.
    protected override async Task DigestParkedAsync(TapworkDbContext db, EventRecord happened, CancellationToken cancel)
    {
        var known = await db.Deliveries.Where(d => d.EventId == happened.Id).Select(d => new { d.IntegrationId, d.Purpose, d.Status }).ToListAsync(cancel);
        await RouteAsync(db, [happened], known.Select(d => (d.IntegrationId, d.Purpose)).ToHashSet(), cancel);
        // One that was sent meanwhile and refused, or is in doubt, is not on its way again.
        if (happened.Topic == DossierPrepared.Name && known.Where(d => d.Purpose == DossierOutcomes.Purpose).All(d => d.Status is DeliveryStatus.Pending or DeliveryStatus.Retrying or DeliveryStatus.Sending))
            await db.ApplyToDossierAsync(happened, (dossier, now) => dossier.Resume(now), Clock.GetUtcNow(), cancel);
    }

    // Nothing was sent, so the dossier must hold nobody up: it can be corrected, or its intervention cancelled.
    protected override async Task<IReadOnlyList<EventRecord>> HoldingAsync(TapworkDbContext db, IQueryable<EventRecord> events, CancellationToken cancel) =>
        await events.Where(e => e.Topic == DossierPrepared.Name && db.Dossiers.Any(d => d.Id == e.Subject && d.State == DossierState.Sending && !d.IsStalled)
            && !db.Deliveries.Any(d => d.Subject == e.Subject && d.Purpose == DossierOutcomes.Purpose && d.Status != DeliveryStatus.Cancelled)).ToListAsync(cancel);

    protected override Task LetGoAsync(TapworkDbContext db, EventRecord happened, CancellationToken cancel) =>
        db.ApplyToDossierAsync(happened, (dossier, now) => dossier.Stall(now), Clock.GetUtcNow(), cancel);

    private async Task RouteAsync(
        TapworkDbContext db, IReadOnlyList<EventRecord> events, HashSet<(Guid IntegrationId, string Purpose)> known, CancellationToken cancel)
    {
        var began = Clock.GetUtcNow();
        var orders = new List<DeliveryOrder>();
        var notes = events.ToDictionary(e => e.Id, _ => EventRecord.NotWanted);
        foreach (var route in _routes)
        {
            var wanted = events.Where(e => route.Topics.Contains(e.Topic)).ToList();
            if (wanted.Count == 0)
                continue;
            var integrations = await db.Integrations.AsNoTracking().Where(i => i.ConnectorKey == route.ConnectorKey).ToListAsync(cancel);
            foreach (var happened in wanted.Where(e => notes[e.Id] != NoIntegration && !(integrations.Count == 0 && route.IsOptionalFor(e.Topic))))
                notes[happened.Id] = integrations.Count == 0 ? NoIntegration : NothingToSend;
            foreach (var integration in integrations)
                orders.AddRange(await route.OrdersAsync(db, integration, wanted, cancel));
        }
        var now = Clock.GetUtcNow();
        orders = await db.SupersedeOlderAsync(await db.OnceOnlyAsync(orders, cancel), now, cancel);
        db.Appended.AddRange(orders.Where(o => !known.Contains((o.IntegrationId, o.Purpose))).Select(o => Delivery.Of(o, now)));
        await NoteAsync(db, events, orders, notes, cancel);
        Trace(orders, began);
    }

    protected override void AfterBatch() => due.Set();

    // A batch is of many acts: each has it in its own trace.
    private static void Trace(List<DeliveryOrder> orders, DateTimeOffset began)
    {
        foreach (var (correlation, count) in orders.CountBy(o => o.CorrelationId))
            Telemetry.Begin("route", correlation, began)?.SetTag("tapwork.deliveries", count).Dispose();
    }

    private static async Task NoteAsync(
        TapworkDbContext db, IReadOnlyList<EventRecord> events, List<DeliveryOrder> orders, Dictionary<long, string> notes, CancellationToken cancel)
    {
        var counts = orders.CountBy(o => o.EventId).ToDictionary();
        foreach (var alike in events.GroupBy(e => (Count: counts.GetValueOrDefault(e.Id), Note: counts.ContainsKey(e.Id) ? null : notes[e.Id])))
        {
            var ids = alike.Select(e => e.Id).ToList();
            await db.Events.Where(e => ids.Contains(e.Id)).ExecuteUpdateAsync(
                e => e.SetProperty(x => x.Deliveries, alike.Key.Count).SetProperty(x => x.RoutingNote, alike.Key.Note), cancel);
        }
    }
}

internal static class OrderedOnce
{
    /// <summary>The orders without those that may be there only once and are: in the database, or earlier among them.</summary>
    public static async Task<List<DeliveryOrder>> OnceOnlyAsync(this TapworkDbContext db, List<DeliveryOrder> orders, CancellationToken cancel)
    {
        var subjects = orders.Where(o => o.IsOnce).Select(o => o.Subject).Distinct().ToList();
        if (subjects.Count == 0)
            return orders;
        var known = (await db.Deliveries.Where(d => subjects.Contains(d.Subject)).Select(d => new { d.IntegrationId, d.Purpose, d.IdempotencyKey }).ToListAsync(cancel))
            .Select(d => (d.IntegrationId, d.Purpose, d.IdempotencyKey)).ToHashSet();
        return [.. orders.Where(o => !o.IsOnce || known.Add((o.IntegrationId, o.Purpose, o.IdempotencyKey)))];
    }
}

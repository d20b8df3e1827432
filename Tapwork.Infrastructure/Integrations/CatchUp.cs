using Microsoft.EntityFrameworkCore;
using Tapwork.Core;
using Tapwork.Core.Accounts;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Integrations;
using Tapwork.Infrastructure.Accounts;
using Tapwork.Infrastructure.Auditing;
using Tapwork.Infrastructure.Deliveries;
using Tapwork.Infrastructure.Events;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Integrations;

/// <summary>Goes over past events as if they had just happened: to show what a destination would have been sent, and to send what it missed.</summary>
public sealed class CatchUp(Database database, IEnumerable<IRoute> routes, DeliverySignal due, TimeProvider clock)
{
    /// <summary>How far back can be gone.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(365);

    private const int BatchSize = 200;

    /// <summary>
    /// What the destination would have been sent since then, the latest first, had the subscriptions and authorisations of now been in force all along; what goes
    /// only once is counted once. Nothing is sent.
    /// </summary>
    public async Task<Preview> PreviewAsync(Actor actor, Guid integrationId, DateTimeOffset since, int most, CancellationToken cancel)
    {
        actor.MustBe(Role.Admin);
        await using var db = database.Open(actor);
        var (integration, route) = await FindAsync(db, integrationId, cancel);
        var (latest, count, withheld, seen, after) = (new Queue<DeliveryOrder>(), 0, new HashSet<Guid>(), new HashSet<(string, string)>(), 0L);
        for (var page = await PageAsync(db, route, since, after, cancel); page.Count > 0; page = await PageAsync(db, route, since, after, cancel))
        {
            var orders = await OrdersAsync(db, page, events => route.OrdersWheneverAsync(db, integration, events, cancel), cancel);
            await AddSentBeforeAsync(db, orders, since, seen, cancel);
            foreach (var order in orders.Where(o => o.SupersededBy is null && (!o.IsOnce || seen.Add((o.Purpose, o.IdempotencyKey)))))
            {
                count++;
                latest.Enqueue(order);
                if (latest.Count > most)
                    latest.Dequeue();
            }
            withheld.UnionWith(db.ChangeTracker.Entries<Withheld>().Select(w => w.Entity.DossierId));
            db.ChangeTracker.Clear();
            after = page[^1].Id;
        }
        return new Preview(count, withheld.Count, [.. latest.Reverse().Select(o => new PreviewRow(o.Topic, o.Search.Reference, o.IdempotencyKey, o.Payload))]);
    }

    /// <summary>Whether one may go back so far.</summary>
    /// <exception cref="RuleViolation"><c>catch_up.moment_out_of_range</c></exception>
    public void MustReach(DateTimeOffset since)
    {
        var now = clock.GetUtcNow();
        if (since > now || now - since > Longest)
            throw new RuleViolation("catch_up.moment_out_of_range", "since");
    }

    /// <summary>Makes deliveries of what the destination was not sent since then, where a subscription was in force on the day it happened.</summary>
    /// <param name="progress">Told how many are made.</param>
    /// <param name="cancel">Between two batches; what was made until then goes out.</param>
    /// <returns>How many.</returns>
    public async Task<int> SendMissedAsync(Actor actor, Guid integrationId, DateTimeOffset since, IProgress<int>? progress, CancellationToken cancel)
    {
        actor.MustBe(Role.Admin);
        MustReach(since);
        var (count, after, isMore) = (0, 0L, true);
        try
        {
            while (isMore)
            {
                (var made, after, isMore) = await database.ActAsync(actor, clock.GetUtcNow(), db => SendPageAsync(db, integrationId, since, after, cancel), cancel);
                count += made;
                progress?.Report(count);
                due.Set();
            }
        }
        finally
        {
            // Stopped half-way, it has been done half-way, and that was a person's act as well.
            if (count > 0 || !isMore)
                await TellAsync(actor, integrationId, since, count);
        }
        return count;
    }

    private Task TellAsync(Actor actor, Guid integrationId, DateTimeOffset since, int count)
    {
        var now = clock.GetUtcNow();
        return database.ActAsync(actor, now, db =>
        {
            db.Tell("integration.caught_up", nameof(Integration), integrationId, now, new() { ["Since"] = [null, since], ["Count"] = [null, count] });
            return Task.CompletedTask;
        }, CancellationToken.None);
    }

    // What goes only once and had gone before is not part of what would have gone since.
    private static async Task AddSentBeforeAsync(
        TapworkDbContext db, IReadOnlyList<DeliveryOrder> orders, DateTimeOffset since, HashSet<(string, string)> seen, CancellationToken cancel)
    {
        var subjects = orders.Where(o => o.IsOnce).Select(o => o.Subject).Distinct().ToList();
        if (subjects.Count == 0)
            return;
        var integration = orders[0].IntegrationId;
        foreach (var sent in await db.Deliveries.Where(d => subjects.Contains(d.Subject) && d.IntegrationId == integration && d.CreatedAt < since)
            .Select(d => new { d.Purpose, d.IdempotencyKey }).ToListAsync(cancel))
            seen.Add((sent.Purpose, sent.IdempotencyKey));
    }

    private async Task<(int Made, long After, bool IsMore)> SendPageAsync(TapworkDbContext db, Guid integrationId, DateTimeOffset since, long after, CancellationToken cancel)
    {
        var (integration, route) = await FindAsync(db, integrationId, cancel);
        await db.LockRoutingAsync(cancel);
        var page = await PageAsync(db, route, since, after, cancel);
        if (page.Count == 0)
            return (0, after, false);
        var orders = await db.OnceOnlyAsync([.. await OrdersAsync(db, page, events => route.OrdersAsync(db, integration, events, cancel), cancel)], cancel);
        var ids = page.Select(e => e.Id).ToList();
        await ForgetKnownAsync(db, integrationId, ids, cancel);
        var known = (await db.Deliveries.Where(d => d.IntegrationId == integrationId && ids.Contains(d.EventId)).Select(d => new { d.EventId, d.Purpose }).ToListAsync(cancel))
            .Select(d => (d.EventId, d.Purpose)).ToHashSet();
        var now = clock.GetUtcNow();
        var missed = await db.SupersedeOlderAsync([.. orders.Where(o => !known.Contains((o.EventId, o.Purpose)))], now, cancel);
        db.Deliveries.AddRange(missed.Select(o => Delivery.Of(o, now)));
        return (missed.Count(o => o.SupersededBy is null), page[^1].Id, page.Count == BatchSize);
    }

    // An event on which the route fails stays parked, and keeps no other from the destination.
    private static async Task<IReadOnlyList<DeliveryOrder>> OrdersAsync(
        TapworkDbContext db, IReadOnlyList<EventRecord> page, Func<IReadOnlyList<EventRecord>, Task<IReadOnlyList<DeliveryOrder>>> ordersOf, CancellationToken cancel)
    {
        try
        {
            return await ordersOf(page);
        }
        catch (Exception e) when (!cancel.IsCancellationRequested && !DatabaseWeather.IsPassing(e))
        {
            db.ChangeTracker.Clear();
            if (page.Count == 1)
                return [];
            var orders = new List<DeliveryOrder>();
            foreach (var happened in page)
                orders.AddRange(await OrdersAsync(db, [happened], ordersOf, cancel));
            return orders;
        }
    }

    // What was withheld before is told already.
    private static async Task ForgetKnownAsync(TapworkDbContext db, Guid integrationId, List<long> events, CancellationToken cancel)
    {
        var known = await db.Withheld.AsNoTracking().Where(w => w.IntegrationId == integrationId && events.Contains(w.EventId)).Select(w => w.EventId).ToListAsync(cancel);
        foreach (var again in db.ChangeTracker.Entries<Withheld>().Where(w => known.Contains(w.Entity.EventId)).ToList())
            again.State = EntityState.Detached;
    }

    // Only what the router has passed or parked: what is under way it makes itself.
    private static Task<List<EventRecord>> PageAsync(TapworkDbContext db, IRoute route, DateTimeOffset since, long after, CancellationToken cancel)
    {
        var topics = route.Topics.ToList();
        return db.Events.AsNoTracking().Where(e => e.Id > after && e.At >= since && topics.Contains(e.Topic)
                && (e.Deliveries != null || db.ParkedEvents.Any(p => p.Reader == DeliveryRouter.ReaderName && p.Position == e.Position)))
            .OrderBy(e => e.Id).Take(BatchSize).ToListAsync(cancel);
    }

    private async Task<(Integration, IRoute)> FindAsync(TapworkDbContext db, Guid id, CancellationToken cancel)
    {
        var integration = await db.Integrations.AsNoTracking().SingleOrDefaultAsync(i => i.Id == id, cancel) ?? throw new RuleViolation("integration.unknown");
        return (integration, routes.FirstOrDefault(r => r.ConnectorKey == integration.ConnectorKey) ?? throw new RuleViolation("integration.connector_unknown"));
    }
}

/// <param name="Count">Of all.</param>
/// <param name="Withheld">Dossiers, each once, that no authorisation allows to give.</param>
public sealed record Preview(int Count, int Withheld, IReadOnlyList<PreviewRow> Rows);

public sealed record PreviewRow(string Topic, string? Reference, string Key, string Payload);

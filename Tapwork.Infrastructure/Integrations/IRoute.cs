using Tapwork.Core.Deliveries;
using Tapwork.Core.Integrations;
using Tapwork.Infrastructure.Events;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Integrations;

/// <summary>Turns events into what is to be delivered to the integrations of one connector.</summary>
public interface IRoute
{
    /// <summary>Key of the connector the orders are for.</summary>
    string ConnectorKey { get; }

    /// <summary>Topics it wants to see; all others never reach it.</summary>
    IReadOnlySet<string> Topics { get; }

    /// <summary>Whether it is nothing to worry about that no integration uses the connector.</summary>
    bool IsOptionalFor(string topic) => false;

    /// <summary>The orders for a batch of events, for one enabled integration. Reads, and may keep why something was withheld; an event that needs none gets none.</summary>
    Task<IReadOnlyList<DeliveryOrder>> OrdersAsync(
        TapworkDbContext db, Integration integration, IReadOnlyList<EventRecord> events, CancellationToken cancel);

    /// <summary>The same for a dry run: as if what it is subscribed to now had been in force all along.</summary>
    Task<IReadOnlyList<DeliveryOrder>> OrdersWheneverAsync(
        TapworkDbContext db, Integration integration, IReadOnlyList<EventRecord> events, CancellationToken cancel) => OrdersAsync(db, integration, events, cancel);
}

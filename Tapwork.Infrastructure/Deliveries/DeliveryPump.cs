using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Tapwork.Core.Integrations;
using Tapwork.Infrastructure.Events;
using Tapwork.Infrastructure.Integrations;

namespace Tapwork.Infrastructure.Deliveries;

/// <summary>Keeps one lane for each destination, so that what is dead or slow fills nobody else's, and frees what dead processes left behind.</summary>
public sealed class DeliveryPump(
    IntegrationCatalogue catalogue, IEnumerable<IConnector> connectors, DeliveryClaims claims, LaneParts parts, DeliverySettings settings,
    DeliverySignal due, TimeProvider clock, ILogger<DeliveryPump> logger)
    : WorkLoop(due, TimeSpan.FromSeconds(1), clock, logger)
{
    private readonly Dictionary<string, IConnector> _connectors = connectors.ToDictionary(c => c.Descriptor.Key);
    private readonly ConcurrentDictionary<Guid, Task> _lanes = new();
    private DateTimeOffset _recoveredAt;

    protected override async Task<bool> WorkAsync(CancellationToken cancel)
    {
        if (!settings.Pump)
            return false;
        var integrations = await catalogue.ListAsync(cancel);
        foreach (var integration in integrations)
            if (_connectors.TryGetValue(integration.ConnectorKey, out var connector))
                _ = _lanes.GetOrAdd(integration.Id, id => RunLaneAsync(id, connector, cancel));
        if (Clock.GetUtcNow() - _recoveredAt > TimeSpan.FromSeconds(1))
        {
            _recoveredAt = Clock.GetUtcNow();
            if (await claims.RecoverAsync(id => IsIdempotent(id, integrations), cancel) > 0)
                due.Set();
        }
        return false;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var recording = parts.Outcomes.RunAsync(stoppingToken);
        await base.ExecuteAsync(stoppingToken);
        await Task.WhenAll(_lanes.Values);
        parts.Outcomes.Complete();
        await recording;
    }

    private bool IsIdempotent(Guid integrationId, IReadOnlyList<Integration> integrations) =>
        integrations.FirstOrDefault(i => i.Id == integrationId) is { } known
        && _connectors.TryGetValue(known.ConnectorKey, out var connector) && connector.IsIdempotent;

    private Task RunLaneAsync(Guid integrationId, IConnector connector, CancellationToken cancel) =>
        Task.Run(() => new DeliveryLane(integrationId, connector, parts).RunAsync(cancel), CancellationToken.None);
}

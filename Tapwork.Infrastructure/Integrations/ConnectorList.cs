namespace Tapwork.Infrastructure.Integrations;

/// <summary>The kinds of outside system the application can speak to.</summary>
public sealed class ConnectorList(IEnumerable<IConnector> connectors)
{
    private readonly Dictionary<string, IConnector> _connectors = connectors.ToDictionary(c => c.Descriptor.Key);

    public IReadOnlyList<ConnectorDescriptor> All => [.. _connectors.Values.Select(c => c.Descriptor)];

    /// <summary>Null for a key of none.</summary>
    public ConnectorDescriptor? Of(string key) => Find(key)?.Descriptor;

    public IConnector? Find(string key) => _connectors.GetValueOrDefault(key);
}

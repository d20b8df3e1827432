using System.Net;

namespace Tapwork.Infrastructure.Integrations;

/// <summary>The section <c>Outgoing</c> of the settings file: what calls to outside systems may reach. No administrator can widen it in the application.</summary>
public sealed class OutgoingSettings
{
    public const string Section = "Outgoing";

    /// <summary>Networks in CIDR notation that are not public and may be called all the same, and without TLS.</summary>
    public string[] AllowedAddresses { get; set; } = [];

    /// <summary>Whether addresses off that list have to be called over https; only Development may do without.</summary>
    public bool RequireHttps { get; set; } = true;

    /// <exception cref="FormatException">An entry is no network.</exception>
    internal IReadOnlyList<IPNetwork> Networks() => [.. AllowedAddresses.Select(IPNetwork.Parse)];
}

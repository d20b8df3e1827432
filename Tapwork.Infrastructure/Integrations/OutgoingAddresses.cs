using System.Net;
using System.Net.Sockets;
using Tapwork.Core;

namespace Tapwork.Infrastructure.Integrations;

/// <summary>Which addresses may be called: public ones, and those the settings file allows.</summary>
public sealed class OutgoingAddresses(OutgoingSettings settings)
{
    // Registered as public, and reached only from inside a provider's network, where it serves credentials, settings or names: Azure's wire server
    // (learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16), IBM Cloud's service network (cloud.ibm.com/docs/vpc, "Service endpoints").
    private static readonly IPNetwork[] CloudInternal = [.. new[] { "168.63.129.16/32", "161.26.0.0/16", "166.8.0.0/14" }.Select(IPNetwork.Parse)];

    // Source: the special-purpose registries of IANA for IPv4 (RFC 6890 and its successors) and IPv6.
    private static readonly IPNetwork[] SpecialV4 =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
            "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24",
            "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        }.Select(IPNetwork.Parse),
        .. CloudInternal,
    ];

    // Only 2000::/3 is given out to the public internet; these lie within it and are not (any more: 6bone), or hide an IPv4 address (Teredo, 6to4).
    private static readonly IPNetwork PublicV6 = IPNetwork.Parse("2000::/3");

    private static readonly IPNetwork[] SpecialV6 =
    [
        .. new[] { "2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3ffe::/16", "3fff::/20" }.Select(IPNetwork.Parse),
    ];

    private readonly IReadOnlyList<IPNetwork> _allowed = settings.Networks();

    public bool Permits(IPAddress address) => IsAllowed(address) || IsPublic(address);

    /// <summary>Whether the settings file names it: then it may be private, and called without TLS.</summary>
    public bool IsAllowed(IPAddress address)
    {
        var plain = Plain(address);
        return _allowed.Any(network => network.Contains(plain));
    }

    /// <summary>Whether a call to it without TLS is let through.</summary>
    public bool PermitsWithoutTls(IPAddress address) => !settings.RequireHttps || IsAllowed(address);

    public static bool IsPublic(IPAddress address)
    {
        var plain = Plain(address);
        return plain.AddressFamily switch
        {
            AddressFamily.InterNetwork => !SpecialV4.Any(network => network.Contains(plain)),
            AddressFamily.InterNetworkV6 => plain.ScopeId == 0 && PublicV6.Contains(plain) && !SpecialV6.Any(network => network.Contains(plain)),
            _ => false,
        };
    }

    /// <summary>Resolves the name, checks what it resolves to, and connects to just that: a name that changes its mind in between gains nothing.</summary>
    /// <param name="isPlain">Without TLS.</param>
    /// <exception cref="AddressRefusedException">None of its addresses may be called, or not without TLS.</exception>
    /// <exception cref="SocketException">The name does not exist, or nobody answers.</exception>
    public async Task<Socket> ConnectAsync(string host, int port, bool isPlain, CancellationToken cancel)
    {
        var resolved = IPAddress.TryParse(host, out var literal) ? [literal] : await Dns.GetHostAddressesAsync(host, cancel);
        var permitted = Array.FindAll(resolved, Permits);
        if (permitted.Length == 0)
            throw new AddressRefusedException($"private address: {host} is not on the public internet and not on the allow-list", "connection.private_address", host);
        if (isPlain && !Array.TrueForAll(permitted, PermitsWithoutTls))
            throw new AddressRefusedException($"no TLS: {host} has to be called under TLS", "connection.tls_required", host);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(permitted, port, cancel);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}

/// <summary>The connection was not made: the address is none to be called.</summary>
public sealed class AddressRefusedException(string message, string rule, string host) : IOException(message)
{
    /// <summary>The same for people, in their language.</summary>
    public Violation Told => new(rule, null, host);
}

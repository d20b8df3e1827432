using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.HttpOverrides;

namespace Tapwork.Web.Accounts;

/// <summary>The address a request comes from: one for each client, written in one way. <see cref="ConnectionInfo.RemoteIpAddress"/> holds it for everything that follows.</summary>
internal static class ClientAddress
{
    /// <summary>Networks of proxies whose headers are believed, in CIDR form.</summary>
    public const string KnownNetworks = "Proxy:KnownNetworks";

    public static void UseClientAddress(this WebApplication app)
    {
        app.UseForwardedHeaders(ForwardedFor(app.Configuration));
        app.Use((context, next) =>
        {
            if (context.Connection.RemoteIpAddress is { } address)
                context.Connection.RemoteIpAddress = Canonical(address);
            return next(context);
        });
    }

    /// <summary>IPv4 as IPv4, also where the socket takes both; without the name of the network card.</summary>
    public static IPAddress Canonical(IPAddress address) =>
        address.IsIPv4MappedToIPv6 ? address.MapToIPv4()
        : address is { AddressFamily: AddressFamily.InterNetworkV6, ScopeId: not 0 } ? new IPAddress(address.GetAddressBytes())
        : address;

    /// <summary>What one client can choose freely within: an IPv4 address, or the /64 of an IPv6 address.</summary>
    public static IPAddress NetworkOf(IPAddress? address)
    {
        if (address is null)
            return IPAddress.None;
        var canonical = Canonical(address);
        if (canonical.AddressFamily != AddressFamily.InterNetworkV6)
            return canonical;
        var bytes = canonical.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes);
    }

    /// <summary>So many a minute for each client.</summary>
    public static RateLimitPartition<IPAddress> LimitOf(IPAddress? address, int perMinute) =>
        RateLimitPartition.GetFixedWindowLimiter(NetworkOf(address), _ => new FixedWindowRateLimiterOptions { PermitLimit = perMinute, Window = TimeSpan.FromMinutes(1) });

    // Only headers of proxies that the settings name, however many stand one behind another: the first address that is none of theirs is the client's.
    private static ForwardedHeadersOptions ForwardedFor(IConfiguration configuration)
    {
        var options = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.None, ForwardLimit = null };
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var network in configuration.GetSection(KnownNetworks).Get<string[]>() ?? [])
        {
            options.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;
            options.KnownIPNetworks.Add(System.Net.IPNetwork.Parse(network));
        }
        return options;
    }
}

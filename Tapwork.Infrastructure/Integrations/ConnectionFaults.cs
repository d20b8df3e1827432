using System.Net.Sockets;
using System.Security.Authentication;
using Tapwork.Core;

namespace Tapwork.Infrastructure.Integrations;

/// <summary>What kept a step of a connection test from succeeding, for people.</summary>
internal static class ConnectionFaults
{
    public static readonly Violation SettingsIncomplete = new("connection.settings_incomplete");

    /// <summary>Null for what is no fault of the connection.</summary>
    public static Violation? Of(Exception e, Uri address) => e switch
    {
        AddressRefusedException refused => refused.Told,
        CertificateRefusedException refused => refused.Told,
        AuthenticationException { InnerException: CertificateRefusedException refused } => refused.Told,
        SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData } => new Violation("connection.name_unknown", null, address.DnsSafeHost),
        SocketException { SocketErrorCode: SocketError.TryAgain } => new Violation("connection.name_unresolved", null, address.DnsSafeHost),
        SocketException { SocketErrorCode: SocketError.ConnectionRefused } => new Violation("connection.refused", null, address.Authority),
        SocketException socket => new Violation("connection.unreachable", null, address.Authority, socket.SocketErrorCode.ToString()),
        AuthenticationException => new Violation("connection.no_tls", null, address.Authority),
        IOException => new Violation("connection.cut", null, address.Authority),
        _ => null,
    };

    public static Violation Silent(TimeSpan patience) => new("connection.silent", null, (int)patience.TotalSeconds);
}

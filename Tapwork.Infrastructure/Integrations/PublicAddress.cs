using Microsoft.Extensions.Configuration;

namespace Tapwork.Infrastructure.Integrations;

/// <summary>The address people and partners reach the application at, from the setting <c>PublicBaseUrl</c>; mails and signed links begin with it.</summary>
public sealed class PublicAddress(IConfiguration configuration)
{
    private readonly string _base = (configuration["PublicBaseUrl"] ?? "http://localhost:5080").TrimEnd('/');

    /// <summary>The host of the address; null where it has no domain name.</summary>
    public string? Domain => Uri.TryCreate(_base, UriKind.Absolute, out var uri) && uri.HostNameType == UriHostNameType.Dns && uri.IdnHost.Contains('.', StringComparison.Ordinal) ? uri.IdnHost : null;

    /// <summary>The whole address of a path that begins with a slash.</summary>
    public string Of(string path) => _base + path;
}

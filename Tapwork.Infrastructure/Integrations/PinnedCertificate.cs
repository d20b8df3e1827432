using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Tapwork.Infrastructure.Integrations;

/// <summary>The one certificate that is accepted though no known authority signed it.</summary>
internal static class PinnedCertificate
{
    /// <param name="sha256">Of the whole certificate, in hexadecimal digits; null or empty for none.</param>
    public static bool Is(X509Certificate? shown, string? sha256) =>
        sha256 is { Length: > 0 } && shown?.GetCertHashString(HashAlgorithmName.SHA256).Equals(sha256, StringComparison.OrdinalIgnoreCase) == true;
}

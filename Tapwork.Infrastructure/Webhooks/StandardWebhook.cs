using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Tapwork.Infrastructure.Integrations;

namespace Tapwork.Infrastructure.Webhooks;

/// <summary>
/// Signatures of Standard Webhooks 1.0 (https://www.standardwebhooks.com, "Signature scheme", symmetric): HMAC-SHA256 over <c>id.timestamp.body</c>, in
/// base64 after <c>v1,</c>; several stand beside each other while a secret is rotated.
/// </summary>
public static class StandardWebhook
{
    public const string IdHeader = "webhook-id";

    /// <summary>Unix seconds of the try.</summary>
    public const string TimestampHeader = "webhook-timestamp";

    public const string SignatureHeader = "webhook-signature";

    /// <summary>Before the base64 of every secret.</summary>
    public const string SecretPrefix = "whsec_";

    /// <summary>How far a timestamp may lie from our clock, either way.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    private const string Scheme = "v1,";
    private const int SecretBytes = 32;

    // The specification's bounds.
    private const int ShortestSecret = 24, LongestSecret = 64;

    /// <summary>A new secret: <c>whsec_</c> and the base64 of 32 random bytes.</summary>
    public static string NewSecret() => SecretPrefix + Convert.ToBase64String(RandomNumberGenerator.GetBytes(SecretBytes));

    /// <summary>The key of a secret, with or without its prefix; null when it is no base64 of 24 to 64 bytes.</summary>
    public static byte[]? KeyOf(string? secret)
    {
        var text = secret?.StartsWith(SecretPrefix, StringComparison.Ordinal) == true ? secret[SecretPrefix.Length..] : secret;
        var key = new byte[LongestSecret + 3];
        return text is not null && Convert.TryFromBase64String(text, key, out var length) && length is >= ShortestSecret and <= LongestSecret ? key[..length] : null;
    }

    /// <summary>The value of the header of signatures.</summary>
    /// <param name="secrets">The new one first; at least one.</param>
    /// <exception cref="ArgumentException">A secret is malformed.</exception>
    public static string Sign(string id, DateTimeOffset at, ReadOnlySpan<byte> body, params ReadOnlySpan<string> secrets)
    {
        var signatures = new string[secrets.Length];
        for (var i = 0; i < secrets.Length; i++)
            signatures[i] = Scheme + Convert.ToBase64String(Mac(KeyOf(secrets[i]) ?? throw new ArgumentException("malformed webhook secret", nameof(secrets)), id, TextOf(at), body));
        return string.Join(' ', signatures);
    }

    /// <summary>Whether one of the signatures was made under one of the secrets. Says nothing of its age.</summary>
    public static bool IsSigned(string id, string timestamp, ReadOnlySpan<byte> body, string signatures, params ReadOnlySpan<string?> secrets)
    {
        var given = new byte[HMACSHA256.HashSizeInBytes + 3];
        foreach (var secret in secrets)
        {
            if (KeyOf(secret) is not { } key)
                continue;
            var made = Mac(key, id, timestamp, body);
            foreach (var signature in signatures.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                if (signature.StartsWith(Scheme, StringComparison.Ordinal) && Convert.TryFromBase64String(signature[Scheme.Length..], given, out var length)
                    && CryptographicOperations.FixedTimeEquals(given.AsSpan(0, length), made))
                    return true;
        }
        return false;
    }

    /// <summary>The moment of the header; null when it is no Unix time. The specification says seconds, some senders write milliseconds.</summary>
    public static DateTimeOffset? MomentOf(string timestamp) => LenientJson.UnixTimeOf(timestamp);

    public static string TextOf(DateTimeOffset at) => at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);

    private static byte[] Mac(byte[] key, string id, string timestamp, ReadOnlySpan<byte> body)
    {
        using var mac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        mac.AppendData(Encoding.UTF8.GetBytes($"{id}.{timestamp}."));
        mac.AppendData(body);
        return mac.GetHashAndReset();
    }
}

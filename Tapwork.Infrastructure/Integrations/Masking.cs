using System.Text.Json;
using System.Text.RegularExpressions;
using Tapwork.Core.Deliveries;

namespace Tapwork.Infrastructure.Integrations;

/// <summary>Keeps secrets out of what is recorded of a call.</summary>
internal static partial class Masking
{
    public const string Mark = "***";

    /// <summary>How a secret may be written in what comes back: as it is, in JSON, in an address and in a form.</summary>
    public static string[] FormsOf(string secret) =>
        [secret, JsonEncodedText.Encode(secret).ToString(), Uri.EscapeDataString(secret), TokenClient.FormEncode(secret)];

    /// <summary>The text without the secrets, without tokens of signed file links, and no longer than what is kept.</summary>
    public static string Mask(string text, params ReadOnlySpan<string?> secrets)
    {
        foreach (var secret in secrets)
            if (!string.IsNullOrEmpty(secret))
                text = text.Replace(secret, Mark, StringComparison.Ordinal);
        if (text.Contains("/files/", StringComparison.Ordinal))
            text = FileLink().Replace(text, "$1" + Mark);
        return Cut(text);
    }

    /// <summary>At most what is kept of one side of an exchange, without half a character at the end.</summary>
    public static string Cut(string text, int max = Exchange.Kept)
    {
        if (text.Length <= max)
            return text;
        return text[..(char.IsHighSurrogate(text[max - 1]) ? max - 1 : max)];
    }

    [GeneratedRegex("(/files/)[A-Za-z0-9_~.-]{20,}")]
    private static partial Regex FileLink();
}

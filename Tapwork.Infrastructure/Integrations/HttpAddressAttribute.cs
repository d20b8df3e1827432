using System.ComponentModel.DataAnnotations;

namespace Tapwork.Infrastructure.Integrations;

/// <summary>
/// An absolute address of http or https that names a host, without user and password: addresses are shown, and those would not be sent. Nothing is no malformed address:
/// whether one is needed is said beside it.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class HttpAddressAttribute : ValidationAttribute
{
    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext) =>
        value is null or "" ? ValidationResult.Success
        : value is not string text || Read(text) is not { } address ? Broken("integration.address_malformed", validationContext)
        : HasUserInfo(address) ? Broken("integration.address_with_credentials", validationContext)
        : ValidationResult.Success;

    /// <summary>The address without user and password, where it has any; any other text as it is.</summary>
    internal static string WithoutUserInfo(string text)
    {
        if (Read(text) is not { } address || !HasUserInfo(address))
            return text;
        var from = text.IndexOf("//", StringComparison.Ordinal) + 2;
        var end = text.IndexOfAny(['/', '?', '#', '\\'], from);
        var at = text.LastIndexOf('@', end < 0 ? text.Length - 1 : end);
        return text[..from] + text[(at + 1)..];
    }

    // Asked about a value alone, there is no context.
    private static ValidationResult Broken(string rule, ValidationContext? context) => new(rule, context?.MemberName is { } name ? [name] : null);

    private static Uri? Read(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps) && address.Host.Length > 0 ? address : null;

    // "https://@host" has an empty one.
    private static bool HasUserInfo(Uri address) => address.GetComponents(UriComponents.UserInfo | UriComponents.KeepDelimiter, UriFormat.UriEscaped).Length > 0;
}

using System.ComponentModel.DataAnnotations;

namespace Tapwork.Infrastructure.Integrations;

/// <summary>The name of a header an administrator adds to calls; none of those that a call has by itself.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class HeaderNameAttribute() : ValidationAttribute("integration.header_reserved")
{
    private static readonly HashSet<string> Reserved = new(StringComparer.OrdinalIgnoreCase)
    {
        "Accept-Encoding", "Connection", "Content-Encoding", "Content-Length", "Content-Type", "Cookie", "Date", "Expect", "Host", "Keep-Alive", "Proxy-Authorization", "Proxy-Connection",
        "TE", "Trailer", "Transfer-Encoding", "Upgrade", "User-Agent", "webhook-id", "webhook-signature", "webhook-timestamp",
    };

    public override bool IsValid(object? value) => value is not string name || (name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_') && !Reserved.Contains(name));
}

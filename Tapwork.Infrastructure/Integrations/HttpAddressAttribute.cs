using System.ComponentModel.DataAnnotations;

namespace Tapwork.Infrastructure.Integrations;

/// <summary>An absolute address of http or https that names a host. Nothing is no malformed address: whether one is needed is said beside it.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class HttpAddressAttribute() : ValidationAttribute("integration.address_malformed")
{
    public override bool IsValid(object? value) =>
        value is null or "" || (value is string text && Uri.TryCreate(text, UriKind.Absolute, out var address)
            && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps) && address.Host.Length > 0);
}

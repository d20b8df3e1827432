using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Tapwork.Infrastructure.Webhooks;

namespace Tapwork.Infrastructure.Integrations.Webhook;

/// <summary>One endpoint that is told of events, as Standard Webhooks 1.0 has it.</summary>
public sealed record WebhookSettings : IValidatableObject
{
    /// <summary>Where messages are posted to.</summary>
    [Required, HttpAddress, StringLength(2000)]
    public string Url { get; init; } = "";

    /// <summary><c>whsec_</c> and base64; messages are signed with it.</summary>
    [Secret(Former = nameof(FormerSecret)), StringLength(120)]
    public string Secret { get; init; } = "";

    /// <summary>Messages are signed with it too, so long.</summary>
    [Secret, Unlisted]
    public string? FormerSecret { get; init; }

    [Unlisted]
    public DateTimeOffset? FormerSecretUntil { get; init; }

    /// <summary>A header for endpoints that want to be signed in to; sent while it has a name and a value.</summary>
    [HeaderName, StringLength(100)]
    public string? HeaderName { get; init; } = "Authorization";

    /// <summary>Its value, e.g. <c>Bearer …</c> or <c>Basic …</c>.</summary>
    [Secret, StringLength(4000), RegularExpression("^[!-~]+( [!-~]+)*$")]
    public string? HeaderValue { get; init; }

    [JsonIgnore]
    internal (string Name, string Value)? Header => HeaderName is { Length: > 0 } name && HeaderValue is { Length: > 0 } value ? (name, value) : null;

    /// <summary>The header's value in every way it may be written in what comes back, also without its scheme.</summary>
    [JsonIgnore]
    internal string[] HeaderForms => field ??= HeaderValue is { Length: > 0 } value
        ? [.. Masking.FormsOf(value), .. value.Split(' ', 2) is [_, { Length: > 0 } credential] ? Masking.FormsOf(credential) : []] : [];

    [JsonIgnore]
    internal Uri Endpoint => field ??= new Uri(Url);

    /// <summary>The new one first.</summary>
    internal string[] SecretsAt(DateTimeOffset now) => FormerSecret is { Length: > 0 } former && now < FormerSecretUntil ? [Secret, former] : [Secret];

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (StandardWebhook.KeyOf(Secret) is null)
            yield return new ValidationResult("integration.webhook_secret_malformed", [nameof(Secret)]);
    }

    /// <summary>Names the address only: the rest is secret.</summary>
    public override string ToString() => $"webhook at {Url}";
}

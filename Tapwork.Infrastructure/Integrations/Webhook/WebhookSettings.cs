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

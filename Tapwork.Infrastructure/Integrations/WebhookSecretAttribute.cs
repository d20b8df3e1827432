using System.ComponentModel.DataAnnotations;
using Tapwork.Infrastructure.Webhooks;

namespace Tapwork.Infrastructure.Integrations;

/// <summary>A secret of Standard Webhooks: <c>whsec_</c> and base64. None is no malformed one.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class WebhookSecretAttribute() : ValidationAttribute("integration.webhook_secret_malformed")
{
    public override bool IsValid(object? value) => value is null or "" || StandardWebhook.KeyOf(value as string) is not null;
}

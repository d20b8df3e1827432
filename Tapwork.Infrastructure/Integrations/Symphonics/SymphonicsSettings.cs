using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace Tapwork.Infrastructure.Integrations.Symphonics;

/// <summary>How Symphonics is reached and signed in to.</summary>
public sealed record SymphonicsSettings
{
    /// <summary>Address under which the calls of the API lie, e.g. <c>https://api.symphonics.fr</c>.</summary>
    [Required, HttpAddress, StringLength(2000)]
    public string BaseUrl { get; init; } = "";

    [Required, StringLength(200)]
    public string ClientId { get; init; } = "";

    [Required, StringLength(500), Secret]
    public string ClientSecret { get; init; } = "";

    /// <summary>Key of the signature under their webhooks; without one no webhook is taken.</summary>
    [StringLength(500), Secret(Former = nameof(FormerWebhookSecret))]
    public string WebhookSecret { get; init; } = "";

    /// <summary>Taken too, so long.</summary>
    [Secret, Unlisted]
    public string? FormerWebhookSecret { get; init; }

    [Unlisted]
    public DateTimeOffset? FormerWebhookSecretUntil { get; init; }

    private TokenClient? _client;

    // The same object for all who ask at once: tokens are known by it.
    [JsonIgnore]
    internal TokenClient Client => LazyInitializer.EnsureInitialized(
        ref _client, () => new TokenClient(At("auth/token"), ClientId, ClientSecret, SecretForms, body => SymphonicsErrors.Read(body).Reason));

    [JsonIgnore]
    internal Uri Interventions => field ??= At("crm/interventions");

    /// <summary>Every way the secrets may be written in what comes back.</summary>
    [JsonIgnore]
    internal string[] SecretForms => field ??=
        [.. new[] { ClientSecret, WebhookSecret, FormerWebhookSecret }.OfType<string>().Where(s => s.Length > 0)
            .SelectMany(Masking.FormsOf).Distinct()];

    internal string[] WebhookSecrets(DateTimeOffset now) => FormerWebhookSecret is { Length: > 0 } former && now < FormerWebhookSecretUntil ? [WebhookSecret, former] : [WebhookSecret];

    internal Uri At(string path) => new($"{BaseUrl.TrimEnd('/')}/{path}");

    /// <summary>Names the address only: the rest is secret.</summary>
    public override string ToString() => $"Symphonics at {BaseUrl}";
}

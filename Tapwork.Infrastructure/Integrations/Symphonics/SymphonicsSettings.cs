using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Tapwork.Infrastructure.Integrations.Symphonics;

/// <summary>How Symphonics is reached and signed in to.</summary>
public sealed record SymphonicsSettings
{
    /// <summary>Address under which the calls of the API lie, e.g. <c>https://api.symphonics.fr</c>.</summary>
    [Required, Url]
    public string BaseUrl { get; init; } = "";

    [Required, StringLength(200)]
    public string ClientId { get; init; } = "";

    [Required, StringLength(500), Secret]
    public string ClientSecret { get; init; } = "";

    /// <summary>Key of the signature under their webhooks; without one no webhook is taken.</summary>
    [StringLength(500), Secret]
    public string WebhookSecret { get; init; } = "";

    [JsonIgnore]
    internal Uri Token => field ??= At("auth/token");

    [JsonIgnore]
    internal Uri Interventions => field ??= At("crm/interventions");

    /// <summary>Every way the secrets may be written in what comes back.</summary>
    [JsonIgnore]
    internal string[] SecretForms => field ??=
        [.. new[] { ClientSecret, WebhookSecret }.Where(s => s.Length > 0)
            .SelectMany(s => new[] { s, JsonEncodedText.Encode(s).ToString(), Uri.EscapeDataString(s) }).Distinct()];

    internal Uri At(string path) => new($"{BaseUrl.TrimEnd('/')}/{path}");

    /// <summary>Names the address only: the rest is secret.</summary>
    public override string ToString() => $"Symphonics at {BaseUrl}";
}

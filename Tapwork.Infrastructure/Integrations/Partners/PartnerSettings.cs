using System.ComponentModel.DataAnnotations;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Serialization;
using Tapwork.Infrastructure.Integrations.Symphonics;

namespace Tapwork.Infrastructure.Integrations.Partners;

/// <summary>How a partner wants to be signed in to.</summary>
public enum PartnerCredential
{
    /// <summary>Client credentials (RFC 6749, 4.4).</summary>
    OAuth2,

    /// <summary>A key in a header of its own.</summary>
    ApiKey,

    /// <summary>A fixed token in <c>Authorization: Bearer</c>.</summary>
    Bearer,

    /// <summary>User and password (RFC 7617).</summary>
    Basic,
}

/// <summary>How a partner that takes dossiers is reached and signed in to.</summary>
public sealed record PartnerSettings
{
    /// <summary>Dossiers are posted to <c>dossiers</c> below it.</summary>
    [Required, HttpAddress, StringLength(2000)]
    public string BaseUrl { get; init; } = "";

    public PartnerCredential Credential { get; init; } = PartnerCredential.OAuth2;

    /// <summary>Empty for <c>auth/token</c> below the base address.</summary>
    [HttpAddress, StringLength(2000)]
    public string? TokenUrl { get; init; }

    [NeededWhen(nameof(Credential), nameof(PartnerCredential.OAuth2)), StringLength(200)]
    public string? ClientId { get; init; }

    [NeededWhen(nameof(Credential), nameof(PartnerCredential.OAuth2)), Secret, StringLength(500)]
    public string? ClientSecret { get; init; }

    /// <summary>How the token endpoint takes id and secret.</summary>
    [NeededWhen(nameof(Credential), nameof(PartnerCredential.OAuth2))]
    public ClientAuthentication ClientAuthentication { get; init; }

    /// <summary>Scopes of the token, divided by blanks (RFC 6749, 3.3); empty for none.</summary>
    [NeededWhen(nameof(Credential), nameof(PartnerCredential.OAuth2), IsOptional = true), StringLength(1000), RegularExpression("^[!#-\\[\\]-~]+( [!#-\\[\\]-~]+)*$")]
    public string? Scope { get; init; }

    [NeededWhen(nameof(Credential), nameof(PartnerCredential.ApiKey)), StringLength(100), RegularExpression("^[A-Za-z0-9-]+$")]
    public string? ApiKeyHeader { get; init; } = "X-Api-Key";

    [NeededWhen(nameof(Credential), nameof(PartnerCredential.ApiKey)), Secret, StringLength(500)]
    public string? ApiKey { get; init; }

    [NeededWhen(nameof(Credential), nameof(PartnerCredential.Bearer)), Secret, StringLength(4000)]
    public string? BearerToken { get; init; }

    [NeededWhen(nameof(Credential), nameof(PartnerCredential.Basic)), StringLength(200)]
    public string? User { get; init; }

    [NeededWhen(nameof(Credential), nameof(PartnerCredential.Basic)), Secret, StringLength(500)]
    public string? Password { get; init; }

    /// <summary><c>whsec_</c> and base64: the key of the partner's own webhooks; without one none is taken.</summary>
    [Secret(Former = nameof(FormerWebhookSecret)), WebhookSecret, StringLength(120)]
    public string? WebhookSecret { get; init; }

    [Secret, Unlisted]
    public string? FormerWebhookSecret { get; init; }

    [Unlisted]
    public DateTimeOffset? FormerWebhookSecretUntil { get; init; }

    [JsonIgnore]
    internal Uri Dossiers => field ??= At("dossiers");

    private TokenClient? _client;

    // The same object for all who ask at once: tokens are known by it.
    [JsonIgnore]
    internal TokenClient Client => LazyInitializer.EnsureInitialized(ref _client, () => new TokenClient(
        string.IsNullOrEmpty(TokenUrl) ? At("auth/token") : new Uri(TokenUrl), ClientId ?? "", ClientSecret ?? "", SecretForms, body => SymphonicsErrors.Read(body).Reason)
    {
        Authentication = ClientAuthentication,
        Scope = Scope,
    });

    /// <summary>Every way the secrets may be written in what comes back.</summary>
    [JsonIgnore]
    internal string[] SecretForms => field ??=
        [.. new[]
            {
                ClientSecret, ApiKey, BearerToken, Password, WebhookSecret, FormerWebhookSecret, Credential == PartnerCredential.Basic ? Basic : null,
                Credential == PartnerCredential.OAuth2 ? TokenClient.BasicOf(ClientId ?? "", ClientSecret ?? "") : null,
            }.OfType<string>().Where(s => s.Length > 0).SelectMany(Masking.FormsOf).Distinct()];

    /// <summary>What a call is signed in with, where no token has to be fetched.</summary>
    internal void SignIn(HttpRequestHeaders headers)
    {
        if (Credential == PartnerCredential.ApiKey)
            headers.TryAddWithoutValidation(ApiKeyHeader!, ApiKey);
        else if (Credential == PartnerCredential.Bearer)
            headers.TryAddWithoutValidation("Authorization", $"Bearer {BearerToken}");
        else if (Credential == PartnerCredential.Basic)
            headers.TryAddWithoutValidation("Authorization", $"Basic {Basic}");
    }

    internal string?[] WebhookSecrets(DateTimeOffset now) => now < FormerWebhookSecretUntil ? [WebhookSecret, FormerWebhookSecret] : [WebhookSecret];

    internal Uri At(string path) => new($"{BaseUrl.TrimEnd('/')}/{path}");

    private string Basic => Convert.ToBase64String(Encoding.UTF8.GetBytes($"{User}:{Password}"));

    /// <summary>Names the address only: the rest is secret.</summary>
    public override string ToString() => $"partner at {BaseUrl}";
}

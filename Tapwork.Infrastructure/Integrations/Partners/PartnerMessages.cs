using System.Text.Json.Serialization;

namespace Tapwork.Infrastructure.Integrations.Partners;

/// <summary>What a partner tells by its own webhook of a dossier it was given.</summary>
/// <param name="ExternalId">Of the dossier, as it was sent.</param>
/// <param name="Status">As the partner names it, e.g. <c>approved</c>.</param>
internal sealed record PartnerNews(
    [property: JsonPropertyName("external_id")] string? ExternalId, [property: JsonPropertyName("status")] string? Status, [property: JsonPropertyName("notes")] string? Notes);

/// <summary>The message around it.</summary>
/// <param name="Timestamp">When it happened at the partner's.</param>
internal sealed record PartnerMessage(string? Type, DateTimeOffset? Timestamp, PartnerNews? Data)
{
    /// <summary>Null when it names no type.</summary>
    public static PartnerMessage? Read(LenientJson? json) => json is { } read && read.Text("type") is { Length: > 0 } type
        ? new(type, read.Moment("timestamp"), read.Object("data") is { } data ? new PartnerNews(data.Text("external_id"), data.Text("status"), data.Text("notes")) : null) : null;
}

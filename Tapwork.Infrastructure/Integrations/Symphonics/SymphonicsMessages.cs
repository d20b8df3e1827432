using System.Text.Json;
using System.Text.Json.Serialization;

namespace Tapwork.Infrastructure.Integrations.Symphonics;

// Everything that goes over the wire. Symphonics' own schema could not be obtained: the day it is at hand, this file changes and no other.

internal sealed record WireAddress(string? Street, string? PostalCode, string? City);

internal sealed record PdlAnswer(bool Valid, string? Pdl, WireAddress? Address, string? MeterType, string? Message);

internal sealed record PdlLookupQuestion(WireAddress Address, string CustomerName);

internal sealed record PdlLookupAnswer(string? Pdl, double? Confidence, WireAddress? Address, string? MeterType);

internal sealed record UserAnswer(bool Exists, string? UserId, string? Status);

/// <summary>Of a submission, of a question for one dossier, and (with the id alone) of a 409.</summary>
internal sealed record InterventionAnswer(string? Id, string? ExternalId, string? Status)
{
    /// <summary>What is kept of an id.</summary>
    public const int LongestId = 100;

    public static InterventionAnswer? Read(ReadOnlySpan<byte> body) => Wire.Read(body, Wire.Default.InterventionAnswer);
}

internal sealed record DocumentsPatch(IReadOnlyList<WireDocument> Documents);

internal sealed record WireDocument(string Type, string Name, string Url, string Sha256);

/// <summary>Symphonics' own errors, and those of a web framework in front of it.</summary>
/// <param name="Error">Their error object; a bare text in the answers of the validation calls.</param>
/// <param name="Detail">The framework's list, or a text.</param>
internal sealed record ErrorAnswer(JsonElement Error, JsonElement Detail, string? Id, string? InterventionId, string? Message);

internal sealed record ErrorBody(string? Code, string? Message, IReadOnlyList<ErrorDetail>? Details, string? RequestId, string? Id, string? InterventionId);

internal sealed record ErrorDetail(string? Field, string? Message);

internal sealed record FrameworkDetail(IReadOnlyList<JsonElement>? Loc, string? Msg, string? Type);

/// <summary>Both webhook events: a status update, or the verification of a document.</summary>
internal sealed record WebhookBody(
    string? Event, JsonElement Timestamp, string? InterventionId, string? ExternalId, string? PreviousStatus, string? NewStatus,
    string? DocumentType, string? VerificationStatus, string? Notes)
{
    public const string StatusUpdate = "intervention.status_update";
    public const string DocumentVerification = "document.verification";
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, NumberHandling = JsonNumberHandling.AllowReadingFromString)]
[JsonSerializable(typeof(PdlAnswer))]
[JsonSerializable(typeof(PdlLookupQuestion))]
[JsonSerializable(typeof(PdlLookupAnswer))]
[JsonSerializable(typeof(UserAnswer))]
[JsonSerializable(typeof(InterventionAnswer))]
[JsonSerializable(typeof(DocumentsPatch))]
[JsonSerializable(typeof(ErrorAnswer))]
[JsonSerializable(typeof(ErrorBody))]
[JsonSerializable(typeof(IReadOnlyList<FrameworkDetail>))]
[JsonSerializable(typeof(WebhookBody))]
internal sealed partial class Wire : JsonSerializerContext
{
    /// <summary>Null for what is no such JSON.</summary>
    public static T? Read<T>(ReadOnlySpan<byte> body, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type) where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(body, type);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

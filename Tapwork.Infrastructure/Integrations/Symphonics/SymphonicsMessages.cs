using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Tapwork.Infrastructure.Integrations.Symphonics;

// Everything that goes over the wire. Symphonics' own schema could not be obtained: the day it is at hand, this file changes and no other.

internal sealed record TokenAnswer(string? AccessToken, string? TokenType, int? ExpiresIn);

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

/// <summary>What a delivery is found by, read from the head of a dossier's content.</summary>
internal sealed record DossierHead(DossierHead.Person Customer, DossierHead.Place Installation)
{
    internal sealed record Person(string FirstName, string LastName, string Email);

    internal sealed record Place(string? Pdl);
}

/// <summary>A dossier on the wire: its content, which has the wire's names already, under its external id, a link before each file's hash.</summary>
internal static class DossierBody
{
    private const string FileMark = "\"sha256\":\"";
    private const int HashLength = 64;

    /// <summary>What is kept in the delivery: files named by their hash alone.</summary>
    public static string Payload(string externalId, string content) =>
        string.Concat("{\"external_id\":\"", JsonEncodedText.Encode(externalId).ToString(), "\",", content.AsSpan(1));

    /// <summary>What is sent, and the same without the links' tokens for the record. No text within the JSON can hold the mark: quotes are escaped there.</summary>
    public static (byte[] Body, string Masked) WithLinks(string payload, Func<string, string> linkTo)
    {
        var sent = new StringBuilder(payload.Length + 1024);
        var masked = new StringBuilder(payload.Length + 256);
        var rest = payload.AsSpan();
        for (int at; (at = rest.IndexOf(FileMark, StringComparison.Ordinal)) >= 0 && rest.Length >= at + FileMark.Length + HashLength;)
        {
            var hash = rest.Slice(at + FileMark.Length, HashLength);
            sent.Append(rest[..at]).Append("\"url\":\"").Append(linkTo(hash.ToString())).Append("\",").Append(FileMark).Append(hash);
            masked.Append(rest[..at]).Append("\"url\":\"").Append(Masking.Mark).Append("\",").Append(FileMark).Append(hash);
            rest = rest[(at + FileMark.Length + HashLength)..];
        }
        return (Encoding.UTF8.GetBytes(sent.Append(rest).ToString()), masked.Append(rest).ToString());
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, NumberHandling = JsonNumberHandling.AllowReadingFromString)]
[JsonSerializable(typeof(TokenAnswer))]
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
[JsonSerializable(typeof(DossierHead))]
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

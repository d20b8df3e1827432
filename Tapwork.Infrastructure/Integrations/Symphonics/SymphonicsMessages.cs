using System.Text.Json.Serialization;
using Tapwork.Core.Deliveries;

namespace Tapwork.Infrastructure.Integrations.Symphonics;

// Everything that goes over the wire. Symphonics' own schema could not be obtained: the day it is at hand, this file changes and no other.

internal sealed record WireAddress(string? Street, string? PostalCode, string? City)
{
    public static WireAddress? Read(LenientJson? json) =>
        json is { } read ? new(read.Text("street"), read.Text("postal_code"), read.Text("city")) : null;
}

/// <param name="Valid">Null for an error of the request's own, which is no word about the delivery point.</param>
internal sealed record PdlAnswer(bool? Valid, string? Pdl, WireAddress? Address, string? MeterType, string? Message)
{
    public static PdlAnswer? Read(ReadOnlySpan<byte> body) => LenientJson.Parse(body) is { } json
        ? new(json.Flag("valid"), json.Text("pdl"), WireAddress.Read(json.Object("address")), json.Text("meter_type"), json.Text("message")) : null;
}

internal sealed record PdlLookupQuestion(WireAddress Address, string CustomerName);

internal sealed record PdlLookupAnswer(string? Pdl, double? Confidence, WireAddress? Address, string? MeterType)
{
    public static PdlLookupAnswer? Read(ReadOnlySpan<byte> body) => LenientJson.Parse(body) is { } json
        ? new(json.Text("pdl"), json.Number("confidence"), WireAddress.Read(json.Object("address")), json.Text("meter_type")) : null;
}

/// <param name="Exists">Null where nothing is said.</param>
internal sealed record UserAnswer(bool? Exists, string? UserId, string? Status)
{
    public static UserAnswer? Read(ReadOnlySpan<byte> body) => LenientJson.Parse(body) is { } json
        ? new(json.Flag("exists"), json.Text("user_id"), json.Text("status")) : null;
}

/// <summary>Of a submission, and of a question for one dossier.</summary>
/// <param name="Id">Null for none, and for one that is longer than what is kept.</param>
internal sealed record InterventionAnswer(string? Id, string? ExternalId, string? Status)
{
    public static InterventionAnswer? Read(ReadOnlySpan<byte> body) => LenientJson.Parse(body) is { } json
        ? new(IdOf(json.Text("id")), json.Text("external_id"), json.Text("status")) : null;

    /// <summary>An id that can be kept and asked for; null otherwise. A dot segment would ask for something else (RFC 3986, 5.2.4).</summary>
    public static string? IdOf(string? text) => string.IsNullOrWhiteSpace(text) || text.Length > DeliveryOutcome.LongestId || text is "." or ".." ? null : text;
}

internal sealed record DocumentsPatch(IReadOnlyList<WireDocument> Documents);

internal sealed record WireDocument(string Type, string Name, string Url, string Sha256);

/// <summary>Both webhook events: a status update, or the verification of a document.</summary>
internal sealed record WebhookBody(
    string? Event, DateTimeOffset? Timestamp, string? InterventionId, string? ExternalId, string? PreviousStatus, string? NewStatus,
    string? DocumentType, string? VerificationStatus, string? Notes)
{
    public const string StatusUpdate = "intervention.status_update";
    public const string DocumentVerification = "document.verification";

    public static WebhookBody? Read(LenientJson? json) => json is { } read
        ? new(read.Text("event"), read.Moment("timestamp"), read.Text("intervention_id"), read.Text("external_id"), read.Text("previous_status"), read.Text("new_status"),
            read.Text("document_type"), read.Text("verification_status"), read.Text("notes")) : null;
}

/// <summary>What goes out; what comes in is read by <see cref="LenientJson"/>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(PdlLookupQuestion))]
[JsonSerializable(typeof(DocumentsPatch))]
internal sealed partial class Wire : JsonSerializerContext;

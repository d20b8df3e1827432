using System.Security.Cryptography;
using System.Text.Json;
using Tapwork.Core.Interventions;

namespace Tapwork.Core.Dossiers;

/// <summary>What a dossier says, in the shape Symphonics and partners take it; files are named by SHA-256, links are made when it is sent.</summary>
public sealed record DossierContent(
    DossierCustomer Customer,
    DossierInstallation Installation,
    IReadOnlyList<DossierService> Services,
    IReadOnlyList<DossierEquipment> Equipment,
    IReadOnlyList<DossierDocument> Documents,
    IReadOnlyList<DossierPhoto> Photos,
    DossierInstaller Installer,
    DateOnly CompletionDate)
{
    private static readonly JsonSerializerOptions Wire = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>Takes the snapshot of an intervention.</summary>
    public static DossierContent Of(Intervention intervention, string operationTitle, string installerName) => new(
        new(intervention.FirstName, intervention.LastName, intervention.Email, intervention.Phone),
        new(intervention.Street, intervention.PostalCode, intervention.City, intervention.Pdl, intervention.Pce),
        [new(intervention.OperationCode, operationTitle, intervention.Equipment.Sum(e => e.Quantity))],
        [.. intervention.Equipment.Select(e => new DossierEquipment(e.Name, e.Model, e.SerialNumber, e.Quantity))],
        [.. intervention.Documents.OrderBy(d => d.Id).Select(d => new DossierDocument(WireName(d.Kind), d.Name, d.Sha256))],
        [.. intervention.Photos.OrderBy(p => p.Id).Select(p =>
            new DossierPhoto(WireName(p.Kind), new(p.Latitude, p.Longitude), p.TakenAt.ToUniversalTime(), p.Sha256))],
        new(intervention.AssignedTo ?? intervention.CreatedBy ?? intervention.CompanyId, intervention.CompanyId, installerName),
        intervention.CompletedOn ?? Paris.DayOf(intervention.MovedAt));

    /// <summary>UTF-8 JSON with lower-case snake names; the same content always gives the same text.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Wire);

    /// <exception cref="JsonException">The text is no dossier content.</exception>
    public static DossierContent FromJson(string json) =>
        JsonSerializer.Deserialize<DossierContent>(json, Wire) ?? throw new JsonException("empty dossier content");

    /// <summary>SHA-256 of the text, 64 lower-case hexadecimal digits.</summary>
    public static string HashOf(string json) =>
        Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(json)));

    private static string WireName<T>(T kind) where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(kind.ToString());
}

public sealed record DossierCustomer(string FirstName, string LastName, string Email, string Phone);

public sealed record DossierInstallation(string Address, string PostalCode, string City, string? Pdl, string? Pce);

public sealed record DossierService(string Code, string Name, int Quantity);

public sealed record DossierEquipment(string Name, string? Model, string? SerialNumber, int Quantity);

public sealed record DossierDocument(string Type, string Name, string Sha256);

public sealed record DossierPhoto(string Type, DossierCoordinates Coordinates, DateTimeOffset Timestamp, string Sha256);

public sealed record DossierCoordinates(double Latitude, double Longitude);

public sealed record DossierInstaller(Guid Id, Guid CompanyId, string Name);

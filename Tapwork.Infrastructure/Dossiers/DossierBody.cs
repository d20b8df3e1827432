using System.Text;
using System.Text.Json;
using Tapwork.Core.Dossiers;
using Tapwork.Infrastructure.Integrations;

namespace Tapwork.Infrastructure.Dossiers;

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

/// <summary>The body as it goes over the wire, for those who describe it: the content under its external id, each file with its link.</summary>
internal sealed record SentDossier(
    string ExternalId, DossierCustomer Customer, DossierInstallation Installation, IReadOnlyList<DossierService> Services, IReadOnlyList<DossierEquipment> Equipment,
    IReadOnlyList<SentDocument> Documents, IReadOnlyList<SentPhoto> Photos, DossierInstaller Installer, DateOnly CompletionDate);

internal sealed record SentDocument(string Type, string Name, string Url, string Sha256);

internal sealed record SentPhoto(string Type, DossierCoordinates Coordinates, DateTimeOffset Timestamp, string Url, string Sha256);

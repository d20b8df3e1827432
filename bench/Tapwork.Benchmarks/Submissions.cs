using System.Text.Json.Nodes;
using Tapwork.Infrastructure.Integrations.Symphonics;

namespace Tapwork.Benchmarks;

/// <summary>Dossiers for a bare client.</summary>
internal static class Submissions
{
    private static readonly string Link = "https://tapwork.example/files/" + new string('x', 75);

    /// <summary>The same dossier under an external id nobody has seen yet.</summary>
    public static Submission UnderNewId(string payload, int number)
    {
        var dossier = JsonNode.Parse(payload)!.AsObject();
        var externalId = $"{Guid.CreateVersion7()}-r{number}";
        dossier["external_id"] = externalId;
        return new Submission(externalId, DossierBody.WithLinks(dossier.ToJsonString(Relaxed), _ => Link).Body);
    }

    private static readonly System.Text.Json.JsonSerializerOptions Relaxed = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}

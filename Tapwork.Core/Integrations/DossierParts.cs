using System.Text.Json.Nodes;

namespace Tapwork.Core.Integrations;

/// <summary>Parts of a dossier that an authorisation allows to share, one by one. What was done, where (postcode, town) and when is shared with every authorisation.</summary>
public enum DossierPart
{
    /// <summary>First and last name of the beneficiary.</summary>
    Identity,

    /// <summary>E-mail and phone.</summary>
    Contact,

    /// <summary>Street and number.</summary>
    Address,

    /// <summary>PDL and PCE.</summary>
    DeliveryPoints,

    Documents,
    Photos,

    /// <summary>Who did the work.</summary>
    Installer,
}

/// <summary>Which fields of a dossier's content make up its parts, and how what may not be shared is taken out of it: the shape stays, the value goes.</summary>
public static class DossierParts
{
    private static readonly Dictionary<DossierPart, string[]> Fields = new()
    {
        [DossierPart.Identity] = ["customer.first_name", "customer.last_name"],
        [DossierPart.Contact] = ["customer.email", "customer.phone"],
        // Where a photo was taken is where the home stands.
        [DossierPart.Address] = ["installation.address", "photos.coordinates"],
        [DossierPart.DeliveryPoints] = ["installation.pdl", "installation.pce"],
        [DossierPart.Documents] = ["documents"],
        [DossierPart.Photos] = ["photos"],
        [DossierPart.Installer] = ["installer"],
    };

    /// <summary>Paths a subscription may ask to be left empty, <c>customer.phone</c>; within a list every item's.</summary>
    public static readonly IReadOnlyList<string> Maskable =
    [
        .. Fields.Values.SelectMany(f => f), "installation.city", "installation.postal_code", "equipment.serial_number", "photos.timestamp", "installer.name",
    ];

    /// <summary>The content without what is not shared: values become null, lists become empty.</summary>
    /// <param name="content">JSON of a dossier's content.</param>
    /// <param name="shared">Parts that may be shared.</param>
    /// <param name="masked">Further paths to leave empty.</param>
    public static string Only(string content, IReadOnlyCollection<DossierPart> shared, IEnumerable<string> masked)
    {
        var json = JsonNode.Parse(content)!;
        foreach (var path in Fields.Where(f => !shared.Contains(f.Key)).SelectMany(f => f.Value).Concat(masked))
            Empty(json, path.Split('.'));
        return json.ToJsonString();
    }

    private static void Empty(JsonNode? node, ReadOnlySpan<string> path)
    {
        if (node is JsonArray items)
        {
            foreach (var item in items)
                Empty(item, path);
        }
        else if (node is JsonObject owner && owner.ContainsKey(path[0]))
        {
            if (path.Length > 1)
                Empty(owner[path[0]], path[1..]);
            else
                owner[path[0]] = owner[path[0]] is JsonArray ? new JsonArray() : null;
        }
    }
}

using System.Text.Json;

namespace Tapwork.Infrastructure.Auditing;

/// <summary>
/// What one erasure erased, value by value. JSON: entry's MAC in Base64 → field → [commitment of the old value, of the new one], null for a value that was not
/// erased. An entry's MAC is its own, since it is made over the salts as well.
/// </summary>
internal sealed class ErasedValues
{
    private readonly Dictionary<string, Dictionary<string, string?[]>> _entries = [];

    /// <summary>Of values.</summary>
    public int Count { get; private set; }

    public void Add(byte[] mac, IReadOnlyList<FieldCommitments> lost)
    {
        if (lost.Count == 0)
            return;
        Count += lost.Sum(f => (f.Old is null ? 0 : 1) + (f.New is null ? 0 : 1));
        // A tampered entry may name a field twice: the last one counts, as it does for whoever reads the JSON.
        var fields = _entries[Convert.ToBase64String(mac)] = [];
        foreach (var field in lost)
            fields[field.Field] = [TextOf(field.Old), TextOf(field.New)];
    }

    public JsonElement ToJson() => JsonSerializer.SerializeToElement(_entries);

    /// <summary>Each value of a list: the MAC of its entry, its field, whether it is the new one, and its commitment.</summary>
    /// <returns>Nothing when the list is not what an erasure writes.</returns>
    public static IEnumerable<(string Mac, ErasedValue Value)> Read(JsonElement list)
    {
        if (list.ValueKind != JsonValueKind.Object || AuditChanges.IsErased(list))
            yield break;
        foreach (var entry in list.EnumerateObject().Where(e => e.Value.ValueKind == JsonValueKind.Object))
            foreach (var field in entry.Value.EnumerateObject().Where(f => f.Value.ValueKind == JsonValueKind.Array && f.Value.GetArrayLength() == 2))
                for (var side = 0; side < 2; side++)
                    if (field.Value[side] is { ValueKind: JsonValueKind.String } commitment)
                        yield return (entry.Name, new ErasedValue(field.Name, side == 1, commitment.GetString()!));
    }

    public static string? TextOf(byte[]? commitment) => commitment is null ? null : Convert.ToBase64String(commitment);
}

/// <param name="Field">Name of the property.</param>
/// <param name="IsNew">Whether it was the new value.</param>
/// <param name="Commitment">In Base64.</param>
internal readonly record struct ErasedValue(string Field, bool IsNew, string Commitment);

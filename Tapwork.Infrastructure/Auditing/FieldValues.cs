using System.Globalization;
using System.Text.Json;

namespace Tapwork.Infrastructure.Auditing;

/// <summary>A field of an entry with its old and new value, as JSON; null where there was or is none.</summary>
public sealed record FieldValues(string Field, JsonElement Old, JsonElement New)
{
    /// <summary>Whether the value was erased on somebody's request.</summary>
    public static bool IsErased(JsonElement value) => AuditChanges.IsErased(value);

    /// <summary>What stands in place of a value that is not told, or not to this reader.</summary>
    public static JsonElement Masked { get; } = JsonSerializer.SerializeToElement(AuditWriter.Masked);

    public static bool IsMasked(JsonElement value) => value.ValueKind == JsonValueKind.String && value.GetString() == AuditWriter.Masked;

    /// <summary>The same without what it said.</summary>
    public FieldValues Mask() => this with { Old = Mask(Old), New = Mask(New) };

    /// <summary>The texts by which it is found: what the values say, without moments, nor what was erased or masked.</summary>
    internal IEnumerable<string> Texts() => ((JsonElement[])[Old, New]).Where(v => !IsErased(v) && !IsMasked(v)).SelectMany(TextsOf);

    /// <summary>The identifiers of records that it names.</summary>
    internal IEnumerable<Guid> Identifiers() =>
        ((JsonElement[])[Old, New]).Where(v => v.ValueKind == JsonValueKind.String).Select(v => Guid.TryParse(v.GetString(), out var id) ? id : Guid.Empty).Where(id => id != Guid.Empty);

    private static JsonElement Mask(JsonElement value) => value.ValueKind == JsonValueKind.Null ? value : Masked;

    private static IEnumerable<string> TextsOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String when DateTimeOffset.TryParseExact(value.GetString(), "O", CultureInfo.InvariantCulture, DateTimeStyles.None, out _) => [],
        JsonValueKind.String or JsonValueKind.Number => [value.ToString()],
        JsonValueKind.Array => value.EnumerateArray().SelectMany(TextsOf),
        JsonValueKind.Object => value.EnumerateObject().SelectMany(part => TextsOf(part.Value)),
        _ => [],
    };
}

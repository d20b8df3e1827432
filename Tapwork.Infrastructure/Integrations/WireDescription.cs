using System.Collections;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Tapwork.Infrastructure.Integrations;

/// <summary>The field table and a sample of a record of the wire, made of the record itself.</summary>
public static class WireDescription
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Every field, those within lists under <c>[]</c>.</summary>
    public static IReadOnlyList<WireField> FieldsOf(Type type) => [.. Fields(type, "")];

    public static string SampleOf(Type type) => Sample(type, "")!.ToJsonString(Indented);

    private static IEnumerable<WireField> Fields(Type type, string before)
    {
        foreach (var property in type.GetProperties().Where(p => p is { GetMethod.IsPublic: true } && p.GetCustomAttribute<JsonIgnoreAttribute>() is null && p.GetIndexParameters().Length == 0))
        {
            var (name, item) = (before + NameOf(property), ItemOf(property.PropertyType));
            var isNullable = new NullabilityInfoContext().Create(property).ReadState == NullabilityState.Nullable;
            yield return new WireField(item is null ? name : $"{name}[]", WordOf(item ?? property.PropertyType), !isNullable);
            if (IsRecord(item ?? property.PropertyType))
                foreach (var inner in Fields(item ?? property.PropertyType, item is null ? $"{name}." : $"{name}[]."))
                    yield return inner;
        }
    }

    private static JsonNode? Sample(Type type, string name)
    {
        var plain = Nullable.GetUnderlyingType(type) ?? type;
        if (ItemOf(plain) is { } item)
            return new JsonArray(Sample(item, name));
        if (IsRecord(plain))
            return new JsonObject(plain.GetProperties().Where(p => p is { GetMethod.IsPublic: true } && p.GetCustomAttribute<JsonIgnoreAttribute>() is null)
                .Select(p => KeyValuePair.Create(NameOf(p), Sample(p.PropertyType, NameOf(p)))));
        return plain switch
        {
            var t when t == typeof(string) => name.Contains("sha256", StringComparison.Ordinal) ? new string('0', 64) : $"<{name}>",
            var t when t == typeof(Guid) => "0199c000-0000-7000-8000-000000000042",
            var t when t == typeof(DateOnly) => "2026-11-20",
            var t when t == typeof(DateTimeOffset) => "2026-11-20T09:00:00+00:00",
            var t when t == typeof(bool) => true,
            var t when t == typeof(double) || t == typeof(decimal) => 45.76,
            var t when t == typeof(int) || t == typeof(long) => 1,
            { IsEnum: true } t => Enum.GetNames(t)[0],
            _ => new JsonObject(),
        };
    }

    private static string WordOf(Type type) => (Nullable.GetUnderlyingType(type) ?? type) switch
    {
        var t when t == typeof(Guid) => "uuid",
        var t when t == typeof(DateOnly) => "date",
        var t when t == typeof(DateTimeOffset) => "date-time",
        var t when t == typeof(bool) => "boolean",
        var t when t == typeof(int) || t == typeof(long) => "integer",
        var t when t == typeof(double) || t == typeof(decimal) => "number",
        { IsEnum: true } t => string.Join(" | ", Enum.GetNames(t)),
        var t when t == typeof(string) => "string",
        _ => "object",
    };

    private static string NameOf(PropertyInfo property) =>
        property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name ?? JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name);

    private static Type? ItemOf(Type type) => type != typeof(string) && typeof(IEnumerable).IsAssignableFrom(type) && !typeof(JsonNode).IsAssignableFrom(type)
        ? type.GetGenericArguments().FirstOrDefault() ?? type.GetElementType() : null;

    private static bool IsRecord(Type type) => type.Namespace?.StartsWith("Tapwork", StringComparison.Ordinal) == true && !type.IsEnum;
}

/// <param name="Path">From the root, e.g. <c>photos[].coordinates.latitude</c>.</param>
public sealed record WireField(string Path, string Kind, bool IsRequired);

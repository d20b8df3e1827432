using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Tapwork.Core;

namespace Tapwork.Infrastructure.Webhooks;

/// <summary>The events that others may be told of, made of the event types themselves: schema and sample stand for what is really sent.</summary>
public static class EventCatalogue
{
    /// <summary>What a test event is called; nobody subscribes to it.</summary>
    public const string Test = "tapwork.test";

    // Accounts, notifications, settings and the audit trail are nobody's business outside.
    private static readonly string[] PublicRooms = ["intervention.", "dossier.", "delivery."];

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter() },
        RespectNullableAnnotations = true,
        NumberHandling = JsonNumberHandling.Strict,
        WriteIndented = true,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };

    private static readonly SortedDictionary<string, EventType> Known = Find();

    /// <summary>All of them, by topic.</summary>
    public static IReadOnlyCollection<EventType> All => Known.Values;

    /// <summary>Names of the topics.</summary>
    public static IReadOnlySet<string> Topics { get; } = Known.Keys.ToHashSet();

    public static EventType? Of(string topic) => Known.GetValueOrDefault(topic);

    private static SortedDictionary<string, EventType> Find()
    {
        var types = typeof(DomainEvent).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(DomainEvent)) && !t.IsAbstract)
            .Select(t => (Topic: ((DomainEvent)RuntimeHelpers.GetUninitializedObject(t)).Topic, Type: t))
            .Where(t => PublicRooms.Any(room => t.Topic.StartsWith(room, StringComparison.Ordinal)));
        var known = new SortedDictionary<string, EventType>(StringComparer.Ordinal);
        foreach (var (topic, type) in types)
            known[topic] = new EventType(topic, type);
        return known;
    }

    internal static string SchemaOf(string topic, Type type)
    {
        var data = (JsonObject)Json.GetJsonSchemaAsNode(type, new JsonSchemaExporterOptions { TreatNullObliviousAsNonNullable = true });
        var properties = data["properties"] as JsonObject ?? [];
        properties.Insert(0, "id", JsonNode.Parse("""{"type":"string","format":"uuid"}"""));
        properties["reference"] = JsonNode.Parse("""{"type":["string","null"]}""");
        properties["externalId"] = JsonNode.Parse("""{"type":["string","null"]}""");
        data["properties"] = properties;
        data["required"] = new JsonArray("id");
        return new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["title"] = topic,
            ["type"] = "object",
            ["properties"] = new JsonObject
            {
                ["type"] = new JsonObject { ["const"] = topic },
                ["timestamp"] = new JsonObject { ["type"] = "string", ["format"] = "date-time" },
                ["data"] = data,
            },
            ["required"] = new JsonArray("type", "timestamp", "data"),
        }.ToJsonString(Json);
    }

    internal static string SampleOf(string topic, Type type)
    {
        var arguments = type.GetConstructors().MaxBy(c => c.GetParameters().Length)!.GetParameters().Select(p => Sample(p.ParameterType, p.Name!)).ToArray();
        var happened = (DomainEvent)Activator.CreateInstance(type, arguments)!;
        return EventMessage.Of(topic, new DateTimeOffset(2026, 11, 24, 9, 0, 0, TimeSpan.Zero), happened.Subject,
            JsonSerializer.Serialize(happened, type, Json), "INT-2026-000042", $"{Guid.Empty}-r1").ToJson(indented: true);
    }

    private static object? Sample(Type type, string name) => (Nullable.GetUnderlyingType(type) ?? type) switch
    {
        var t when t == typeof(Guid) => Guid.Parse("0199c000-0000-7000-8000-000000000042"),
        var t when t == typeof(string) => name == "About" ? "dossier.prepared" : name == "OperationCode" ? "BAR-TH-173" : name.ToLowerInvariant(),
        var t when t == typeof(int) => 1,
        var t when t == typeof(long) => 42L,
        { IsEnum: true } t => Enum.GetValues(t).GetValue(0),
        var t => RuntimeHelpers.GetUninitializedObject(t),
    };
}

/// <summary>A kind of event.</summary>
public sealed record EventType(string Topic, Type Type)
{
    /// <summary>JSON Schema (2020-12) of the whole message.</summary>
    public string Schema => EventCatalogue.SchemaOf(Topic, Type);

    /// <summary>A message of it.</summary>
    public string Sample => EventCatalogue.SampleOf(Topic, Type);
}

/// <summary>A message as Standard Webhooks recommends it: <c>type</c>, <c>timestamp</c> (of the event) and <c>data</c>.</summary>
public sealed record EventMessage(string Type, DateTimeOffset Timestamp, JsonObject Data)
{
    private static readonly JsonSerializerOptions Plain = new(JsonSerializerDefaults.Web), Indented = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <param name="json">The event's own properties.</param>
    /// <param name="reference">Of the intervention it is about.</param>
    /// <param name="externalId">Of the dossier it is about.</param>
    public static EventMessage Of(string topic, DateTimeOffset at, Guid subject, string json, string? reference, string? externalId)
    {
        var data = (JsonObject)JsonNode.Parse(json)!;
        data.Insert(0, "id", subject);
        data["reference"] = reference;
        data["externalId"] = externalId;
        return new EventMessage(topic, at, data);
    }

    public string ToJson(bool indented = false) => JsonSerializer.Serialize(this, indented ? Indented : Plain);
}

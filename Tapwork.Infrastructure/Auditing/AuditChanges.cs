using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Tapwork.Infrastructure.Auditing;

/// <summary>
/// The old and new values of an entry: JSON, field → [old, new], where null is no value, and a random salt for each value in their order. What is
/// authenticated and chained is the commitment of a value, SHA-256 of its salt and its JSON text as it stands, so that a value and its salt can be erased
/// and leave <c>{"erased":"commitment in Base64"}</c>.
/// </summary>
internal static class AuditChanges
{
    public const int SaltLength = 16;

    private const string Erased = "erased";

    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonWriterOptions Writing = new() { Encoder = Json.Encoder };

    public static (string Json, byte[] Salts) Write(IReadOnlyDictionary<string, object?[]> changes)
    {
        var text = JsonSerializer.Serialize(changes, Json);
        return (text, RandomNumberGenerator.GetBytes(SaltLength * changes.Values.Sum(pair => pair.Count(v => v is not null))));
    }

    /// <summary>The commitments of each field's old and new value, in order; null for no value.</summary>
    /// <exception cref="FormatException">The text or the salts are not what was written.</exception>
    public static List<FieldCommitments> CommitmentsOf(string changes, ReadOnlySpan<byte> salts)
    {
        using var document = Parse(changes);
        var commitments = new List<FieldCommitments>();
        foreach (var field in document.RootElement.EnumerateObject())
        {
            if (field.Value.ValueKind != JsonValueKind.Array || field.Value.GetArrayLength() != 2)
                throw new FormatException($"{field.Name} is not a pair of values");
            commitments.Add(new FieldCommitments(field.Name, Commitment(field.Value[0], ref salts), Commitment(field.Value[1], ref salts)));
        }
        return salts.IsEmpty ? commitments : throw new FormatException("there are more salts than values");
    }

    /// <summary>Replaces the values of the named fields (all when null) by their commitments, and their salts by zeros.</summary>
    public static (string Json, byte[] Salts, int Count) Erase(string changes, byte[] salts, IReadOnlySet<string>? fields)
    {
        using var document = Parse(changes);
        var left = salts.ToArray();
        var buffer = new ArrayBufferWriter<byte>();
        var (at, count) = (0, 0);
        using (var json = new Utf8JsonWriter(buffer, Writing))
        {
            json.WriteStartObject();
            foreach (var field in document.RootElement.EnumerateObject())
            {
                json.WriteStartArray(field.Name);
                foreach (var value in field.Value.EnumerateArray())
                {
                    var salt = value.ValueKind == JsonValueKind.Null ? [] : left.AsSpan(SaltLength * at++, SaltLength);
                    if (salt.IsEmpty || IsErased(value) || fields?.Contains(field.Name) == false)
                    {
                        json.WriteRawValue(value.GetRawText());
                        continue;
                    }
                    ReadOnlySpan<byte> rest = salt;
                    var commitment = Commitment(value, ref rest);
                    salt.Clear();
                    count++;
                    json.WriteStartObject();
                    json.WriteBase64String(Erased, commitment);
                    json.WriteEndObject();
                }
                json.WriteEndArray();
            }
            json.WriteEndObject();
        }
        return (Encoding.UTF8.GetString(buffer.WrittenSpan), left, count);
    }

    /// <summary>Whether any value of it was erased.</summary>
    public static bool HasErased(string changes)
    {
        // Most have none, and looking is cheaper than reading.
        if (!changes.Contains($"{{\"{Erased}\":", StringComparison.Ordinal))
            return false;
        using var document = Parse(changes);
        return document.RootElement.EnumerateObject().Any(field => field.Value.EnumerateArray().Any(IsErased));
    }

    /// <summary>The texts by which an entry is found: what the values say, without what was erased or masked.</summary>
    public static IEnumerable<string> TextsOf(string changes)
    {
        using var document = Parse(changes);
        var texts = new List<string>();
        foreach (var field in document.RootElement.EnumerateObject())
            foreach (var value in field.Value.EnumerateArray().Where(v => !IsErased(v)))
                Collect(value, texts);
        return texts;
    }

    private static void Collect(JsonElement value, List<string> texts)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String or JsonValueKind.Number:
                texts.Add(value.ToString());
                break;
            case JsonValueKind.Array:
                foreach (var item in value.EnumerateArray())
                    Collect(item, texts);
                break;
            case JsonValueKind.Object:
                foreach (var part in value.EnumerateObject())
                    Collect(part.Value, texts);
                break;
        }
    }

    private static JsonDocument Parse(string changes)
    {
        try
        {
            var document = JsonDocument.Parse(changes);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
                return document;
            document.Dispose();
        }
        catch (JsonException e)
        {
            throw new FormatException("the changes are not JSON", e);
        }
        throw new FormatException("the changes are no object of fields");
    }

    private static bool IsErased(JsonElement value) =>
        value.ValueKind == JsonValueKind.Object && value.TryGetProperty(Erased, out var commitment) && value.EnumerateObject().Count() == 1
        && commitment.TryGetBytesFromBase64(out var bytes) && bytes.Length == SHA256.HashSizeInBytes;

    private static byte[]? Commitment(JsonElement value, ref ReadOnlySpan<byte> salts)
    {
        if (value.ValueKind == JsonValueKind.Null)
            return null;
        if (salts.Length < SaltLength)
            throw new FormatException("a value has no salt");
        var salt = salts[..SaltLength];
        salts = salts[SaltLength..];
        // Only with its salt gone: an object of that form that somebody entered is a value like any other.
        if (IsErased(value) && salt.IndexOfAnyExcept((byte)0) < 0)
            return value.GetProperty(Erased).GetBytesFromBase64();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(salt);
        hash.AppendData(Encoding.UTF8.GetBytes(value.GetRawText()));
        return hash.GetHashAndReset();
    }
}

/// <param name="Field">Name of the property.</param>
/// <param name="Old">Null where there was no value.</param>
/// <param name="New">Null where there is none any more.</param>
internal sealed record FieldCommitments(string Field, byte[]? Old, byte[]? New);

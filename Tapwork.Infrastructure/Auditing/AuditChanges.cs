using System.Buffers;
using System.Runtime.InteropServices;
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

    /// <summary>Writes values with new salts, and their commitments while their texts are at hand: every save does this.</summary>
    public static WrittenChanges Write(IReadOnlyDictionary<string, object?[]> changes)
    {
        var salts = RandomNumberGenerator.GetBytes(SaltLength * changes.Values.Sum(pair => pair.Count(v => v is not null)));
        var commitments = new List<FieldCommitments>(changes.Count);
        var buffer = new ArrayBufferWriter<byte>(256);
        ReadOnlySpan<byte> left = salts;
        using var json = new Utf8JsonWriter(buffer, Writing);
        json.WriteStartObject();
        foreach (var (field, pair) in changes)
        {
            json.WriteStartArray(field);
            commitments.Add(new FieldCommitments(field, Write(json, buffer, pair[0], ref left), Write(json, buffer, pair[1], ref left)));
            json.WriteEndArray();
        }
        json.WriteEndObject();
        json.Flush();
        return new WrittenChanges(Encoding.UTF8.GetString(buffer.WrittenSpan), salts, commitments);
    }

    private static byte[]? Write(Utf8JsonWriter json, ArrayBufferWriter<byte> buffer, object? value, ref ReadOnlySpan<byte> salts)
    {
        json.Flush();
        var before = buffer.WrittenCount;
        JsonSerializer.Serialize(json, value, value?.GetType() ?? typeof(object), Json);
        if (value is null)
            return null;
        json.Flush();
        var salt = salts[..SaltLength];
        salts = salts[SaltLength..];
        // The comma before a second value comes out with it.
        var text = buffer.WrittenSpan[before..];
        return Commitment(salt, text[0] == (byte)',' ? text[1..] : text);
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
                throw new FormatException("a field is not a pair of values");
            var old = Commitment(field.Value[0], ref salts, out var isOldErased);
            var now = Commitment(field.Value[1], ref salts, out var isNewErased);
            commitments.Add(new FieldCommitments(NameOf(field), old, now, isOldErased, isNewErased));
        }
        return salts.IsEmpty ? commitments : throw new FormatException("there are more salts than values");
    }

    /// <summary>Replaces the values of the named fields (all when null) by their commitments, and their salts by zeros.</summary>
    /// <returns>Of each field that lost a value, the commitments of what it lost; null on the side that lost none.</returns>
    /// <exception cref="FormatException">The text or the salts are not what was written.</exception>
    public static (string Json, byte[] Salts, IReadOnlyList<FieldCommitments> Erased) Erase(string changes, byte[] salts, IReadOnlySet<string>? fields)
    {
        var left = salts.ToArray();
        var erased = CommitmentsOf(changes, salts).Select(c => fields?.Contains(c.Field) == false ? c with { Old = null, New = null } : c.WithoutErased()).ToList();
        using var document = Parse(changes);
        var buffer = new ArrayBufferWriter<byte>();
        var at = 0;
        using (var json = new Utf8JsonWriter(buffer, Writing))
        {
            json.WriteStartObject();
            foreach (var (field, commitments) in document.RootElement.EnumerateObject().Zip(erased))
            {
                json.WriteStartArray(field.Name);
                Write(field.Value[0], commitments.Old);
                Write(field.Value[1], commitments.New);
                json.WriteEndArray();
            }
            json.WriteEndObject();

            void Write(JsonElement value, byte[]? commitment)
            {
                var salt = value.ValueKind == JsonValueKind.Null ? [] : left.AsSpan(SaltLength * at++, SaltLength);
                if (commitment is null)
                {
                    json.WriteRawValue(value.GetRawText());
                    return;
                }
                salt.Clear();
                json.WriteStartObject();
                json.WriteBase64String(Erased, commitment);
                json.WriteEndObject();
            }
        }
        return (Encoding.UTF8.GetString(buffer.WrittenSpan), left, [.. erased.Where(c => c.Old is not null || c.New is not null)]);
    }

    /// <summary>Each field with its old and new value; none where the text is not what was written, which the verification tells of.</summary>
    public static IReadOnlyList<FieldValues> ValuesOf(string changes)
    {
        try
        {
            using var document = Parse(changes);
            return [.. document.RootElement.EnumerateObject().Where(f => f.Value.ValueKind == JsonValueKind.Array && f.Value.GetArrayLength() == 2 && IsText(f.Value))
                .Select(f => new FieldValues(NameOf(f), f.Value[0].Clone(), f.Value[1].Clone()))];
        }
        catch (FormatException)
        {
            return [];
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
        // The latter for half of a surrogate pair.
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            throw new FormatException("the changes are not JSON", e);
        }
        throw new FormatException("the changes are no object of fields");
    }

    // A row written by other hands may hold half of a surrogate pair, which is legal JSON and no text.
    private static bool IsText(JsonElement value)
    {
        if (!value.GetRawText().Contains("\\ud", StringComparison.OrdinalIgnoreCase))
            return true;
        try
        {
            return value.ValueKind switch
            {
                JsonValueKind.String => value.GetString() is not null,
                JsonValueKind.Array => value.EnumerateArray().All(IsText),
                JsonValueKind.Object => value.EnumerateObject().All(part => part.Name.Length >= 0 && IsText(part.Value)),
                _ => true,
            };
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static string NameOf(JsonProperty field)
    {
        try
        {
            return field.Name;
        }
        catch (InvalidOperationException e)
        {
            throw new FormatException("a field's name is no text", e);
        }
    }

    internal static bool IsErased(JsonElement value) =>
        value.ValueKind == JsonValueKind.Object && value.TryGetProperty(Erased, out var commitment) && value.EnumerateObject().Count() == 1
        && commitment.ValueKind == JsonValueKind.String && commitment.TryGetBytesFromBase64(out var bytes) && bytes.Length == SHA256.HashSizeInBytes;

    private static byte[]? Commitment(JsonElement value, ref ReadOnlySpan<byte> salts, out bool isErased)
    {
        isErased = false;
        if (value.ValueKind == JsonValueKind.Null)
            return null;
        if (salts.Length < SaltLength)
            throw new FormatException("a value has no salt");
        var salt = salts[..SaltLength];
        salts = salts[SaltLength..];
        // Only with its salt gone: an object of that form that somebody entered is a value like any other.
        isErased = salt.IndexOfAnyExcept((byte)0) < 0 && IsErased(value);
        return isErased ? value.GetProperty(Erased).GetBytesFromBase64() : Commitment(salt, JsonMarshal.GetRawUtf8Value(value));
    }

    private static byte[] Commitment(ReadOnlySpan<byte> salt, ReadOnlySpan<byte> text)
    {
        byte[]? rented = null;
        var salted = SaltLength + text.Length <= 512 ? stackalloc byte[SaltLength + text.Length] : rented = ArrayPool<byte>.Shared.Rent(SaltLength + text.Length);
        salt.CopyTo(salted);
        text.CopyTo(salted[SaltLength..]);
        var commitment = SHA256.HashData(salted[..(SaltLength + text.Length)]);
        if (rented is not null)
            ArrayPool<byte>.Shared.Return(rented, clearArray: true);
        return commitment;
    }
}

/// <param name="Commitments">Of the values, in their order.</param>
internal sealed record WrittenChanges(string Json, byte[] Salts, IReadOnlyList<FieldCommitments> Commitments);

/// <param name="Field">Name of the property.</param>
/// <param name="Old">Null where there was no value.</param>
/// <param name="New">Null where there is none any more.</param>
/// <param name="IsOldErased">Whether the old value is gone and its commitment alone is left.</param>
/// <param name="IsNewErased">The same of the new value.</param>
internal sealed record FieldCommitments(string Field, byte[]? Old, byte[]? New, bool IsOldErased = false, bool IsNewErased = false)
{
    /// <summary>Of the values that still stand.</summary>
    public FieldCommitments WithoutErased() => this with { Old = IsOldErased ? null : Old, New = IsNewErased ? null : New };
}

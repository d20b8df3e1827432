using System.Globalization;
using System.Text;
using System.Text.Json;
using Tapwork.Core;

namespace Tapwork.Infrastructure.Integrations;

/// <summary>A JSON object that others sent. A field of another type than expected counts as missing; reading never throws.</summary>
internal readonly struct LenientJson
{
    // A depth bomb ends here; what is written by hand or by a program stays far below.
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 512 };
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);
    private static readonly UnicodeEncoding StrictUtf16 = new(false, false, throwOnInvalidBytes: true), StrictUtf16BigEndian = new(true, false, throwOnInvalidBytes: true);

    private readonly JsonElement _json;

    private LenientJson(JsonElement json) => _json = json;

    /// <summary>Null for what is no JSON object.</summary>
    public static LenientJson? Parse(ReadOnlySpan<byte> body) => Parse(Decode(body, Encoding.UTF8, Encoding.Unicode, Encoding.BigEndianUnicode));

    /// <summary>Null for what is no JSON object.</summary>
    public static LenientJson? Parse(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(Encoding.UTF8.GetBytes(WithoutLoneSurrogates(text).TrimStart('\uFEFF')), Options);
            return document.RootElement.ValueKind == JsonValueKind.Object ? new LenientJson(document.RootElement.Clone()) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The characters of a body: UTF-8, or UTF-16 where a byte order mark or its zeros show it, without the mark. Null where the bytes are no text.</summary>
    public static string? TextOf(ReadOnlySpan<byte> body)
    {
        try
        {
            return Decode(body, StrictUtf8, StrictUtf16, StrictUtf16BigEndian);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    /// <summary>A Unix time in seconds, milliseconds, microseconds or nanoseconds; null for what is none.</summary>
    public static DateTimeOffset? UnixTimeOf(string? text) =>
        LenientNumber.Parse(text) is { } number ? LenientMoment.OfUnixTime(number) : null;

    /// <summary>A text in what every database can keep, or a number as it is written.</summary>
    public string? Text(string name) => TextOf(Find(name));

    public double? Number(string name) => Find(name) switch
    {
        { ValueKind: JsonValueKind.Number } json => LenientNumber.Parse(json.GetRawText()),
        { ValueKind: JsonValueKind.String } json => LenientNumber.Parse(json.GetString()),
        _ => null,
    };

    /// <summary>True or false, also as 1 or 0, or as a word of English or French; any other number or word is none.</summary>
    public bool? Flag(string name) => Find(name) switch
    {
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        { ValueKind: JsonValueKind.String or JsonValueKind.Number } => Text(name)!.Trim().ToUpperInvariant() switch
        {
            "TRUE" or "YES" or "Y" or "ON" or "OUI" or "VRAI" => true,
            "FALSE" or "NO" or "N" or "OFF" or "NON" or "FAUX" => false,
            var text => LenientNumber.Parse(text) switch { 1 => true, 0 => false, _ => null },
        },
        _ => null,
    };

    /// <summary>As <see cref="LenientMoment"/> reads it, of a number or a text.</summary>
    public DateTimeOffset? Moment(string name) => LenientMoment.Parse(Text(name));

    public LenientJson? Object(string name) => Find(name) is { ValueKind: JsonValueKind.Object } json ? new LenientJson(json) : null;

    /// <summary>The objects of a list; everything else in it is left out.</summary>
    public IEnumerable<LenientJson> Objects(string name) => Items(name).Where(i => i.ValueKind == JsonValueKind.Object).Select(i => new LenientJson(i));

    /// <summary>The texts and numbers of a list.</summary>
    public IEnumerable<string> Texts(string name) => Items(name).Select(i => TextOf(i)).OfType<string>();

    private IEnumerable<JsonElement> Items(string name) => Find(name) is { ValueKind: JsonValueKind.Array } json ? json.EnumerateArray() : [];

    // Of two fields of one name the last counts. Another case of letters is taken where the right one is missing.
    private JsonElement? Find(string name)
    {
        if (_json.TryGetProperty(name, out var exact))
            return exact;
        foreach (var property in _json.EnumerateObject())
            if (property.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                return property.Value;
        return null;
    }

    private static string? TextOf(JsonElement? json) => json switch
    {
        { ValueKind: JsonValueKind.String } text => Field.Storable(text.GetString()),
        { ValueKind: JsonValueKind.Number } number => number.GetRawText(),
        _ => null,
    };

    private static string Decode(ReadOnlySpan<byte> body, Encoding utf8, Encoding utf16, Encoding utf16BigEndian) => body switch
    {
        [0xEF, 0xBB, 0xBF, ..] => utf8.GetString(body[3..]),
        [0xFF, 0xFE, ..] => utf16.GetString(body[2..]),
        [0xFE, 0xFF, ..] => utf16BigEndian.GetString(body[2..]),
        [not 0, 0, ..] => utf16.GetString(body),
        [0, not 0, ..] => utf16BigEndian.GetString(body),
        _ => utf8.GetString(body),
    };

    // Half of a pair is legal JSON (RFC 8259, 8.2) but no text, and every later reader would throw at it: U+FFFD stands for it.
    private static string WithoutLoneSurrogates(string json)
    {
        if (!json.Contains("\\u", StringComparison.Ordinal))
            return json;
        var text = new StringBuilder(json.Length);
        for (var at = 0; at < json.Length;)
        {
            var length = json[at] == '\\' ? 2 : 1;
            if (EscapedAt(json, at) is { } unit && char.IsSurrogate(unit))
            {
                length = char.IsHighSurrogate(unit) && EscapedAt(json, at + 6) is { } next && char.IsLowSurrogate(next) ? 12 : 6;
                text.Append(length == 12 ? json.AsSpan(at, length) : "\\uFFFD");
            }
            else
                text.Append(json.AsSpan(at, Math.Min(length, json.Length - at)));
            at += length;
        }
        return text.ToString();
    }

    private static char? EscapedAt(string json, int at) =>
        at + 6 <= json.Length && json[at] == '\\' && json[at + 1] == 'u'
        && ushort.TryParse(json.AsSpan(at + 2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit) ? (char)unit : null;
}

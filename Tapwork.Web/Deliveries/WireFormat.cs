using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Tapwork.Web.Deliveries;

/// <summary>What went over the wire, for reading: JSON with indents, and a request as a curl command without its secret.</summary>
/// <param name="Shown">Head and body.</param>
/// <param name="Curl">Null for what is no HTTP request.</param>
internal sealed record WireFormat(string Shown, string? Curl)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly string[] Methods = ["GET ", "POST ", "PUT ", "PATCH ", "DELETE "];

    public static WireFormat Of(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return new WireFormat("", null);
        var cut = text.IndexOf("\n\n", StringComparison.Ordinal);
        var (head, body) = cut < 0 ? (text.TrimEnd('\n'), "") : (text[..cut], text[(cut + 2)..]);
        return new WireFormat(body.Length == 0 ? head : $"{head}\n\n{Pretty(body)}", CurlOf(head, body));
    }

    // What was cut off at its kept length is no JSON any more, and stands as it is.
    private static string Pretty(string body)
    {
        try
        {
            return JsonSerializer.Serialize(JsonDocument.Parse(body).RootElement, Indented);
        }
        catch (JsonException)
        {
            return body;
        }
    }

    private static string? CurlOf(string head, string body)
    {
        var lines = head.Split('\n');
        if (!Array.Exists(Methods, m => lines[0].StartsWith(m, StringComparison.Ordinal)) || lines[0].Split(' ') is not [var method, var address, ..])
            return null;
        // Of which only the host is shown, that cannot be called.
        if (address.EndsWith('…'))
            return null;
        var curl = new StringBuilder($"curl -X {method} {Quoted(address)}");
        foreach (var header in lines[1..])
            curl.Append(" \\\n  -H ").Append(Quoted(header.Replace("***", "$TOKEN", StringComparison.Ordinal)));
        if (body.Length > 0)
            curl.Append(" \\\n  --data-raw ").Append(Quoted(body));
        return curl.ToString();
    }

    // A quote ends the text, stands escaped, and begins it again; the token's name stays outside so that the shell fills it in.
    private static string Quoted(string text) =>
        $"'{text.Replace("'", "'\\''", StringComparison.Ordinal).Replace("$TOKEN", "'\"$TOKEN\"'", StringComparison.Ordinal)}'";
}

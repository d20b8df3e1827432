using System.Net;
using System.Text.RegularExpressions;
using Tapwork.Infrastructure.Integrations;
using Tapwork.Infrastructure.Webhooks;

namespace Tapwork.Infrastructure.Deliveries;

/// <summary>
/// What is shown of a delivery's attempts to who is not an administrator: of an endpoint's address its host, and of a request's headers those that prove nothing. An address may hold a secret in
/// its path or query, and an answer may repeat it.
/// </summary>
internal sealed partial class AttemptRedaction
{
    /// <summary>In place of path and query.</summary>
    public const string Rest = "/…";

    // Shorter ones are words of everyday use, which an answer may hold for other reasons.
    private const int ShortestPath = 5, ShortestValue = 4, ShortestSegment = 16;

    private static readonly string[] PlainHeaders = ["Content-Type", "Idempotency-Key", StandardWebhook.IdHeader, StandardWebhook.TimestampHeader];
    private readonly IReadOnlyList<(string Text, string By)> _hidden;

    private AttemptRedaction(IReadOnlyList<(string, string)> hidden) => _hidden = hidden;

    /// <param name="requests">Of all attempts of a delivery: an error may repeat the address of an earlier one.</param>
    /// <param name="ids">What may be shown though it stands in an address: the delivery's own ids.</param>
    public static AttemptRedaction Of(IEnumerable<string?> requests, params string?[] ids)
    {
        var addresses = requests.OfType<string>().SelectMany(r => Call().Matches(r).Select(m => m.Groups[2].Value)).Distinct();
        return new([.. addresses.SelectMany(PartsOf).Where(p => !ids.Contains(p.Text))
            .SelectMany(p => FormsOf(p.Text).Select(form => (form, p.By))).Distinct().OrderByDescending(p => p.form.Length)]);
    }

    /// <summary>For administrators: the address as it is, without user and password.</summary>
    public static string? WithoutUserInfo(string? request) => request is null ? null : UserInfo().Replace(request, $"$1{Masking.Mark}@");

    /// <summary>One side of an exchange, or a reason.</summary>
    public string? Text(string? text) => text is null ? null : _hidden.Aggregate(text, (all, part) => all.Replace(part.Text, part.By, StringComparison.Ordinal));

    /// <summary>The request: address and headers line by line, the body as any other text.</summary>
    public string? Request(string? request)
    {
        if (request is null)
            return null;
        var isHead = false;
        return string.Join('\n', request.Split('\n').Select(line =>
        {
            isHead = Call().IsMatch(line) || (isHead && line.Length > 0);
            return !isHead ? Text(line) : Call().Match(line) is { Success: true } call ? $"{call.Groups[1].Value} {HostOf(call.Groups[2].Value)}" : Header(line);
        }));
    }

    private static string Header(string line) =>
        line.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon && !PlainHeaders.Contains(line[..colon], StringComparer.OrdinalIgnoreCase) ? $"{line[..colon]}: {Masking.Mark}" : line;

    private static string HostOf(string address) => Uri.TryCreate(address, UriKind.Absolute, out var uri) ? $"{uri.Scheme}://{uri.Authority}{Rest}" : Masking.Mark;

    private static IEnumerable<(string Text, string By)> PartsOf(string address)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri))
            yield break;
        foreach (var written in new[] { uri.PathAndQuery, address.IndexOf('/', address.IndexOf("//", StringComparison.Ordinal) + 2) is > 0 and var slash ? address[slash..] : "" })
            if (written.Length >= ShortestPath)
                yield return (written, Rest);
        var values = uri.Query.TrimStart('?').Split('&').Select(pair => pair[(pair.IndexOf('=', StringComparison.Ordinal) + 1)..]).Where(v => v.Length >= ShortestValue);
        foreach (var secret in values.Concat(uri.Segments.Select(s => s.Trim('/')).Where(s => s.Length >= ShortestSegment)).Append(uri.UserInfo).Where(s => s.Length > 0))
            yield return (secret, Masking.Mark);
    }

    private static IEnumerable<string> FormsOf(string part) => Masking.FormsOf(part).Append(Uri.UnescapeDataString(part)).Append(WebUtility.HtmlEncode(part));

    [GeneratedRegex(@"^(GET|HEAD|POST|PUT|PATCH|DELETE) (https?://.*)$", RegexOptions.Multiline)]
    private static partial Regex Call();

    [GeneratedRegex(@"^((?:GET|HEAD|POST|PUT|PATCH|DELETE) https?://)[^/?#\s]*@", RegexOptions.Multiline)]
    private static partial Regex UserInfo();
}

using System.Diagnostics;
using OpenTelemetry;
using Tapwork.Infrastructure.Integrations;

namespace Tapwork.Web.Monitoring;

/// <summary>
/// Leaves of the addresses in a span the route's template and the host. What fills a template is secret or personal: tokens of links, mail addresses, delivery points.
/// </summary>
internal sealed class SpanAddresses : BaseProcessor<Activity>
{
    private const string Template = "url.template";

    // Also the names of older conventions, which a library may still use.
    private static readonly string[] Paths = ["url.path", "http.target"], Addresses = ["url.full", "http.url"], Queries = ["url.query"];

    /// <summary>Names the template of a call of ours.</summary>
    public static void Note(Activity span, HttpRequestMessage request)
    {
        if (request.Options.TryGetValue(OutgoingHttp.Route, out var route))
            span.SetTag(Template, route);
    }

    public override void OnEnd(Activity data)
    {
        var called = data.GetTagItem(Template) as string;
        foreach (var name in Paths)
            Replace(data, name, _ => data.GetTagItem("http.route") as string);
        foreach (var name in Addresses)
            Replace(data, name, text => Uri.TryCreate(text, UriKind.Absolute, out var address) ? $"{address.Scheme}://{address.Authority}/{called}" : null);
        foreach (var name in Queries)
            Replace(data, name, _ => null);
        if (called is not null && data.GetTagItem("http.request.method") is { } method)
            data.DisplayName = $"{method} {called}";
    }

    private static void Replace(Activity span, string name, Func<string, string?> by)
    {
        if (span.GetTagItem(name) is { } value)
            span.SetTag(name, by(value.ToString() ?? ""));
    }
}

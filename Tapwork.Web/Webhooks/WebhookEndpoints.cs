using System.Net;
using System.Threading.RateLimiting;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Monitoring;
using Tapwork.Infrastructure.Webhooks;
using Tapwork.Web.Accounts;

namespace Tapwork.Web.Webhooks;

/// <summary>Where outside systems call us. Anonymous: the signature is the pass.</summary>
public static class WebhookEndpoints
{
    /// <summary>Refused calls an address may make in a minute before it is answered 429; genuine ones do not count.</summary>
    public const int RefusalsPerMinute = 30;

    public static IServiceCollection AddWebhookEndpoints(this IServiceCollection services) => services.AddSingleton<WebhookRefusals>();

    public static void MapWebhooks(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/api/webhooks/{integration}", ReceiveAsync)
            .AllowAnonymous()
            .DisableAntiforgery()
            .WithSummary("Calls from an integration's far side, named by the integration's code and signed as its connector has it.")
            .ProducesProblem(400).ProducesProblem(401).ProducesProblem(404).ProducesProblem(413).ProducesProblem(429);

    private static async Task<IResult> ReceiveAsync(string integration, HttpContext context, WebhookInbox inbox, WebhookRefusals refusals)
    {
        var cancel = context.RequestAborted;
        // What bears no signature at all is not even read.
        var body = IsSigned(context.Request.Headers) ? await ReadAsync(context.Request, cancel) : ReadOnlyMemory<byte>.Empty;
        var reception = await inbox.ReceiveAsync(integration, name => context.Request.Headers.TryGetValue(name, out var value) ? value.ToString() : null, body, CallerOf(context), cancel);
        if (reception is WebhookReception.Stored or WebhookReception.Repeated)
            return Results.Accepted();
        return refusals.Note(context.Connection.RemoteIpAddress) is { } wait ? TooMany(context, wait) : Refusal(reception);
    }

    private static bool IsSigned(IHeaderDictionary headers) => headers.Keys.Any(name => name.EndsWith("-Signature", StringComparison.OrdinalIgnoreCase));

    private static IResult Refusal(WebhookReception reception) => reception switch
    {
        WebhookReception.TooLarge => Problem(413, "webhook.too_large", $"the body is larger than {WebhookInbox.MostRead} bytes"),
        WebhookReception.Malformed => Problem(400, "webhook.malformed", "the body is no event of the documented form"),
        WebhookReception.Unknown => Problem(404, "webhook.unknown", "no integration of this name takes calls"),
        WebhookReception.Stale => Problem(401, "webhook.stale", "the timestamp lies more than 5 minutes off"),
        _ => Problem(401, "webhook.unsigned", "the signature is missing or wrong"),
    };

    private static IResult TooMany(HttpContext context, TimeSpan wait)
    {
        context.Response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(System.Globalization.CultureInfo.InvariantCulture);
        return Problem(429, "webhook.too_many_refusals", "too many refused calls from this address");
    }

    private static IResult Problem(int status, string rule, string detail) =>
        Results.Problem(detail, statusCode: status, title: rule, type: $"urn:tapwork:{rule}");

    // Null when there is more than is taken; the rest is left unread.
    private static async Task<ReadOnlyMemory<byte>?> ReadAsync(HttpRequest request, CancellationToken cancel)
    {
        if (request.ContentLength > WebhookInbox.MostRead)
            return null;
        var buffer = new byte[request.ContentLength is { } length ? (int)length + 1 : 4096];
        var filled = 0;
        while (await request.Body.ReadAsync(buffer.AsMemory(filled), cancel) is > 0 and var read)
        {
            filled += read;
            if (filled > WebhookInbox.MostRead)
                return null;
            if (filled == buffer.Length)
                Array.Resize(ref buffer, Math.Min(buffer.Length * 2, WebhookInbox.MostRead + 1));
        }
        return buffer.AsMemory(0, filled);
    }

    private static Actor CallerOf(HttpContext context) => Actor.System("webhook", Correlation.Current) with
    {
        Ip = context.Connection.RemoteIpAddress?.ToString(),
        UserAgent = context.Request.Headers.UserAgent.ToString(),
    };
}

/// <summary>Counts refused calls by client.</summary>
internal sealed class WebhookRefusals : IDisposable
{
    private readonly PartitionedRateLimiter<IPAddress> _limiter = PartitionedRateLimiter.Create<IPAddress, IPAddress>(
        address => ClientAddress.LimitOf(address, WebhookEndpoints.RefusalsPerMinute));

    /// <returns>How long to stay away when there were too many.</returns>
    public TimeSpan? Note(IPAddress? address)
    {
        using var lease = _limiter.AttemptAcquire(address ?? IPAddress.None);
        if (lease.IsAcquired)
            return null;
        return lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? wait : TimeSpan.FromMinutes(1);
    }

    public void Dispose() => _limiter.Dispose();
}

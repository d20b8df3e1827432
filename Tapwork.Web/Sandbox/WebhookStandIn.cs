using System.Text;
using Tapwork.Infrastructure.Webhooks;

namespace Tapwork.Web.Sandbox;

/// <summary>Stands in for endpoints that are told of events, and for partners that tell us something, both as Standard Webhooks has it.</summary>
public sealed class WebhookStandIn(SandboxStore store, SandboxDoor door, TimeProvider clock)
{
    /// <summary>Below the sandbox, before the endpoint's name.</summary>
    public const string Path = "/sandbox/webhook";

    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(15) };

    public void Map(IEndpointRouteBuilder routes) => routes.MapPost(Path + "/{name}", context => door.PassAsync(
        context, context.Request.Path.Value!["/sandbox".Length..], (_, _) => null, () => { }, _ => { }, (body, _) => Take(context, body)))
        .AllowAnonymous().DisableAntiforgery();

    /// <summary>Tells the application something, signed.</summary>
    /// <returns>The HTTP status of the last answer.</returns>
    public async Task<int> ProduceAsync(ProducedWebhook order, CancellationToken cancel)
    {
        var (status, id, body) = (0, order.Id ?? $"msg_{Guid.CreateVersion7():n}", Encoding.UTF8.GetBytes(order.Body));
        for (var i = 0; i < Math.Max(1, order.Times); i++)
        {
            var now = clock.GetUtcNow();
            using var request = new HttpRequestMessage(HttpMethod.Post, $"{order.Target.TrimEnd('/')}/api/webhooks/{order.Integration}") { Content = new ByteArrayContent(body) };
            request.Content.Headers.ContentType = new("application/json");
            request.Headers.Add(StandardWebhook.IdHeader, id);
            request.Headers.Add(StandardWebhook.TimestampHeader, StandardWebhook.TextOf(now));
            request.Headers.Add(StandardWebhook.SignatureHeader, StandardWebhook.Sign(id, now, body, order.Secret));
            using var response = await _http.SendAsync(request, cancel);
            status = (int)response.StatusCode;
        }
        return status;
    }

    private Answer Take(HttpContext context, string? body)
    {
        var headers = context.Request.Headers;
        store.Add(new SandboxMessage(
            context.Request.RouteValues["name"]!.ToString()!, headers[StandardWebhook.IdHeader].ToString(), headers[StandardWebhook.TimestampHeader].ToString(),
            headers[StandardWebhook.SignatureHeader].ToString(), body ?? "", clock.GetUtcNow()));
        return Answer.Json(200, new { });
    }
}

/// <summary>A call the stand-in is asked to make.</summary>
/// <param name="Target">Base address of the application.</param>
/// <param name="Integration">Its code.</param>
/// <param name="Secret"><c>whsec_…</c></param>
/// <param name="Times">How often the same message is sent.</param>
public sealed record ProducedWebhook(string Target, string Integration, string Secret, string Body, string? Id = null, int Times = 1);

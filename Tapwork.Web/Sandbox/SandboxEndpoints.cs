using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;

namespace Tapwork.Web.Sandbox;

/// <summary>How tests, benchmarks and people steer the sandbox.</summary>
internal static class SandboxEndpoints
{
    private static readonly System.Text.Json.JsonSerializerOptions Json =
        new(System.Text.Json.JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter() } };

    public static void MapControl(this RouteGroupBuilder control)
    {
        control.MapGet("/state", (SandboxStore store) => Results.Json(SandboxState.Of(store), Json));
        control.MapGet("/dossiers", (SandboxStore store) => Results.Json(store.Dossiers.Values.OrderBy(d => d.AcceptedAt), Json));
        control.MapGet("/dossiers/{externalId}", (string externalId, SandboxStore store) =>
            store.Dossiers.TryGetValue(externalId, out var dossier) ? Results.Json(dossier, Json) : Results.NotFound());
        control.MapGet("/arrivals", (int? after, SandboxStore store) => Results.Json(store.Arrivals.Where(a => a.Number > (after ?? 0)).OrderBy(a => a.Number).Take(1000), Json));
        control.MapGet("/mails", (SandboxStore store) => Results.Json(store.Mails.Values.OrderBy(m => m.At), Json));
        control.MapPost("/reset", (SandboxStore store, SandboxFaults faults) =>
        {
            store.Reset();
            faults.Clear();
            return Results.NoContent();
        });
        control.MapPost("/faults", async (HttpContext context, SandboxFaults faults) =>
        {
            faults.Plan = await context.Request.ReadFromJsonAsync<FaultPlan>(Json) ?? new FaultPlan();
            return Results.Json(faults.Plan, Json);
        });
        control.MapPost("/faults/next", (Fault fault, int? times, string? area, SandboxFaults faults) =>
        {
            faults.Enqueue(fault, times ?? 1, area);
            return Results.NoContent();
        });
        control.MapPost("/webhook", async (WebhookOrder order, SandboxWebhooks webhooks, CancellationToken cancel) =>
            Results.Json(new { status = await webhooks.SendAsync(order, cancel) }));
        control.MapGet("/partner-dossiers", (SandboxStore store) => Results.Json(store.PartnerDossiers.Values.OrderBy(d => d.Id), Json));
        control.MapGet("/messages", (SandboxStore store) => Results.Json(store.Messages.Values.OrderBy(m => m.At), Json));
        control.MapPost("/produce", async (ProducedWebhook order, WebhookStandIn webhooks, CancellationToken cancel) =>
            Results.Json(new { status = await webhooks.ProduceAsync(order, cancel) }));
        control.DisableAntiforgery();
    }
}

/// <summary>The whole in figures.</summary>
public sealed record SandboxState(
    int Dossiers, int Submissions, int SubmissionsWithoutFault, int Accepted201, int Repeats409, int RateLimited429, IReadOnlyDictionary<Fault, int> ByFault,
    int FilesRight, int FilesWrong, int FilesMissing, int Mails)
{
    public static SandboxState Of(SandboxStore store)
    {
        var files = store.Dossiers.Values.SelectMany(d => { lock (d) return d.Files.ToArray(); }).ToList();
        return new SandboxState(store.Dossiers.Count, store.Counts.Submissions, store.Counts.SubmissionsWithoutFault, store.Counts.Accepted201,
            store.Counts.Repeats409, store.Counts.RateLimited429, store.Counts.ByFault, files.Count(f => f.IsRight == true),
            files.Count(f => f.IsRight == false), files.Count(f => f.IsRight is null), store.Mails.Count);
    }
}

/// <summary>A status webhook the stand-in is asked to send.</summary>
/// <param name="Target">Base address of the application, e.g. <c>http://localhost:5080</c>.</param>
/// <param name="Times">How often the same body is sent.</param>
public sealed record WebhookOrder(string Target, string ExternalId, string Status, string? Notes = null, int Times = 1, DateTimeOffset? Timestamp = null);

/// <summary>Sends status webhooks the way Symphonics does: signed over the raw body.</summary>
public sealed class SandboxWebhooks(SandboxSettings settings, SandboxStore store, TimeProvider clock)
{
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(15) };

    /// <returns>The HTTP status of the last answer.</returns>
    public async Task<int> SendAsync(WebhookOrder order, CancellationToken cancel)
    {
        var dossier = store.Dossiers.GetValueOrDefault(order.ExternalId);
        var body = System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, object?>
        {
            ["event"] = "intervention.status_update",
            ["timestamp"] = order.Timestamp ?? clock.GetUtcNow(),
            ["intervention_id"] = dossier?.Id ?? "sym_unknown",
            ["external_id"] = order.ExternalId,
            ["previous_status"] = dossier?.Status ?? "received",
            ["new_status"] = order.Status,
            ["notes"] = order.Notes,
        });
        if (dossier is not null)
        {
            (dossier.Status, dossier.UpdatedAt) = (order.Status, clock.GetUtcNow());
            store.Changes(dossier);
        }
        var status = 0;
        for (var i = 0; i < order.Times; i++)
            status = await PostAsync($"{order.Target.TrimEnd('/')}/api/webhooks/symphonics", body, cancel);
        return status;
    }

    private async Task<int> PostAsync(string address, byte[] body, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.Add("X-Symphonics-Signature", Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(settings.WebhookSecret), body)));
        using var response = await _http.SendAsync(request, cancel);
        return (int)response.StatusCode;
    }
}

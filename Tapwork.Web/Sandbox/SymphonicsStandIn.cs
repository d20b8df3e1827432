using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Tapwork.Web.Sandbox;

/// <summary>Stands in for Symphonics: the documented calls, as strict as the real ones, with the faults it is told to have.</summary>
public sealed partial class SymphonicsStandIn(SandboxSettings settings, SandboxStore store, SandboxDoor door, SandboxFiles files, TimeProvider clock)
{
    private readonly ConcurrentDictionary<string, DateTimeOffset> _tokens = new();
    private readonly CallMeter _meter = new(settings, clock);

    public void Map(IEndpointRouteBuilder routes, string prefix)
    {
        var partner = routes.MapGroup(prefix).AllowAnonymous().DisableAntiforgery();
        partner.MapPost("/auth/token", context => CallAsync(context, prefix, needsToken: false, Token));
        partner.MapGet("/validation/pdl/{pdl}", context => CallAsync(context, prefix, true, CheckPdl));
        partner.MapPost("/validation/pdl/lookup", context => CallAsync(context, prefix, true, LookUpPdl));
        partner.MapGet("/validation/user/{email}", context => CallAsync(context, prefix, true, CheckUser));
        partner.MapPost("/crm/interventions", context => CallAsync(context, prefix, true, Submit));
        partner.MapGet("/crm/interventions", context => CallAsync(context, prefix, true, Find));
        partner.MapGet("/crm/interventions/{id}", context => CallAsync(context, prefix, true, Show));
        partner.MapPatch("/crm/interventions/{id}", context => CallAsync(context, prefix, true, AddDocuments));
    }

    private async Task CallAsync(HttpContext context, string prefix, bool needsToken, Func<Call, Answer> answer)
    {
        var meter = _meter.Take();
        await door.PassAsync(context, context.Request.Path.Value![prefix.Length..], (body, arrival) =>
            meter.Refusal ?? Unauthorised(context, needsToken), _tokens.Clear, meter.Write, (body, arrival) => answer(new Call(context, body, arrival)));
    }

    private Answer? Unauthorised(HttpContext context, bool needsToken)
    {
        if (!needsToken)
            return null;
        var header = context.Request.Headers.Authorization.ToString();
        var known = header.StartsWith("Bearer ", StringComparison.Ordinal) && _tokens.TryGetValue(header[7..], out var until) && until > clock.GetUtcNow();
        return known ? null : Answer.Error(401, "UNAUTHORIZED", "The access token is missing, unknown or expired");
    }

    private Answer Token(Call call)
    {
        var form = call.Body is null ? [] : Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(call.Body);
        if (form.GetValueOrDefault("grant_type") != "client_credentials")
            return Answer.Error(400, "INVALID_REQUEST", "grant_type must be client_credentials");
        if (form.GetValueOrDefault("client_id") != settings.ClientId || form.GetValueOrDefault("client_secret") != settings.ClientSecret)
            return Answer.Error(401, "UNAUTHORIZED", "Unknown client or wrong secret");
        var token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
        _tokens[token] = clock.GetUtcNow().AddSeconds(settings.TokenSeconds);
        return Answer.Json(200, new { access_token = token, token_type = "Bearer", expires_in = settings.TokenSeconds });
    }

    private static Answer CheckPdl(Call call)
    {
        var pdl = call.Route("pdl");
        if (!FourteenDigits().IsMatch(pdl))
            return Answer.Json(400, new { valid = false, error = "INVALID_FORMAT", message = "A PDL has 14 digits" });
        if (pdl == "45678901234567")
            return Answer.Json(400, new { valid = false, error = "PDL_UNKNOWN", message = "This PDL does not exist" });
        var type = pdl switch { "23456789012345" => "commercial", "34567890123456" => "precarious", _ => "residential" };
        return Answer.Json(200, new { valid = true, pdl, address = Address(), meter_type = type });
    }

    private static Answer LookUpPdl(Call call)
    {
        if (call.Json()?["address"]?["postal_code"]?.ToString() is not { } postalCode)
            return Answer.Error(422, "VALIDATION_ERROR", "address is required", ("address", "required"));
        if (postalCode == "99999")
            return Answer.Error(404, "NOT_FOUND", "No delivery point at this address");
        return Answer.Json(200, new { pdl = "12345678901234", confidence = 0.92, address = Address(), meter_type = "residential" });
    }

    private static Answer CheckUser(Call call) => call.Route("email").ToLowerInvariant() switch
    {
        "nonexistent@example.com" => Answer.Json(404, new { exists = false }),
        "inactive.user@example.com" => Answer.Json(200, new { exists = true, user_id = "usr_2", status = "inactive" }),
        var email => Answer.Json(200, new { exists = true, user_id = $"usr_{Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(email)))[..12]}", status = "active" }),
    };

    private Answer Submit(Call call)
    {
        if (call.Json() is not { } dossier)
            return Answer.Error(400, "INVALID_REQUEST", "The body is no JSON object");
        var details = SymphonicsDossierCheck.Of(dossier);
        if (details.Count > 0)
            return Answer.Error(422, "VALIDATION_ERROR", "The dossier is not valid", [.. details]);
        var externalId = dossier["external_id"]!.ToString();
        var accepted = new SandboxDossier($"sym_{Guid.CreateVersion7():n}", externalId, call.Body!, clock.GetUtcNow()) { Files = SandboxFiles.NamedIn(dossier) };
        if (!store.TryAdd(accepted))
        {
            files.Fetch(store.Dossiers[externalId]);
            return Answer.Json(409, new { id = store.Dossiers[externalId].Id, external_id = externalId, error = new { code = "CONFLICT", message = "external_id is already known" } });
        }
        files.Fetch(accepted);
        return Answer.Json(201, new { id = accepted.Id, status = accepted.Status, external_id = externalId, created_at = accepted.AcceptedAt });
    }

    private Answer Find(Call call) =>
        store.Dossiers.TryGetValue(call.Http.Request.Query["external_id"].ToString(), out var dossier)
            ? Answer.Json(200, new { items = new[] { Shown(dossier) } })
            : Answer.Json(200, new { items = Array.Empty<object>() });

    private Answer Show(Call call) =>
        ById(call) is { } dossier ? Answer.Json(200, Shown(dossier)) : Answer.Error(404, "NOT_FOUND", "No such intervention");

    private Answer AddDocuments(Call call)
    {
        if (ById(call) is not { } dossier)
            return Answer.Error(404, "NOT_FOUND", "No such intervention");
        if (call.Json()?["documents"] is not JsonArray)
            return Answer.Error(422, "VALIDATION_ERROR", "documents is required", ("documents", "required"));
        lock (dossier)
            dossier.Files.AddRange(SandboxFiles.NamedIn(call.Json()!));
        files.Fetch(dossier);
        return Answer.Json(200, Shown(dossier));
    }

    private SandboxDossier? ById(Call call) => store.Dossiers.Values.FirstOrDefault(d => d.Id == call.Route("id"));

    private static object Shown(SandboxDossier d) =>
        new { id = d.Id, external_id = d.ExternalId, status = d.Status, created_at = d.AcceptedAt, updated_at = d.UpdatedAt, next_steps = Array.Empty<string>() };

    private static object Address() => new { street = "12 rue des Lilas", postal_code = "69003", city = "Lyon" };

    [GeneratedRegex("^[0-9]{14}$")]
    private static partial Regex FourteenDigits();

    private sealed record Call(HttpContext Http, string? Body, Arrival Arrival)
    {
        public string Route(string name) => Http.Request.RouteValues[name]?.ToString() ?? "";

        public JsonObject? Json()
        {
            try
            {
                return Body is null ? null : JsonNode.Parse(Body) as JsonObject;
            }
            catch (JsonException)
            {
                return null;
            }
        }
    }
}

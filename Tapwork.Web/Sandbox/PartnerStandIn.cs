using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Tapwork.Web.Sandbox;

/// <summary>Stands in for any number of partners that take dossiers, told apart by the name in the path; signed in to in any of the four ways.</summary>
public sealed class PartnerStandIn(SandboxSettings settings, SandboxStore store, SandboxDoor door)
{
    /// <summary>Below the sandbox, before the partner's name.</summary>
    public const string Path = "/sandbox/partner";

    private readonly ConcurrentDictionary<string, bool> _tokens = new();

    public void Map(IEndpointRouteBuilder routes)
    {
        var partner = routes.MapGroup(Path + "/{name}").AllowAnonymous().DisableAntiforgery();
        partner.MapPost("/auth/token", context => PassAsync(context, isOpen: true, (body, _) => Token(body)));
        partner.MapPost("/dossiers", context => PassAsync(context, isOpen: false, (body, _) => Take(NameOf(context), body)));
        partner.MapGet("/dossiers/{externalId}", context => PassAsync(context, isOpen: false, (_, _) =>
            store.PartnerDossiers.ContainsKey((NameOf(context), context.Request.RouteValues["externalId"]!.ToString()!)) ? Answer.Json(200, new { status = "received" }) : Answer.Error(404, "NOT_FOUND", "No such dossier")));
    }

    private Task PassAsync(HttpContext context, bool isOpen, Func<string?, Arrival, Answer> answer) => door.PassAsync(
        context, context.Request.Path.Value!["/sandbox".Length..], (_, _) => isOpen || IsKnown(context.Request.Headers) ? null : Answer.Error(401, "UNAUTHORIZED", "Unknown key, token or password"),
        _tokens.Clear, _ => { }, answer);

    private Answer Token(string? body)
    {
        var form = Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(body);
        if (form.GetValueOrDefault("client_id") != settings.ClientId || form.GetValueOrDefault("client_secret") != settings.ClientSecret)
            return Answer.Error(401, "UNAUTHORIZED", "Unknown client or wrong secret");
        var token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
        _tokens[token] = true;
        return Answer.Json(200, new { access_token = token, token_type = "Bearer", expires_in = settings.TokenSeconds });
    }

    private Answer Take(string name, string? body)
    {
        if (Parse(body)?["external_id"]?.ToString() is not { Length: > 0 } externalId)
            return Answer.Error(422, "VALIDATION_ERROR", "external_id is required", ("external_id", "required"));
        var id = $"par_{Guid.CreateVersion7():n}";
        return store.TryAdd(name, externalId, new SandboxPartnerDossier(name, externalId, id, body!))
            ? Answer.Json(201, new { id, external_id = externalId, status = "received" })
            : Answer.Json(409, new { id = store.PartnerDossiers[(name, externalId)].Id, error = new { code = "CONFLICT", message = "external_id is already known" } });
    }

    private bool IsKnown(IHeaderDictionary headers)
    {
        var authorization = headers.Authorization.ToString();
        return headers["X-Api-Key"] == settings.PartnerSecret
            || authorization == $"Bearer {settings.PartnerSecret}"
            || authorization == $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"{settings.ClientId}:{settings.PartnerSecret}"))}"
            || (authorization.StartsWith("Bearer ", StringComparison.Ordinal) && _tokens.ContainsKey(authorization[7..]));
    }

    private static string NameOf(HttpContext context) => context.Request.RouteValues["name"]!.ToString()!;

    private static JsonNode? Parse(string? body)
    {
        try
        {
            return body is null ? null : JsonNode.Parse(body);
        }
        catch (System.Text.Json.JsonException)
        {
            return null;
        }
    }
}

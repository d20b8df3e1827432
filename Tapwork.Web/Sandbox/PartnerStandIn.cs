using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.WebUtilities;

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
        partner.MapPost("/auth/token", context => PassAsync(context, isOpen: true, (body, _) => Token(context.Request.Headers.Authorization.ToString(), body)));
        partner.MapPost("/dossiers", context => PassAsync(context, isOpen: false, (body, _) => Take(NameOf(context), body)));
        partner.MapGet("/dossiers/{externalId}", context => PassAsync(context, isOpen: false, (_, _) => Show(NameOf(context), context.Request.RouteValues["externalId"]!.ToString()!)));
    }

    private Task PassAsync(HttpContext context, bool isOpen, Func<string?, Arrival, Answer> answer) => door.PassAsync(
        context, context.Request.Path.Value!["/sandbox".Length..], (_, _) => isOpen || IsKnown(context.Request.Headers) ? null : Answer.Error(401, "UNAUTHORIZED", "Unknown key, token or password"),
        _tokens.Clear, _ => { }, answer);

    // Id and secret in the form or by HTTP Basic (RFC 6749, 2.3.1), never both.
    private Answer Token(string authorization, string? body)
    {
        var form = QueryHelpers.ParseQuery(body);
        if (form.GetValueOrDefault("grant_type") != "client_credentials")
            return Answer.Error(400, "INVALID_REQUEST", "grant_type must be client_credentials");
        var (inForm, byBasic) = (IsClient(form.GetValueOrDefault("client_id"), form.GetValueOrDefault("client_secret")), BasicOf(authorization) is [var id, var secret] && IsClient(id, secret));
        if (authorization.Length > 0 && form.ContainsKey("client_secret"))
            return Answer.Error(400, "INVALID_REQUEST", "The client signs in twice");
        if (!inForm && !byBasic)
            return Answer.Error(401, "UNAUTHORIZED", "Unknown client or wrong secret");
        var token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
        _tokens[token] = true;
        return Answer.Json(200, new { access_token = token, token_type = "Bearer", expires_in = settings.TokenSeconds });
    }

    private bool IsClient(string? id, string? secret) => id == settings.ClientId && secret == settings.ClientSecret;

    // Each half is form-encoded before they are joined.
    private static string[] BasicOf(string authorization)
    {
        if (!authorization.StartsWith("Basic ", StringComparison.Ordinal))
            return [];
        var joined = new byte[authorization.Length];
        return Convert.TryFromBase64String(authorization[6..], joined, out var length)
            ? [.. Encoding.UTF8.GetString(joined, 0, length).Split(':').Select(half => WebUtility.UrlDecode(half))] : [];
    }

    private Answer Show(string name, string externalId) => store.PartnerDossiers.TryGetValue((name, externalId), out var known)
        ? Answer.Json(200, new { id = known.Id, external_id = known.ExternalId, status = "received" })
        : Answer.Error(404, "NOT_FOUND", "No such dossier");

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

    private static JsonObject? Parse(string? body)
    {
        try
        {
            return body is null ? null : JsonNode.Parse(body) as JsonObject;
        }
        catch (System.Text.Json.JsonException)
        {
            return null;
        }
    }
}

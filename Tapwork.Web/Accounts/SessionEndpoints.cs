using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Mvc;
using Tapwork.Infrastructure.Accounts;

namespace Tapwork.Web.Accounts;

public static class SessionEndpoints
{
    public static void MapSessions(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/account/sign-out", SignOutAsync).RequireAuthorization(Policies.SignedIn);
        routes.MapPost("/account/language", SpeakAsync).AllowAnonymous();
    }

    private static async Task<IResult> SignOutAsync(HttpContext context, SignInDesk desk, [FromForm] string? reason)
    {
        await desk.SignOutAsync(context.ActorOf(), context.RequestAborted);
        await context.SignOutAsync();
        return Results.LocalRedirect("/sign-in");
    }

    private static async Task<IResult> SpeakAsync(HttpContext context, AccountDesk desk, [FromForm] string culture, [FromForm] string? to)
    {
        if (culture is not ("fr" or "en"))
            return Results.BadRequest();
        context.Speak(culture);
        if (context.User.Identity?.IsAuthenticated == true)
            await desk.SpeakAsync(context.ActorOf(), culture, context.RequestAborted);
        return Results.LocalRedirect(LocalPath.Of(to));
    }
}

/// <summary>Where a form may lead back to: a path of this application, nothing else.</summary>
public static class LocalPath
{
    public static string Of(string? path) =>
        path is ['/'] or ['/', not ('/' or '\\'), ..] && !path.Any(char.IsControl) ? InHeader(path) : "/";

    // A header holds ASCII; half an emoji becomes the replacement character.
    private static string InHeader(string path) => string.Concat(path.EnumerateRunes().Select(r => r.IsAscii ? r.ToString() : Uri.EscapeDataString(r.ToString())));
}

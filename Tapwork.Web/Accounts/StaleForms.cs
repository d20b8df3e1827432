using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Components.Endpoints;

namespace Tapwork.Web.Accounts;

/// <summary>Answers a form whose antiforgery token is missing, or belongs to another session: a second tab signed in or out meanwhile.</summary>
internal static class StaleForms
{
    /// <summary>The query value that makes an account page say that its form was stale.</summary>
    public const string Mark = "stale";

    private const string TokenField = "__RequestVerificationToken";

    public static void UseStaleForms(this WebApplication app) => app.Use((context, next) =>
        context.Features.Get<IAntiforgeryValidationFeature>() is { IsValid: false } ? AnswerAsync(context) : next(context));

    // A form without any token comes from elsewhere and is refused. The form of this application is shown again.
    private static async Task AnswerAsync(HttpContext context)
    {
        // The framework guards the form by this; what follows only reads where to go.
        context.Features.Set<IAntiforgeryValidationFeature>(null);
        var form = context.Request.HasFormContentType ? await context.Request.ReadFormAsync(context.RequestAborted) : FormCollection.Empty;
        if (form.ContainsKey(TokenField) && TargetOf(context, form) is { } target)
        {
            context.Response.StatusCode = StatusCodes.Status303SeeOther;
            context.Response.Headers.Location = target;
        }
        else
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
    }

    private static string? TargetOf(HttpContext context, IFormCollection form)
    {
        var (path, query) = (context.Request.Path, context.Request.QueryString);
        // The other tab has done what this form was for.
        if (context.User.Identity?.IsAuthenticated == true && (path == "/sign-in" || path == "/setup"))
            return LocalPath.Of(context.Request.Query["to"]);
        // Somebody else is signed in there now: nobody is signed out by a button that was meant for another.
        if (path == "/account/sign-out")
            return "/";
        if (path == "/account/language")
            return Marked(LocalPath.Of(form["to"]));
        return context.GetEndpoint()?.Metadata.GetMetadata<ComponentTypeMetadata>() is null ? null : Marked(path.ToUriComponent() + query.ToUriComponent());
    }

    private static string Marked(string path) => $"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}{Mark}=1";
}

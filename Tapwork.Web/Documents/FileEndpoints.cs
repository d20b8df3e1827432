using Microsoft.Net.Http.Headers;
using Tapwork.Core.Documents;
using Tapwork.Infrastructure.Auditing;
using Tapwork.Infrastructure.Documents;
using Tapwork.Infrastructure.Interventions;
using Tapwork.Web.Accounts;

namespace Tapwork.Web.Documents;

public static class FileEndpoints
{
    public static void MapFiles(this IEndpointRouteBuilder routes)
    {
        // Anonymous: the signature of the link is the pass.
        routes.MapGet(FileLinks.Path + "{token}", Linked).AllowAnonymous();
        routes.MapGet("/interventions/{id:guid}/files/{sha256}", ShownAsync).RequireAuthorization(Policies.SignedIn);
    }

    private static IResult Linked(string token, FileLinks links, IFileStore files) =>
        links.Read(token) is { } sha256 && files.Open(sha256) is { } content
            ? Results.Stream(content, "application/octet-stream", enableRangeProcessing: true)
            : Results.NotFound();

    private static async Task<IResult> ShownAsync(Guid id, string sha256, HttpContext context, InterventionQueries interventions, IFileStore files, AuditViews views)
    {
        if (await interventions.FindFileAsync(context.ActorOf(), id, sha256, context.RequestAborted) is not ({ } file, var incomeProof) || files.Open(sha256) is not { } content)
            return Results.NotFound();
        if (incomeProof is { } photo)
            await views.IncomeProofAsync(context.ActorOf(), photo, context.RequestAborted);
        // The address names the content: it may be kept for ever, by this browser only. But each look at an income proof is told.
        context.Response.Headers.CacheControl = incomeProof is null ? "private, max-age=31536000, immutable" : "no-store";
        context.Response.Headers.ContentDisposition = new ContentDispositionHeaderValue("inline") { FileNameStar = file.Name }.ToString();
        return Results.Stream(content, file.ContentType, entityTag: incomeProof is null ? new EntityTagHeaderValue($"\"{sha256}\"") : null, enableRangeProcessing: true);
    }
}

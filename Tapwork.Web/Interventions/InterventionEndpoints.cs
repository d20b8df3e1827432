using Microsoft.Extensions.Localization;
using Tapwork.Core;
using Tapwork.Core.Accounts;
using Tapwork.Core.Documents;
using Tapwork.Infrastructure.Documents;
using Tapwork.Infrastructure.Interventions;
using Tapwork.Web.Accounts;
using Tapwork.Web.Shell;

namespace Tapwork.Web.Interventions;

/// <summary>Photos and documents come by HTTP, streamed to the store: a phone's file picker would drop a circuit's connection.</summary>
public static class InterventionEndpoints
{
    public static void MapInterventions(this IEndpointRouteBuilder routes)
    {
        var one = routes.MapGroup("/interventions/{id:guid}").RequireAuthorization(Policies.SignedIn).AddEndpointFilter<AntiforgeryHeader>();
        one.MapPost("/photos", (Guid id, PhotoKind kind, double? latitude, double? longitude, double? accuracy, GeotagSource? source, DateTimeOffset? takenAt, string name,
            HttpContext context, InterventionWorkflow workflow, Uploads uploads) =>
            TakeAsync(context, async (actor, cancel) =>
            {
                await workflow.MustTakeEvidenceAsync(actor, id, cancel);
                using var file = await uploads.ReceiveAsync(actor, context.Request.Body, context.Request.ContentLength, name, FileContent.LargestPhoto, cancel);
                var exif = ExifOf(file);
                var told = latitude is { } lat && longitude is { } lon ? new Geotag(lat, lon, accuracy, source ?? GeotagSource.Browser) : null;
                // Where the browser does not know, or not well enough, the camera may have.
                var geotag = told is null or { Accuracy: > 100 } ? exif.Geotag ?? told : told;
                await workflow.AddPhotoAsync(actor, id, kind, file, geotag, exif.TakenAt ?? takenAt, cancel);
            }));
        one.MapPost("/documents", (Guid id, DocumentKind kind, string name, HttpContext context, InterventionWorkflow workflow, Uploads uploads) =>
            TakeAsync(context, async (actor, cancel) =>
            {
                await workflow.MustTakeEvidenceAsync(actor, id, cancel);
                using var file = await uploads.ReceiveAsync(actor, context.Request.Body, context.Request.ContentLength, name, FileContent.LargestDocument, cancel);
                await workflow.AddDocumentAsync(actor, id, kind, file, cancel);
            }));
    }

    private static async Task<IResult> TakeAsync(HttpContext context, Func<Actor, CancellationToken, Task> take)
    {
        try
        {
            await take(context.ActorOf(), context.RequestAborted);
            return Results.NoContent();
        }
        catch (RuleViolation refusal)
        {
            return Results.Json(new { rule = refusal.Rule, message = TextsOf(context).Say(refusal) }, statusCode: 422);
        }
        catch (IOException e) when (DiskIsFull(e))
        {
            return Results.Json(new { rule = "file.no_room", message = TextsOf(context)["rule.file.no_room"].Value }, statusCode: 507);
        }
    }

    private static PhotoExif ExifOf(IStagedFile file)
    {
        using var content = file.Open();
        return PhotoExif.Read(content);
    }

    private static IStringLocalizer<Texts> TextsOf(HttpContext context) => context.RequestServices.GetRequiredService<IStringLocalizer<Texts>>();

    // ENOSPC, and Windows' own number for it.
    private static bool DiskIsFull(IOException e) => (e.HResult & 0xFFFF) is 28 or 112;
}

using Microsoft.Extensions.Localization;
using Tapwork.Core;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Auditing;
using Tapwork.Web.Accounts;
using Tapwork.Web.Shell;

namespace Tapwork.Web.Auditing;

/// <summary>What leaves the trail as a file: streamed, whatever its length.</summary>
public static class AuditEndpoints
{
    /// <summary>So many entries fit a document that somebody reads.</summary>
    private const int MostOnPaper = 2000;

    public static void MapAudit(this IEndpointRouteBuilder routes)
    {
        var trail = routes.MapGroup("/audit").RequireAuthorization(Policies.Manager);
        trail.MapGet("/export.csv", (HttpContext context, AuditExport export) =>
            SendAsync(context, "csv", "text/csv; charset=utf-8", (actor, filter, to, cancel) => export.WriteCsvAsync(actor, filter, to, cancel)));
        trail.MapGet("/export.json", (HttpContext context, AuditExport export) =>
            SendAsync(context, "json", "application/json", (actor, filter, to, cancel) => export.WriteProofAsync(actor, filter, to, cancel)));
        trail.MapGet("/export.pdf", (HttpContext context, AuditExport export, IStringLocalizer<Texts> texts, TimeProvider clock) =>
            SendAsync(context, "pdf", "application/pdf", async (actor, filter, to, cancel) =>
            {
                var (rows, more) = await export.ReadForPaperAsync(actor, filter, MostOnPaper, cancel);
                using var whole = new MemoryStream();
                AuditPaper.Write(texts, rows, more, actor.Name, clock.GetUtcNow(), whole);
                whole.Position = 0;
                await whole.CopyToAsync(to, cancel);
            }));
    }

    private static async Task SendAsync(HttpContext context, string form, string contentType, Func<Actor, AuditFilter, Stream, CancellationToken, Task> write)
    {
        var (query, actor) = (context.Request.Query, context.ActorOf());
        var filter = AuditAddress.Read(name => query[name].LastOrDefault() is { Length: > 0 } value ? value : null);
        context.Response.ContentType = contentType;
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.ContentDisposition = $"attachment; filename=\"tapwork-audit.{form}\"";
        try
        {
            await write(actor, filter, context.Response.Body, context.RequestAborted);
        }
        catch (RuleViolation refusal) when (!context.Response.HasStarted)
        {
            context.Response.Clear();
            context.Response.StatusCode = StatusCodes.Status422UnprocessableEntity;
            await context.Response.WriteAsync(context.RequestServices.GetRequiredService<IStringLocalizer<Texts>>().Say(refusal), context.RequestAborted);
        }
    }
}

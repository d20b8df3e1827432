using Microsoft.EntityFrameworkCore;
using Tapwork.Core;
using Tapwork.Core.Accounts;
using Tapwork.Core.Documents;
using Tapwork.Infrastructure.Accounts;

namespace Tapwork.Infrastructure.Interventions;

/// <summary>Photos and signed documents; the file itself is kept once the intervention has taken it, and before that is committed.</summary>
public sealed partial class InterventionWorkflow
{
    /// <summary>Asked before a file is received: refuses who may not add evidence to the intervention, and any state in which it takes none.</summary>
    public async Task MustTakeEvidenceAsync(Actor actor, Guid id, CancellationToken cancel)
    {
        await using var db = database.Open(actor);
        await db.MustBeActiveAsync(clock.GetUtcNow(), cancel);
        var intervention = await db.Interventions.AsNoTracking().SeenBy(actor).SingleOrDefaultAsync(i => i.Id == id, cancel) ?? throw new RuleViolation("intervention.unknown");
        intervention.MustBeEditable();
    }

    public Task AddPhotoAsync(Actor actor, Guid id, PhotoKind kind, IStagedFile staged, Geotag? geotag, DateTimeOffset? takenAt, CancellationToken cancel) =>
        MoveAsync(actor, id, (i, now) =>
        {
            i.AddPhoto(kind, staged.File, geotag, takenAt, now);
            staged.Keep();
        }, cancel);

    public Task RemovePhotoAsync(Actor actor, Guid id, Guid photoId, CancellationToken cancel) =>
        MoveAsync(actor, id, (i, now) => i.RemovePhoto(photoId, now), cancel);

    public Task AddDocumentAsync(Actor actor, Guid id, DocumentKind kind, IStagedFile staged, CancellationToken cancel) =>
        MoveAsync(actor, id, (i, now) =>
        {
            i.AddDocument(kind, staged.File, actor, now);
            staged.Keep();
        }, cancel);

    /// <summary>The office found the document signed and legible.</summary>
    public Task CheckDocumentAsync(Actor actor, Guid id, Guid documentId, CancellationToken cancel) =>
        MoveAsync(actor, id, (i, now) => i.CheckDocument(documentId, actor, now), cancel);
}

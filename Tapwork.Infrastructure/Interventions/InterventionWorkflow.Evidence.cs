using Tapwork.Core.Accounts;
using Tapwork.Core.Documents;

namespace Tapwork.Infrastructure.Interventions;

/// <summary>Photos and signed documents; the file itself was stored before.</summary>
public sealed partial class InterventionWorkflow
{
    public Task AddPhotoAsync(Actor actor, Guid id, PhotoKind kind, FileRef file, Geotag? geotag, DateTimeOffset? takenAt, CancellationToken cancel) =>
        MoveAsync(actor, id, (i, now) => i.AddPhoto(kind, file, geotag, takenAt, now), cancel);

    public Task RemovePhotoAsync(Actor actor, Guid id, Guid photoId, CancellationToken cancel) =>
        MoveAsync(actor, id, (i, now) => i.RemovePhoto(photoId, now), cancel);

    public Task AddDocumentAsync(Actor actor, Guid id, DocumentKind kind, FileRef file, CancellationToken cancel) =>
        MoveAsync(actor, id, (i, now) => i.AddDocument(kind, file, now), cancel);
}

using Tapwork.Core.Accounts;
using Tapwork.Core.Documents;

namespace Tapwork.Core.Interventions;

/// <summary>Photos and signed documents, and what is still missing of them.</summary>
public sealed partial class Intervention
{
    private readonly List<Photo> _photos = [];
    private readonly List<SignedDocument> _documents = [];
    private static readonly DocumentKind[] NeededDocuments = [DocumentKind.Invoice, DocumentKind.SymphonicsContract];

    public IReadOnlyList<Photo> Photos => _photos;
    public IReadOnlyList<SignedDocument> Documents => _documents;

    public Photo AddPhoto(PhotoKind kind, FileRef file, Geotag? geotag, DateTimeOffset? takenAt, DateTimeOffset now)
    {
        MustBeEditable();
        var photo = Photo.Take(Id, kind, file, geotag, takenAt, now);
        _photos.Add(photo);
        ChangedAt = now;
        Raise(new EvidenceAdded(Id, kind.ToString()));
        return photo;
    }

    public void RemovePhoto(Guid photoId, DateTimeOffset now)
    {
        MustBeEditable();
        var photo = _photos.Find(p => p.Id == photoId) ?? throw new RuleViolation("photo.unknown");
        _photos.Remove(photo);
        ChangedAt = now;
        Raise(new EvidenceRemoved(Id, photo.Kind.ToString()));
    }

    /// <summary>A document of the same kind takes the earlier one's place; what was sent stays as it was in its dossier.</summary>
    public SignedDocument AddDocument(DocumentKind kind, FileRef file, Actor by, DateTimeOffset now)
    {
        MustBeEditable();
        _documents.RemoveAll(d => d.Kind == kind);
        var document = SignedDocument.Upload(Id, kind, file, by, now);
        _documents.Add(document);
        ChangedAt = now;
        Raise(new EvidenceAdded(Id, kind.ToString()));
        return document;
    }

    /// <summary>The office has looked at an installer's document: it is signed and legible. A replaced one has another id and is looked at anew.</summary>
    public void CheckDocument(Guid documentId, Actor by, DateTimeOffset now)
    {
        by.MustBe(Role.Office, Role.Manager, Role.Admin);
        MustBeEditable();
        var document = _documents.Find(d => d.Id == documentId) ?? throw new RuleViolation("document.unknown");
        if (document.CheckedAt is not null)
            return;
        document.Check(by, now);
        ChangedAt = now;
        Raise(new DocumentChecked(Id, document.Kind.ToString()));
    }

    /// <summary>What keeps it from being finalised, each with the field or section to mend it in; empty when nothing does.</summary>
    public IEnumerable<Violation> MissingToFinalise()
    {
        if (Pdl is null)
            yield return new Violation("intervention.pdl_missing", nameof(Pdl));
        else if (PdlState == PdlState.Unchecked)
            yield return new Violation("intervention.pdl_unchecked", nameof(Pdl));
        if (AccountState != AccountState.Exists)
            yield return new Violation(
                AccountState == AccountState.Missing ? "intervention.account_missing" : "intervention.account_unchecked", nameof(Email));
        if (Equipment.Count == 0)
            yield return new Violation("intervention.equipment_missing", nameof(Equipment));
        foreach (var (kind, needed) in NeededPhotos())
            if (_photos.Count(p => p.Kind == kind) is var have && have < needed)
                yield return new Violation("intervention.photos_missing", nameof(Photos), kind, needed - have);
    }

    /// <summary>What keeps the installation from being declared done.</summary>
    public IEnumerable<Violation> MissingToComplete()
    {
        foreach (var missing in MissingToFinalise())
            yield return missing;
        foreach (var kind in NeededDocuments)
            if (!_documents.Exists(d => d.Kind == kind))
                yield return new Violation("intervention.document_missing", nameof(Documents), kind);
        // All of them go out with the dossier, the optional ones too.
        foreach (var document in _documents.Where(d => d.CheckedAt is null))
            yield return new Violation("intervention.document_unchecked", nameof(Documents), document.Kind);
    }

    // As many before and after as pieces installed, one application, one meter photo for each delivery point given.
    private IEnumerable<(PhotoKind Kind, int Needed)> NeededPhotos()
    {
        var pieces = Equipment.Sum(e => e.Quantity);
        yield return (PhotoKind.Before, pieces);
        yield return (PhotoKind.After, pieces);
        yield return (PhotoKind.Application, 1);
        yield return (PhotoKind.Meter, (Pdl is null ? 0 : 1) + (Pce is null ? 0 : 1));
    }
}

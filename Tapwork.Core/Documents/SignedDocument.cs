namespace Tapwork.Core.Documents;

public enum DocumentKind
{
    Quote,
    Invoice,
    SymphonicsContract,
    SwornStatement,
}

/// <summary>A signed document, uploaded as PDF.</summary>
public sealed class SignedDocument : Entity
{
    private SignedDocument() { }

    public Guid InterventionId { get; private set; }
    public DocumentKind Kind { get; private set; }
    public string Sha256 { get; private set; } = "";
    public long Size { get; private set; }
    public string Name { get; private set; } = "";
    public DateTimeOffset AddedAt { get; private set; }

    internal static SignedDocument Upload(Guid interventionId, DocumentKind kind, FileRef file, DateTimeOffset now)
    {
        if (file.ContentType != "application/pdf")
            throw new RuleViolation("document.not_a_pdf", nameof(SignedDocument));
        if (file.Size > FileContent.LargestDocument)
            throw new RuleViolation("document.too_large", nameof(SignedDocument), FileContent.LargestDocument / 1_000_000);
        return new SignedDocument
        {
            InterventionId = interventionId,
            Kind = kind,
            Sha256 = file.Sha256,
            Size = file.Size,
            Name = file.Name,
            AddedAt = now,
        };
    }
}

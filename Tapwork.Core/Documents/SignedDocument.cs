using Tapwork.Core.Accounts;

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

    /// <summary>When the office found it signed and legible; null until then.</summary>
    public DateTimeOffset? CheckedAt { get; private set; }

    public Guid? CheckedBy { get; private set; }

    /// <summary>Keeps a PDF. What the office uploads it has seen; everybody else's waits for the office.</summary>
    internal static SignedDocument Upload(Guid interventionId, DocumentKind kind, FileRef file, Actor by, DateTimeOffset now)
    {
        if (file.ContentType != "application/pdf")
            throw new RuleViolation("document.not_a_pdf", nameof(SignedDocument));
        if (file.Size > FileContent.LargestDocument)
            throw new RuleViolation("document.too_large", nameof(SignedDocument), FileContent.LargestDocument / 1_000_000);
        var document = new SignedDocument
        {
            InterventionId = interventionId,
            Kind = kind,
            Sha256 = file.Sha256,
            Size = file.Size,
            Name = file.Name,
            AddedAt = now,
        };
        if (by.SeesAllCompanies)
            document.Check(by, now);
        return document;
    }

    internal void Check(Actor by, DateTimeOffset now) => (CheckedAt, CheckedBy) = (now, by.PersonId);
}

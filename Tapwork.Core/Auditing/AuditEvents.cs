namespace Tapwork.Core.Auditing;

/// <summary>The audit trail does not agree with its keys or its signed heads; the subject is the verification that found it.</summary>
public sealed record AuditBroken(Guid Subject) : DomainEvent(Subject)
{
    public const string Name = "audit.broken";
    public override string Topic => Name;
}

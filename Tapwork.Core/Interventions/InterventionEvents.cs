namespace Tapwork.Core.Interventions;

public sealed record InterventionEntered(Guid Subject, Guid CompanyId, string OperationCode) : DomainEvent(Subject)
{
    public override string Topic => "intervention.entered";
}

public sealed record InterventionChanged(Guid Subject) : DomainEvent(Subject)
{
    public override string Topic => "intervention.changed";
}

public sealed record InterventionAssigned(Guid Subject, Guid? Installer) : DomainEvent(Subject)
{
    public override string Topic => "intervention.assigned";
}

public sealed record InterventionMoved(Guid Subject, InterventionStatus From, InterventionStatus To) : DomainEvent(Subject)
{
    public override string Topic => "intervention.moved";
}

public sealed record PdlChecked(Guid Subject, PdlState State) : DomainEvent(Subject)
{
    public override string Topic => "intervention.pdl_checked";
}

public sealed record AccountChecked(Guid Subject, AccountState State) : DomainEvent(Subject)
{
    public override string Topic => "intervention.account_checked";
}

public sealed record EvidenceAdded(Guid Subject, string Kind) : DomainEvent(Subject)
{
    public override string Topic => "intervention.evidence_added";
}

public sealed record EvidenceRemoved(Guid Subject, string Kind) : DomainEvent(Subject)
{
    public override string Topic => "intervention.evidence_removed";
}

public sealed record DocumentChecked(Guid Subject, string Kind) : DomainEvent(Subject)
{
    public override string Topic => "intervention.document_checked";
}

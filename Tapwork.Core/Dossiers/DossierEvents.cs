namespace Tapwork.Core.Dossiers;

/// <summary>The event that sends a dossier on its way.</summary>
public sealed record DossierPrepared(Guid Subject, Guid InterventionId, int Revision) : DomainEvent(Subject)
{
    public const string Name = "dossier.prepared";
    public override string Topic => Name;
}

public sealed record DossierAccepted(Guid Subject, Guid InterventionId) : DomainEvent(Subject)
{
    public const string Name = "dossier.accepted";
    public override string Topic => Name;
}

public sealed record DossierRefused(Guid Subject, Guid InterventionId) : DomainEvent(Subject)
{
    public const string Name = "dossier.refused";
    public override string Topic => Name;
}

public sealed record DossierStalled(Guid Subject, Guid InterventionId) : DomainEvent(Subject)
{
    public const string Name = "dossier.stalled";
    public override string Topic => Name;
}

public sealed record DossierResumed(Guid Subject, Guid InterventionId) : DomainEvent(Subject)
{
    public override string Topic => "dossier.resumed";
}

public sealed record DossierApproved(Guid Subject, Guid InterventionId) : DomainEvent(Subject)
{
    public const string Name = "dossier.approved";
    public override string Topic => Name;
}

public sealed record DossierRejected(Guid Subject, Guid InterventionId) : DomainEvent(Subject)
{
    public const string Name = "dossier.rejected";
    public override string Topic => Name;
}

/// <param name="Status">The status as the partner named it.</param>
public sealed record DossierStatusHeard(Guid Subject, Guid InterventionId, string Status) : DomainEvent(Subject)
{
    public override string Topic => "dossier.status_heard";
}

public sealed record DossierPartnerHeard(Guid Subject, Guid InterventionId, string Partner, string Status) : DomainEvent(Subject)
{
    public override string Topic => "dossier.partner_heard";
}

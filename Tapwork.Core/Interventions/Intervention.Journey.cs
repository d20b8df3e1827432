using Tapwork.Core.Accounts;
using Tapwork.Core.Dossiers;
using static Tapwork.Core.Interventions.InterventionStatus;

namespace Tapwork.Core.Interventions;

/// <summary>The state machine: each verb names the state it leaves, and refuses any other.</summary>
public sealed partial class Intervention
{
    public InterventionStatus Status { get; private set; }

    /// <summary>The person in charge: whoever last moved it.</summary>
    public Guid? MovedBy { get; private set; }

    public DateTimeOffset MovedAt { get; private set; }
    public string? CancelledBecause { get; private set; }

    /// <summary>State of the latest dossier; null before there is one.</summary>
    public DossierState? DossierState { get; private set; }

    /// <summary>Sending the latest dossier was given up or is in doubt.</summary>
    public bool IsDossierStalled { get; private set; }

    private bool IsDossierUnderWay => !IsDossierStalled && DossierState is (Dossiers.DossierState.Preparing or Dossiers.DossierState.Sending);

    /// <summary>0 before the first dossier.</summary>
    public int DossierRevision { get; private set; }

    public void Start(Actor by, DateTimeOffset now)
    {
        Leave("intervention.not_to_process", ToProcess);
        MoveTo(InProgress, by, now);
    }

    public void SendQuote(Actor by, DateTimeOffset now)
    {
        Leave("intervention.not_in_progress", InProgress);
        if (!NeedsQuote)
            throw new RuleViolation("intervention.quote_not_needed");
        MoveTo(QuoteSent, by, now);
    }

    /// <param name="on">The day of signature: the engagement the sheet's version is chosen by.</param>
    public void SignQuote(DateOnly on, Actor by, DateTimeOffset now)
    {
        Leave("intervention.quote_not_sent", QuoteSent);
        if (on > Paris.DayOf(now))
            throw new RuleViolation("intervention.engagement_in_future", nameof(EngagedOn));
        EngagedOn = on;
        MoveTo(QuoteSigned, by, now);
    }

    /// <summary>Finalises: the documents go out for signature. Needs a valid PDL, complete photos and a Symphonics account.</summary>
    public void SendDocuments(Actor by, DateTimeOffset now)
    {
        Leave(NeedsQuote ? "intervention.quote_not_signed" : "intervention.not_in_progress", NeedsQuote ? QuoteSigned : InProgress);
        RuleViolation.ThrowIfAny([.. MissingToFinalise()]);
        MoveTo(InvoiceSent, by, now);
    }

    /// <summary>Everything is installed and signed; needs the signed invoice and the signed Symphonics contract.</summary>
    public void CompleteInstallation(Actor by, DateTimeOffset now)
    {
        Leave("intervention.documents_not_sent", InvoiceSent);
        RuleViolation.ThrowIfAny([.. MissingToComplete()]);
        CompletedOn ??= Paris.DayOf(now);
        MoveTo(InstallationDone, by, now);
    }

    public void Cancel(string reason, Actor by, DateTimeOffset now)
    {
        if (IsDossierUnderWay)
            throw new RuleViolation("intervention.dossier_being_sent");
        Leave("intervention.not_cancellable", ToProcess, InProgress, QuoteSent, QuoteSigned, InvoiceSent, InstallationDone, MaintenanceRequired);
        var broken = new List<Violation>();
        CancelledBecause = Field.Required(reason, nameof(CancelledBecause), 1000, broken);
        RuleViolation.ThrowIfAny(broken);
        MoveTo(Cancelled, by, now);
    }

    public void RequireMaintenance(Actor by, DateTimeOffset now)
    {
        Leave("intervention.not_installed", InstallationDone, Published);
        if (IsDossierUnderWay)
            throw new RuleViolation("intervention.dossier_being_sent");
        MoveTo(MaintenanceRequired, by, now);
    }

    public void ResumeWork(Actor by, DateTimeOffset now)
    {
        Leave("intervention.no_maintenance_required", MaintenanceRequired);
        MoveTo(InProgress, by, now);
    }

    public void FinishMaintenance(Actor by, DateTimeOffset now)
    {
        Leave("intervention.no_maintenance_required", MaintenanceRequired);
        RuleViolation.ThrowIfAny([.. MissingToComplete()]);
        MoveTo(InstallationDone, by, now);
    }

    /// <summary>Keeps what became of the latest dossier; an older revision's late outcome changes nothing. Accepted publishes.</summary>
    public void Follow(Dossier dossier, Actor by, DateTimeOffset now)
    {
        if (dossier.Revision < DossierRevision)
            return;
        (DossierRevision, DossierState, IsDossierStalled) = (dossier.Revision, dossier.State, dossier.IsStalled);
        // A verdict told by webhook before our own acceptance was recorded says that they have it, too.
        if (dossier.State is Dossiers.DossierState.Accepted or Dossiers.DossierState.Approved or Dossiers.DossierState.Rejected && Status == InstallationDone)
            MoveTo(Published, by, now, keepPersonInCharge: true);
    }

    /// <summary>After maintenance that changed nothing the partner should know: what it has still stands.</summary>
    public void StandByDossier(Actor by, DateTimeOffset now)
    {
        if (Status == InstallationDone && DossierState is (Dossiers.DossierState.Accepted or Dossiers.DossierState.Approved))
            MoveTo(Published, by, now, keepPersonInCharge: true);
    }

    // Source of the rule: an invalid PDL blocks every status change, a merely unchecked one only the finalising.
    private void Leave(string rule, params ReadOnlySpan<InterventionStatus> from)
    {
        if (!from.Contains(Status))
            throw new RuleViolation(rule, null, Status);
        if (PdlState == PdlState.Invalid)
            throw new RuleViolation("intervention.pdl_invalid", nameof(Pdl));
    }

    private void MoveTo(InterventionStatus to, Actor by, DateTimeOffset now, bool keepPersonInCharge = false)
    {
        var from = Status;
        (Status, MovedAt, ChangedAt) = (to, now, now);
        if (!keepPersonInCharge)
            MovedBy = by.PersonId ?? MovedBy;
        Raise(new InterventionMoved(Id, from, to));
    }
}

using Tapwork.Core.Accounts;

namespace Tapwork.Core.Interventions;

/// <summary>One installer's work for one beneficiary at one address. Never deleted.</summary>
public sealed partial class Intervention : Entity
{
    private Intervention() { }

    /// <summary><c>INT-2026-000042</c>.</summary>
    public string Reference { get; private set; } = "";

    public Guid CompanyId { get; private set; }
    public Guid? CreatedBy { get; private set; }

    /// <summary>The installer it is given to.</summary>
    public Guid? AssignedTo { get; private set; }

    public string FirstName { get; private set; } = "";
    public string LastName { get; private set; } = "";
    public string Email { get; private set; } = "";

    /// <summary>E.164.</summary>
    public string Phone { get; private set; } = "";

    public string Street { get; private set; } = "";
    public string PostalCode { get; private set; } = "";
    public string City { get; private set; } = "";
    public string? Pdl { get; private set; }
    public PdlState PdlState { get; private set; }
    public string? Pce { get; private set; }
    public AccountState AccountState { get; private set; }
    public string OperationCode { get; private set; } = "";

    /// <summary>Whether the operation's engagement has to be proven by a signed quote.</summary>
    public bool NeedsQuote { get; private set; }

    public DateOnly? EngagedOn { get; private set; }
    public DateOnly? CompletedOn { get; private set; }
    public string? Notes { get; private set; }
    public IReadOnlyList<Equipment> Equipment { get; private set; } = [];
    public DateTimeOffset CreatedAt { get; private set; }
    public DateTimeOffset ChangedAt { get; private set; }

    public static Intervention Enter(
        string reference, Guid companyId, InterventionDetails details, bool needsQuote, Actor by, DateTimeOffset now)
    {
        var intervention = new Intervention
        {
            Reference = reference,
            CompanyId = companyId,
            CreatedBy = by.PersonId,
            AssignedTo = by.Role == Role.Installer ? by.PersonId : null,
            CreatedAt = now,
            MovedBy = by.PersonId,
            MovedAt = now,
        };
        intervention.Take(details, needsQuote, now);
        intervention.Raise(new InterventionEntered(intervention.Id, intervention.CompanyId, intervention.OperationCode));
        return intervention;
    }

    /// <summary>Replaces what was entered. An installer's first save begins the work.</summary>
    public void Change(InterventionDetails details, bool needsQuote, Actor by, DateTimeOffset now)
    {
        MustBeEditable();
        Take(details, needsQuote, now);
        Raise(new InterventionChanged(Id));
        if (Status == InterventionStatus.ToProcess && by.Role == Role.Installer)
            MoveTo(InterventionStatus.InProgress, by, now);
    }

    public void AssignTo(Guid? installer, DateTimeOffset now)
    {
        AssignedTo = installer;
        ChangedAt = now;
        Raise(new InterventionAssigned(Id, installer));
    }

    /// <summary>Keeps what Symphonics said of the PDL; an answer about a number that is no longer the entered one is dropped.</summary>
    public void RecordPdlCheck(string pdl, PdlState state)
    {
        if (pdl != Pdl || state == PdlState)
            return;
        PdlState = state;
        Raise(new PdlChecked(Id, state));
    }

    /// <summary>Keeps whether Symphonics knows the beneficiary's mail address.</summary>
    public void RecordAccountCheck(string email, AccountState state)
    {
        if (email != Email || state == AccountState)
            return;
        AccountState = state;
        Raise(new AccountChecked(Id, state));
    }

    /// <summary>Open until documents were sent, and again while the latest dossier stands refused or rejected.</summary>
    public bool IsEditable => Status switch
    {
        InterventionStatus.ToProcess or InterventionStatus.InProgress or InterventionStatus.MaintenanceRequired => true,
        InterventionStatus.QuoteSent or InterventionStatus.QuoteSigned or InterventionStatus.InvoiceSent => true,
        _ => IsCorrectable,
    };

    /// <summary>The latest dossier was not taken as it is, or was given up: a corrected one may follow.</summary>
    public bool IsCorrectable => Status is InterventionStatus.InstallationDone or InterventionStatus.Published
        && (IsDossierStalled || DossierState is Dossiers.DossierState.Refused or Dossiers.DossierState.Rejected);

    /// <summary>Refuses in a state in which neither what was entered nor the evidence changes any more.</summary>
    public void MustBeEditable()
    {
        if (!IsEditable)
            throw new RuleViolation("intervention.not_editable");
    }

    private void Take(InterventionDetails details, bool needsQuote, DateTimeOffset now)
    {
        var (read, broken) = details.Check(now);
        RuleViolation.ThrowIfAny(broken);
        if (read.Pdl != Pdl)
            PdlState = PdlState.Unchecked;
        if (read.Email != Email)
            AccountState = AccountState.Unchecked;
        (FirstName, LastName, Email, Phone) = (read.FirstName!, read.LastName!, read.Email!, read.Phone!);
        (Street, PostalCode, City, Pdl, Pce) = (read.Street!, read.PostalCode!, read.City!, read.Pdl, read.Pce);
        (OperationCode, NeedsQuote, EngagedOn, CompletedOn) = (read.OperationCode!, needsQuote, read.EngagedOn, read.CompletedOn);
        (Notes, Equipment, ChangedAt) = (read.Notes, read.Equipment, now);
    }
}

namespace Tapwork.Core.Integrations;

/// <summary>How much hangs on it.</summary>
public enum Criticality
{
    Low,
    Medium,
    High,

    /// <summary>Work stops with it.</summary>
    Critical,
}

/// <summary>Where an integration stands in its life.</summary>
public enum LifeCyclePhase
{
    Planned,
    Testing,
    Live,
    Retiring,
}

/// <summary>What the register says of it beside its settings.</summary>
public sealed partial class Integration
{
    /// <summary>Longest text of the register, UTF-16 units.</summary>
    public const int LongestNote = 2000;

    /// <summary>Who answers for it in the house.</summary>
    public string Owner { get; private set; } = "";

    /// <summary>Where the owner is told when it fails.</summary>
    public string OwnerEmail { get; private set; } = "";

    /// <summary>Whom to call at the far side.</summary>
    public string Contacts { get; private set; } = "";

    public Criticality Criticality { get; private set; } = Criticality.Medium;
    public LifeCyclePhase Phase { get; private set; } = LifeCyclePhase.Live;

    /// <summary>Agreed share of successful calls in a month, in percent with at most two decimals; null where nothing is agreed.</summary>
    public decimal? SlaAvailability { get; private set; }

    /// <summary>Agreed time of an answer (p95), in milliseconds; null where nothing is agreed.</summary>
    public int? SlaMilliseconds { get; private set; }

    public string ErrorHandling { get; private set; } = "";
    public string TestingNotes { get; private set; } = "";
    public string Risks { get; private set; } = "";

    /// <summary>Enters it in the register.</summary>
    /// <exception cref="RuleViolation">One violation for each field that is missing, too long or out of range.</exception>
    public void Describe(RegisterDetails details)
    {
        var broken = new List<Violation>();
        var name = Field.Required(details.Name, nameof(Name), 100, broken);
        var owner = Field.Optional(details.Owner, nameof(Owner), 100, broken);
        var email = string.IsNullOrWhiteSpace(details.OwnerEmail) ? "" : Accounts.Email.Read(details.OwnerEmail, nameof(OwnerEmail), broken);
        var contacts = Field.Optional(details.Contacts, nameof(Contacts), LongestNote, broken);
        var errors = Field.Optional(details.ErrorHandling, nameof(ErrorHandling), LongestNote, broken);
        var testing = Field.Optional(details.TestingNotes, nameof(TestingNotes), LongestNote, broken);
        var risks = Field.Optional(details.Risks, nameof(Risks), LongestNote, broken);
        if (details.SlaAvailability is <= 0 or > 100)
            broken.Add(new Violation("integration.availability_out_of_range", nameof(SlaAvailability)));
        if (details.SlaMilliseconds is < 1 or > 300_000)
            broken.Add(new Violation("integration.response_time_out_of_range", nameof(SlaMilliseconds)));
        RuleViolation.ThrowIfAny(broken);
        (Name, Owner, OwnerEmail, Contacts, Criticality, Phase) = (name, owner ?? "", email, contacts ?? "", details.Criticality, details.Phase);
        (SlaAvailability, SlaMilliseconds) = (details.SlaAvailability, details.SlaMilliseconds);
        (ErrorHandling, TestingNotes, Risks) = (errors ?? "", testing ?? "", risks ?? "");
        Raise(new IntegrationConfigured(Id));
    }
}

/// <summary>An entry of the register as a person gives it; see the properties of <see cref="Integration"/>.</summary>
public sealed record RegisterDetails(
    string? Name, string? Owner, string? OwnerEmail, string? Contacts, Criticality Criticality, LifeCyclePhase Phase, decimal? SlaAvailability, int? SlaMilliseconds,
    string? ErrorHandling, string? TestingNotes, string? Risks);

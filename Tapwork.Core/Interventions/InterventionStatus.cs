namespace Tapwork.Core.Interventions;

/// <summary>Where an intervention stands on its way.</summary>
public enum InterventionStatus
{
    ToProcess,
    InProgress,
    QuoteSent,
    QuoteSigned,
    InvoiceSent,
    InstallationDone,
    Published,
    Cancelled,
    MaintenanceRequired,
}

/// <summary>What is known of a PDL's existence, which only Symphonics can tell.</summary>
public enum PdlState
{
    Unchecked,
    Valid,
    Invalid,
}

/// <summary>Whether Symphonics knows an account for the beneficiary's mail address.</summary>
public enum AccountState
{
    Unchecked,
    Exists,
    Missing,
}

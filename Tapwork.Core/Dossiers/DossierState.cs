namespace Tapwork.Core.Dossiers;

/// <summary>How a dossier stands towards Symphonics.</summary>
public enum DossierState
{
    Preparing,
    Sending,
    Accepted,
    Refused,
    Approved,
    Rejected,
}

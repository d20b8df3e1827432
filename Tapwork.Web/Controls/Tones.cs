using Tapwork.Core.Deliveries;
using Tapwork.Core.Dossiers;
using Tapwork.Core.Interventions;
using Tapwork.Core.Webhooks;
using Tapwork.Infrastructure.Accounts;
using Tapwork.Infrastructure.Integrations;
using Tapwork.Infrastructure.Monitoring;

namespace Tapwork.Web.Controls;

/// <summary>The colour of a state, as a class of the stylesheet; its word always stands beside.</summary>
internal static class Tones
{
    public static string Of(Enum state) => state switch
    {
        InterventionStatus.Published or InterventionStatus.InstallationDone => "good",
        InterventionStatus.MaintenanceRequired => "warn",
        InterventionStatus.InProgress or InterventionStatus.QuoteSent or InterventionStatus.QuoteSigned or InterventionStatus.InvoiceSent => "info",
        DossierState.Accepted or DossierState.Approved => "good",
        DossierState.Refused or DossierState.Rejected => "bad",
        DossierState.Sending or DossierState.Preparing => "info",
        DeliveryStatus.Delivered => "good",
        DeliveryStatus.Refused or DeliveryStatus.Dead => "bad",
        DeliveryStatus.Retrying or DeliveryStatus.Uncertain or DeliveryStatus.Held => "warn",
        DeliveryStatus.Sending or DeliveryStatus.Pending => "info",
        InboundStatus.Processed => "good",
        InboundStatus.Parked => "bad",
        InboundStatus.Received => "info",
        Health.Well => "good",
        Health.Ailing => "warn",
        Health.Down => "bad",
        Health.Untried => "info",
        Gravity.Warning => "warn",
        Gravity.Error => "bad",
        PdlState.Valid or AccountState.Exists => "good",
        PdlState.Invalid or AccountState.Missing => "bad",
        AccountStanding.Active => "good",
        AccountStanding.Invited => "info",
        AccountStanding.Locked or AccountStanding.Suspended => "warn",
        _ => "",
    };
}

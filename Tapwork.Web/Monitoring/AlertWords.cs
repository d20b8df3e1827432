using Microsoft.Extensions.Localization;
using Tapwork.Core.Monitoring;
using Tapwork.Infrastructure.Integrations;
using Tapwork.Infrastructure.Monitoring;

namespace Tapwork.Web.Monitoring;

/// <summary>What an incident is about, in words.</summary>
internal static class AlertWords
{
    /// <summary>The job by its name, a secret as its connector's form calls it.</summary>
    public static string About(this IStringLocalizer texts, IncidentRow incident, ConnectorList connectors) => incident.Kind switch
    {
        AlertKind.JobMissed => texts[$"job.{incident.About}"],
        AlertKind.ParkedEvents => texts[$"reader.{incident.About}"],
        AlertKind.SecretAge => connectors.Of(incident.ConnectorKey ?? "")?.Label(incident.About) ?? incident.About,
        AlertKind.DeadLetters when incident.About.Length > 0 => texts["alert.about.inbound"],
        _ => incident.About,
    };
}

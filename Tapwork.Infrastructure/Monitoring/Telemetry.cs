using System.Diagnostics;
using System.Diagnostics.Metrics;
using Tapwork.Core.Deliveries;

namespace Tapwork.Infrastructure.Monitoring;

/// <summary>Figures and spans of deliveries.</summary>
public static class Telemetry
{
    public const string SourceName = "Tapwork";

    public static readonly ActivitySource Source = new(SourceName);

    private static readonly Meter Meter = new("Tapwork.Deliveries");
    private static readonly Histogram<double> Sends = Meter.CreateHistogram<double>("tapwork.deliveries.send", "s", "How long a send took, by integration and outcome");

    public static void Sent(string integration, DeliveryOutcome outcome, TimeSpan took) =>
        Sends.Record(took.TotalSeconds, new KeyValuePair<string, object?>("integration", integration), new KeyValuePair<string, object?>("outcome", outcome.GetType().Name));
}

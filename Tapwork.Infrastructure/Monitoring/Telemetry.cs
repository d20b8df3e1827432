using System.Diagnostics;
using System.Diagnostics.Metrics;
using Tapwork.Core.Deliveries;

namespace Tapwork.Infrastructure.Monitoring;

/// <summary>Figures of deliveries, and spans: of the act of a person or partner, of its routing and of each send that came of it, under one trace.</summary>
public static class Telemetry
{
    public const string SourceName = "Tapwork";

    private static readonly ActivitySource Source = new(SourceName);

    private static readonly Meter Meter = new("Tapwork.Deliveries");
    private static readonly Histogram<double> Sends = Meter.CreateHistogram<double>("tapwork.deliveries.send", "s", "How long a send took, by integration and outcome");

    /// <summary>
    /// Begins a span of an act's trace: the act's correlation is the trace's id, so that it goes on wherever the correlation is kept. What it was called from in
    /// another trace (a request, a screen's circuit) is linked. Null when nobody listens.
    /// </summary>
    /// <param name="began">When it began, where that is past.</param>
    public static Activity? Begin(string name, string correlationId, DateTimeOffset began = default)
    {
        if (!Source.HasListeners())
            return null;
        var around = Activity.Current?.Context;
        var parent = TraceOf(correlationId) is not { } trace || around?.TraceId == trace ? around ?? default : new ActivityContext(trace, default, ActivityTraceFlags.Recorded, isRemote: true);
        ActivityLink[] links = around is { } elsewhere && elsewhere.TraceId != parent.TraceId ? [new ActivityLink(elsewhere)] : [];
        return Source.StartActivity(name, ActivityKind.Internal, parent, [new("tapwork.correlation", correlationId)], links, began);
    }

    // 32 hexadecimal digits in small letters, as both are written; what a partner or an old row brings may be something else.
    private static ActivityTraceId? TraceOf(string correlationId) =>
        correlationId.Length == 32 && correlationId.All(char.IsAsciiHexDigitLower) && correlationId.Any(c => c != '0') ? ActivityTraceId.CreateFromString(correlationId) : null;

    public static void Sent(string integration, DeliveryOutcome outcome, TimeSpan took) =>
        Sends.Record(took.TotalSeconds, new KeyValuePair<string, object?>("integration", integration), new KeyValuePair<string, object?>("outcome", outcome.GetType().Name));
}

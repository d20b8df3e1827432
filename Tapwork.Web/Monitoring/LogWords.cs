using Microsoft.Extensions.Localization;
using MudBlazor;
using Tapwork.Core.Deliveries;
using Tapwork.Infrastructure.Monitoring;
using Tapwork.Web.Controls;
using Tapwork.Web.Deliveries;
using Tapwork.Web.Shell;

namespace Tapwork.Web.Monitoring;

/// <summary>What happened, in one line.</summary>
internal static class LogWords
{
    public static string Icon(LogKind kind) => kind switch
    {
        LogKind.Delivery => Icons.Material.Outlined.LocalShipping,
        LogKind.Attempt => Icons.Material.Outlined.CallMade,
        LogKind.InboundCall => Icons.Material.Outlined.CallReceived,
        _ => Icons.Material.Outlined.Article,
    };

    /// <summary>How it stands or went.</summary>
    public static string State(IStringLocalizer texts, LogRow row) => row switch
    {
        { Delivery: { } status } => texts.Say(status),
        { Call: { } status } => texts.Say(status),
        { Line: { } gravity } => texts.Say(gravity),
        _ => texts[$"attempt.{row.Outcome}"],
    };

    public static string Tone(LogRow row) => row switch
    {
        { Delivery: { } status } => Tones.Of(status),
        { Call: { } status } => Tones.Of(status),
        { Line: { } gravity } => Tones.Of(gravity),
        { Outcome: nameof(DeliveryOutcome.Accepted) } => "good",
        { Outcome: nameof(DeliveryOutcome.Refused) or nameof(DeliveryOutcome.Misconfigured) or nameof(DeliveryOutcome.Uncertain) or nameof(DeliveryOutcome.Gone) } => "bad",
        { Outcome: nameof(DeliveryOutcome.Pointless) or nameof(DeliveryOutcome.Withheld) } => "",
        _ => "warn",
    };

    public static string Short(IStringLocalizer texts, LogRow row) => row.Kind switch
    {
        LogKind.Entry => row.Text ?? "",
        LogKind.Delivery => Joined(texts.Topic(row.Topic ?? ""), row.Reference, row.About),
        LogKind.Attempt => Joined(row.About, row.Reference, row.HttpStatus is { } status ? $"HTTP {status}" : null, texts.Reason(row.Text)),
        _ => Joined(row.About, texts.Reason(row.Text)),
    };

    private static string Joined(params ReadOnlySpan<string?> parts) => string.Join(" · ", parts.ToArray().Where(p => !string.IsNullOrEmpty(p)));
}

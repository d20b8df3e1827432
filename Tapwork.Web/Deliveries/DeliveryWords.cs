using Microsoft.Extensions.Localization;
using Tapwork.Core.Deliveries;
using Tapwork.Infrastructure.Deliveries;
using Tapwork.Web.Shell;

namespace Tapwork.Web.Deliveries;

/// <summary>What a delivery is, what was wrong, and what happens next, in words.</summary>
internal static class DeliveryWords
{
    public static string Topic(this IStringLocalizer texts, string topic) => texts[$"topic.{topic}"] is { ResourceNotFound: false } known ? known.Value : topic;

    /// <summary>Our own reasons are keys; the partner's are its words.</summary>
    public static string Reason(this IStringLocalizer texts, string? error) =>
        string.IsNullOrEmpty(error) ? "" : texts[$"reason.{error}"] is { ResourceNotFound: false } known ? known.Value : error;

    public static string Closure(this IStringLocalizer texts, DestinationClosure closure, DateTimeOffset now) => closure.Until is { } until && until > now
        ? texts[$"closure.{closure.Kind}.until", texts.Reason(closure.Reason), texts.Ago(until, now)]
        : texts[$"closure.{closure.Kind}", texts.Reason(closure.Reason)];

    /// <summary>What happens next and when; null when nothing does by itself and the status says it all.</summary>
    public static string Next(this IStringLocalizer texts, DeliverySheet sheet, DateTimeOffset now)
    {
        if (sheet.Status is DeliveryStatus.Pending or DeliveryStatus.Retrying)
        {
            if (sheet.WaitsBehind is { } head)
                return texts["delivery.next.behind", head];
            if (sheet.Closure is { } closure)
                return texts.Closure(closure, now);
            if (sheet.Status == DeliveryStatus.Pending)
                return texts["delivery.next.pending"];
            return texts["delivery.next.retry", texts.Ago(sheet.NextAttemptAt, now), sheet.FailedTries + 1, sheet.Steps, Words.Moment(sheet.LastTryAt ?? sheet.NextAttemptAt)];
        }
        if (sheet is { SupersededBy: { } newer, Status: DeliveryStatus.Cancelled or DeliveryStatus.Delivered })
            return texts[sheet.Status == DeliveryStatus.Delivered ? "delivery.next.delivered_superseded" : "delivery.next.superseded", newer];
        return texts[$"delivery.next.{sheet.Status.ToString().ToLowerInvariant()}"];
    }
}

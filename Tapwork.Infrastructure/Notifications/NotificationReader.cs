using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Notifications;
using Tapwork.Infrastructure.Events;
using Tapwork.Infrastructure.Integrations.Mail;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Notifications;

/// <summary>Tells people in the application what waits for them. A mail that fails is told here only, never by another mail.</summary>
public sealed class NotificationReader(Database database, TimeProvider clock, ILogger<NotificationReader> logger) : EventReader(database, clock, logger)
{
    /// <summary>Kind of the notification about a mail that could not be delivered.</summary>
    public const string MailFailed = "mail.failed";

    private static readonly HashSet<string> Failures = [DeliveryDied.Name, DeliveryRefused.Name];

    public override string Name => "notifications";

    protected override IReadOnlySet<string> Topics { get; } = Audience.Topics.Concat(Failures).ToHashSet();

    protected override async Task DigestAsync(TapworkDbContext db, IReadOnlyList<EventRecord> events, CancellationToken cancel)
    {
        var now = Clock.GetUtcNow();
        IReadOnlyList<Told> all =
        [
            .. (await Audience.OfAsync(db, events, now, cancel)).Where(t => t.Person.HasAccount),
            .. await OfFailedMailsAsync(db, [.. events.Where(e => Failures.Contains(e.Topic))], now, cancel),
        ];
        foreach (var told in all)
        {
            var kind = Failures.Contains(told.Event.Topic) ? MailFailed : told.Event.Topic;
            var notification = Notification.Tell(told.Person.Id, told.Event.Id, kind, told.About, told.Link, now);
            db.Correlate(notification, told.Event.CorrelationId);
            db.Notifications.Add(notification);
        }
    }

    private static async Task<IReadOnlyList<Told>> OfFailedMailsAsync(
        TapworkDbContext db, IReadOnlyList<EventRecord> events, DateTimeOffset now, CancellationToken cancel)
    {
        var about = events.ToDictionary(e => e, e => JsonSerializer.Deserialize<About>(e.Json, JsonSerializerOptions.Web)!.DeliveryId);
        if (about.Count == 0)
            return [];
        var mails = await db.Deliveries.Where(d => about.Values.Contains(d.Id) && d.Purpose.StartsWith(MailRoute.PurposePrefix))
            .ToDictionaryAsync(d => d.Id, d => d.SearchEmail ?? "", cancel);
        if (mails.Count == 0)
            return [];
        var admins = await Audience.AdminsAsync(db, now, cancel);
        return [.. from happened in events
                   where mails.ContainsKey(about[happened])
                   from admin in admins
                   select new Told(happened, admin, mails[about[happened]], $"/deliveries/{about[happened]}")];
    }

    private sealed record About(long DeliveryId);
}

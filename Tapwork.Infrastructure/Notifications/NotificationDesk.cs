using Microsoft.EntityFrameworkCore;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Notifications;

/// <summary>What a person does with their own notifications.</summary>
public sealed class NotificationDesk(Database database, TimeProvider clock)
{
    /// <summary>Marks one read; another person's is left alone.</summary>
    public Task MarkReadAsync(Actor actor, long id, CancellationToken cancel) => database.WriteAsync(actor, async db =>
    {
        if (await db.Notifications.SingleOrDefaultAsync(n => n.Id == id && n.PersonId == actor.PersonId, cancel) is { } notification)
            notification.MarkRead(clock.GetUtcNow());
    }, cancel);

    /// <summary>Marks all read that were there up to the given one, so that what came meanwhile stays unread.</summary>
    public Task MarkAllReadAsync(Actor actor, long upTo, CancellationToken cancel) => database.WriteAsync(actor, async db =>
    {
        var unread = await db.Notifications.Where(n => n.PersonId == actor.PersonId && n.ReadAt == null && n.Id <= upTo).ToListAsync(cancel);
        foreach (var notification in unread)
            notification.MarkRead(clock.GetUtcNow());
    }, cancel);
}

using Microsoft.EntityFrameworkCore;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Notifications;

/// <summary>A person's own notifications; nobody sees another's.</summary>
public sealed class NotificationQueries(Database database)
{
    /// <summary>How many the list shows on one page.</summary>
    public const int PageSize = 50;

    /// <summary>The newest first, on from the given one (exclusive).</summary>
    public async Task<NotificationPage> PageAsync(Actor actor, long? before, CancellationToken cancel)
    {
        await using var db = database.Open(actor);
        var items = await db.Notifications
            .Where(n => n.PersonId == actor.PersonId && (before == null || n.Id < before))
            .OrderByDescending(n => n.Id).Take(PageSize + 1)
            .Select(n => new NotificationItem(n.Id, n.Kind, n.About, n.Link, n.CreatedAt, n.ReadAt != null))
            .ToListAsync(cancel);
        var more = items.Count > PageSize;
        return new NotificationPage(more ? items[..PageSize] : items, more ? items[PageSize - 1].Id : null);
    }

    public async Task<int> CountUnreadAsync(Actor actor, CancellationToken cancel)
    {
        await using var db = database.Open(actor);
        return await db.Notifications.CountAsync(n => n.PersonId == actor.PersonId && n.ReadAt == null, cancel);
    }
}

/// <param name="Kind">Key of the text, e.g. <c>dossier.refused</c>.</param>
/// <param name="About">What the text is filled with.</param>
public sealed record NotificationItem(long Id, string Kind, string About, string Link, DateTimeOffset CreatedAt, bool IsRead);

/// <param name="Next">Where the next page goes on from; null on the last.</param>
public sealed record NotificationPage(IReadOnlyList<NotificationItem> Items, long? Next);

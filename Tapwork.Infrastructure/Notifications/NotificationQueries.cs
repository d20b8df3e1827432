using Microsoft.EntityFrameworkCore;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Notifications;

/// <summary>A person's own notifications; nobody sees another's.</summary>
public sealed class NotificationQueries(Database database)
{
    /// <summary>How many the list shows on one page.</summary>
    public const int PageSize = 50;

    /// <summary>One page, the newest first.</summary>
    /// <param name="actor">Whose.</param>
    /// <param name="before">On from the last of the page before (exclusive); null for the newest.</param>
    /// <param name="after">Back from the first of the page after (exclusive).</param>
    /// <param name="cancel">Gives up.</param>
    public async Task<NotificationPage> PageAsync(Actor actor, long? before, long? after, CancellationToken cancel)
    {
        await using var db = database.Open(actor);
        var mine = db.Notifications.Where(n => n.PersonId == actor.PersonId);
        var page = after is not null ? mine.Where(n => n.Id > after).OrderBy(n => n.Id) : mine.Where(n => before == null || n.Id < before).OrderByDescending(n => n.Id);
        var items = await page.Take(PageSize + 1).Select(n => new NotificationItem(n.Id, n.Kind, n.About, n.Link, n.CreatedAt, n.ReadAt != null)).ToListAsync(cancel);
        var more = items.Count > PageSize;
        if (more)
            items.RemoveAt(PageSize);
        if (after is not null)
            items.Reverse();
        return new NotificationPage(items, after is not null ? more : before is not null, after is not null || more);
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

public sealed record NotificationPage(IReadOnlyList<NotificationItem> Items, bool HasNewer, bool HasOlder);

namespace Tapwork.Core.Notifications;

/// <summary>Something a person should know, shown in the application until read.</summary>
public sealed class Notification : EventSource
{
    private Notification() { }

    public long Id { get; private set; }
    public Guid PersonId { get; private set; }

    /// <summary>The event that caused it; with the person it is unique.</summary>
    public long EventId { get; private set; }

    /// <summary>What it says, as a key of the texts, e.g. <c>dossier.refused</c>.</summary>
    public string Kind { get; private set; } = "";

    /// <summary>What the text is filled with: a reference, a name of an integration.</summary>
    public string About { get; private set; } = "";

    /// <summary>Path inside the application that leads to what to do.</summary>
    public string Link { get; private set; } = "";

    public DateTimeOffset CreatedAt { get; private set; }
    public DateTimeOffset? ReadAt { get; private set; }

    public static Notification Tell(Guid personId, long eventId, string kind, string about, string link, DateTimeOffset now)
    {
        var notification = new Notification { PersonId = personId, EventId = eventId, Kind = kind, About = about, Link = link, CreatedAt = now };
        notification.Raise(new PersonNotified(personId));
        return notification;
    }

    /// <summary>Reading it again changes nothing.</summary>
    public void MarkRead(DateTimeOffset now)
    {
        if (ReadAt is not null)
            return;
        ReadAt = now;
        Raise(new NotificationRead(PersonId));
    }
}

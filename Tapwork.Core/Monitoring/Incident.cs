namespace Tapwork.Core.Monitoring;

/// <summary>Something is as a rule says it should not be, from when to when; told once, and once more when it is over.</summary>
public sealed class Incident : EventSource
{
    private Incident() { }

    public Guid Id { get; private set; } = Guid.CreateVersion7();
    public AlertKind Kind { get; private set; }

    /// <summary>The integration it is about; null for one about a job or a machine.</summary>
    public Guid? IntegrationId { get; private set; }

    /// <summary>What of it: the job, the machine, the secret; empty where there is only one.</summary>
    public string About { get; private set; } = "";

    /// <summary>What was measured, in the unit of the kind.</summary>
    public int Measured { get; private set; }

    public DateTimeOffset OpenedAt { get; private set; }
    public DateTimeOffset? ToldAt { get; private set; }
    public DateTimeOffset? ClosedAt { get; private set; }

    /// <summary>It is over, and who was told of it is not told so yet.</summary>
    public bool OwesAllClear { get; private set; }

    public static Incident Open(AlertKind kind, Guid? integrationId, string about, int measured, DateTimeOffset now) =>
        new() { Kind = kind, IntegrationId = integrationId, About = about, Measured = measured, OpenedAt = now };

    /// <summary>Tells it, the first time only.</summary>
    public void Tell(DateTimeOffset now)
    {
        if (ToldAt is not null)
            return;
        ToldAt = now;
        Raise(new AlertRaised(Id, Kind));
    }

    public void Measure(int measured) => Measured = measured;

    /// <summary>It is over; who was told of it is owed an all-clear.</summary>
    public void Close(DateTimeOffset now)
    {
        if (ClosedAt is not null)
            return;
        ClosedAt = now;
        OwesAllClear = ToldAt is not null;
    }

    /// <summary>Tells that it is over, where that is owed.</summary>
    public void TellAllClear()
    {
        if (OwesAllClear)
            Raise(new AlertCleared(Id));
        OwesAllClear = false;
    }

    /// <summary>Nobody looks any more, so that nobody can say it is over: it ends, and nothing is told.</summary>
    public void Drop(DateTimeOffset now) => (ClosedAt, OwesAllClear) = (ClosedAt ?? now, false);

    /// <summary>It is back before anybody was told that it was over: it never was.</summary>
    public void Reopen() => (ClosedAt, OwesAllClear) = (null, false);
}

public sealed record AlertRaised(Guid Subject, AlertKind Kind) : DomainEvent(Subject)
{
    public override string Topic => TopicOf(Kind);

    public static string TopicOf(AlertKind kind) => kind switch
    {
        AlertKind.ErrorRate => "alert.error_rate",
        AlertKind.QueueAge => "alert.queue_age",
        AlertKind.Breaker => "alert.breaker",
        AlertKind.DeadLetters => "alert.dead_letters",
        AlertKind.Sla => "alert.sla",
        AlertKind.SecretAge => "alert.secret_age",
        AlertKind.Certificate => "alert.certificate",
        AlertKind.ParkedEvents => "alert.parked_events",
        AlertKind.ClockSkew => "alert.clock_skew",
        _ => "alert.job_missed",
    };
}

public sealed record AlertCleared(Guid Subject) : DomainEvent(Subject)
{
    public const string Name = "alert.cleared";
    public override string Topic => Name;
}

namespace Tapwork.Core.Monitoring;

/// <summary>What is watched.</summary>
public enum AlertKind
{
    /// <summary>Percent of an integration's sends that failed, within the window.</summary>
    ErrorRate,

    /// <summary>Minutes since the delivery was due that has been so for longest.</summary>
    QueueAge,

    /// <summary>Minutes without a success while the destination is closed to deliveries.</summary>
    Breaker,

    /// <summary>Deliveries that were given up and wait for a person.</summary>
    DeadLetters,

    /// <summary>Percent used up of what the agreement allows this month: minutes of failure, and slow answers; above 100 it is broken.</summary>
    Sla,

    /// <summary>Days since a secret was set.</summary>
    SecretAge,

    /// <summary>Days until a certificate expires: from there down it is an incident.</summary>
    Certificate,

    /// <summary>Minutes since a recurring job was first due that has not begun since.</summary>
    JobMissed,

    /// <summary>Events a reader failed on several times over a quarter of an hour.</summary>
    ParkedEvents,

    /// <summary>Percent of the margin of leases by which the clock of a machine differs from the database's.</summary>
    ClockSkew,
}

/// <summary>When an administrator wants to be told.</summary>
public sealed class AlertRule : Entity
{
    private AlertRule() { }

    public AlertKind Kind { get; private set; }
    public bool IsOn { get; private set; }

    /// <summary>In the unit of the kind; from there on it is an incident.</summary>
    public int Threshold { get; private set; }

    /// <summary>Minutes looked back on, where the kind looks back.</summary>
    public int WindowMinutes { get; private set; }

    public bool TellsAdmins { get; private set; }
    public bool TellsManagers { get; private set; }

    /// <summary>Whether the integration's owner is told, with an account or without.</summary>
    public bool TellsOwner { get; private set; }

    /// <summary>Further mail addresses that are told, one after the other with a comma between.</summary>
    public string MoreEmails { get; private set; } = "";

    /// <summary>Nobody is told from this hour (Paris) …</summary>
    public TimeOnly? QuietFrom { get; private set; }

    /// <summary>… to this; what is still so then is told then.</summary>
    public TimeOnly? QuietUntil { get; private set; }

    /// <summary>As it is until somebody changes it.</summary>
    public static AlertRule Default(AlertKind kind) => new()
    {
        Kind = kind,
        IsOn = true,
        TellsAdmins = true,
        TellsOwner = true,
        WindowMinutes = 15,
        Threshold = kind switch
        {
            AlertKind.ErrorRate => 50,
            AlertKind.QueueAge => 30,
            AlertKind.Breaker => 2,
            AlertKind.DeadLetters or AlertKind.ParkedEvents => 1,
            AlertKind.Sla => 80,
            AlertKind.SecretAge => 365,
            AlertKind.Certificate => 14,
            AlertKind.ClockSkew => 25,
            _ => 30,
        },
    };

    /// <exception cref="RuleViolation">
    /// <c>alert.threshold_out_of_range</c>, <c>alert.window_out_of_range</c>, <c>alert.quiet_incomplete</c>, <c>alert.too_many_emails</c>, <c>alert.nobody_told</c>,
    /// <c>email.malformed</c>
    /// </exception>
    public void Change(bool isOn, int threshold, int windowMinutes, AlertRecipients tells, TimeOnly? quietFrom, TimeOnly? quietUntil)
    {
        var broken = new List<Violation>();
        if (threshold < 0 || threshold > (Kind is AlertKind.ErrorRate ? 100 : 100_000))
            broken.Add(new Violation("alert.threshold_out_of_range", nameof(Threshold)));
        if (windowMinutes is < 1 or > 1440)
            broken.Add(new Violation("alert.window_out_of_range", nameof(WindowMinutes)));
        if (quietFrom is null != quietUntil is null)
            broken.Add(new Violation("alert.quiet_incomplete", nameof(QuietUntil)));
        var emails = tells.Read(broken);
        if (isOn && emails.Count == 0 && !tells.Admins && !tells.Managers && !tells.Owner)
            broken.Add(new Violation("alert.nobody_told", nameof(MoreEmails)));
        RuleViolation.ThrowIfAny(broken);
        (IsOn, Threshold, WindowMinutes, QuietFrom, QuietUntil) = (isOn, threshold, windowMinutes, quietFrom, quietUntil);
        (TellsAdmins, TellsManagers, TellsOwner, MoreEmails) = (tells.Admins, tells.Managers, tells.Owner, string.Join(", ", emails));
    }

    /// <summary>The further addresses one by one.</summary>
    public IReadOnlyList<string> Emails() => AlertRecipients.Split(MoreEmails);

    /// <summary>Whether that is an incident.</summary>
    /// <param name="measured">In the unit of the kind.</param>
    public bool IsMetBy(int measured) => IsOn && Kind switch
    {
        AlertKind.Certificate => measured <= Threshold,
        // Nothing used up is no incident, whatever the threshold.
        AlertKind.Sla => measured >= Math.Max(1, Threshold),
        _ => measured >= Threshold,
    };

    /// <summary>Whether people are left alone at this moment; hours that span midnight are understood.</summary>
    public bool IsQuiet(DateTimeOffset now)
    {
        if (QuietFrom is not { } from || QuietUntil is not { } until)
            return false;
        var time = TimeOnly.FromDateTime(Paris.At(now).DateTime);
        return from <= until ? time >= from && time < until : time >= from || time < until;
    }
}

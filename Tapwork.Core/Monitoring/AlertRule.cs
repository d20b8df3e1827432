namespace Tapwork.Core.Monitoring;

/// <summary>What is watched.</summary>
public enum AlertKind
{
    /// <summary>Percent of an integration's sends that failed, within the window.</summary>
    ErrorRate,

    /// <summary>Minutes since the oldest delivery that waits was made.</summary>
    QueueAge,

    /// <summary>Minutes without a success while the destination is closed to deliveries.</summary>
    Breaker,

    /// <summary>Deliveries that were given up and wait for a person.</summary>
    DeadLetters,

    /// <summary>Hundredths of a percent of availability this month above what was agreed: below it the agreement is at risk.</summary>
    Sla,

    /// <summary>Days since a secret was set.</summary>
    SecretAge,

    /// <summary>Days until a certificate expires: from there down it is an incident.</summary>
    Certificate,

    /// <summary>Minutes by which a recurring job is late.</summary>
    JobMissed,
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

    /// <summary>Whether managers are told besides the administrators and the integration's owner.</summary>
    public bool TellsManagers { get; private set; }

    /// <summary>Nobody is told from this hour (Paris) …</summary>
    public TimeOnly? QuietFrom { get; private set; }

    /// <summary>… to this; what is still so then is told then.</summary>
    public TimeOnly? QuietUntil { get; private set; }

    /// <summary>As it is until somebody changes it.</summary>
    public static AlertRule Default(AlertKind kind) => new()
    {
        Kind = kind,
        IsOn = true,
        WindowMinutes = 15,
        Threshold = kind switch
        {
            AlertKind.ErrorRate => 50,
            AlertKind.QueueAge => 30,
            AlertKind.Breaker => 2,
            AlertKind.DeadLetters => 1,
            AlertKind.Sla => 0,
            AlertKind.SecretAge => 365,
            AlertKind.Certificate => 14,
            _ => 30,
        },
    };

    /// <exception cref="RuleViolation"><c>alert.threshold_out_of_range</c>, <c>alert.window_out_of_range</c>, <c>alert.quiet_incomplete</c></exception>
    public void Change(bool isOn, int threshold, int windowMinutes, bool tellsManagers, TimeOnly? quietFrom, TimeOnly? quietUntil)
    {
        var broken = new List<Violation>();
        if (threshold is < 0 or > 100_000)
            broken.Add(new Violation("alert.threshold_out_of_range", nameof(Threshold)));
        if (windowMinutes is < 1 or > 1440)
            broken.Add(new Violation("alert.window_out_of_range", nameof(WindowMinutes)));
        if (quietFrom is null != quietUntil is null)
            broken.Add(new Violation("alert.quiet_incomplete", nameof(QuietUntil)));
        RuleViolation.ThrowIfAny(broken);
        (IsOn, Threshold, WindowMinutes, TellsManagers, QuietFrom, QuietUntil) = (isOn, threshold, windowMinutes, tellsManagers, quietFrom, quietUntil);
    }

    /// <summary>Whether people are left alone at this moment; hours that span midnight are understood.</summary>
    public bool IsQuiet(DateTimeOffset now)
    {
        if (QuietFrom is not { } from || QuietUntil is not { } until)
            return false;
        var time = TimeOnly.FromDateTime(Paris.At(now).DateTime);
        return from <= until ? time >= from && time < until : time >= from || time < until;
    }
}

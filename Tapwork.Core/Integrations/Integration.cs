using Tapwork.Core.Deliveries;

namespace Tapwork.Core.Integrations;

/// <summary>One configured outside system.</summary>
public sealed partial class Integration : Entity
{
    private Integration() { }

    /// <summary><c>REQ-I-001</c>.</summary>
    public string Code { get; private set; } = "";

    public string Name { get; private set; } = "";

    /// <summary>Key of the connector that speaks to it, e.g. <c>symphonics</c>.</summary>
    public string ConnectorKey { get; private set; } = "";

    public bool IsEnabled { get; private set; }

    /// <summary>Why it switched itself off; null when a person did, or when it is on.</summary>
    public string? GivenUpBecause { get; private set; }

    /// <summary>The connector's settings as JSON, its secrets encrypted.</summary>
    public string Settings { get; private set; } = "{}";

    /// <summary>When each secret was last set, by the name of the setting.</summary>
    public IReadOnlyDictionary<string, DateTimeOffset> SecretsSetAt { get; private set; } = new Dictionary<string, DateTimeOffset>();

    /// <summary>What the settings file asked for when it was last followed, sealed; null for one that people made.</summary>
    public string? SeededAs { get; private set; }

    /// <summary>Blank-separated steps, e.g. <c>5s 30s 2m</c>.</summary>
    public string RetrySchedule { get; private set; } = "5s 30s 2m 10m 1h 3h 8h 24h";

    /// <summary>Whether deliveries of one ordering key wait for each other.</summary>
    public bool IsOrdered { get; private set; }

    /// <summary>How long one send may take, in seconds.</summary>
    public int TimeoutSeconds { get; private set; } = 30;

    /// <summary>Sends at once, per instance.</summary>
    public int Concurrency { get; private set; } = 4;

    /// <summary>Calls in any rolling minute; 0 for no limit.</summary>
    public int CallsPerMinute { get; private set; }

    /// <summary>Of those, kept for calls a person waits for.</summary>
    public int ReservedPerMinute { get; private set; }

    /// <summary>Calls in any rolling day; 0 for no limit.</summary>
    public int CallsPerDay { get; private set; }

    public int ReservedPerDay { get; private set; }

    public DateTimeOffset CreatedAt { get; private set; }

    public RateLimit RateLimit => new(CallsPerMinute, ReservedPerMinute, CallsPerDay, ReservedPerDay);

    public RetrySchedule Schedule => Deliveries.RetrySchedule.Parse(RetrySchedule);

    public static Integration Register(string code, string name, string connectorKey, DateTimeOffset now)
    {
        var integration = new Integration { Code = code, Name = name, ConnectorKey = connectorKey, IsEnabled = true, CreatedAt = now };
        integration.Raise(new IntegrationRegistered(integration.Id));
        return integration;
    }

    /// <param name="settings">JSON, its secrets encrypted.</param>
    /// <param name="secretsSet">Names of the secrets that are new in it.</param>
    public void Configure(string settings, IReadOnlyCollection<string> secretsSet, DateTimeOffset now)
    {
        if (settings == Settings)
            return;
        Settings = settings;
        if (secretsSet.Count > 0)
            SecretsSetAt = new SortedDictionary<string, DateTimeOffset>(SecretsSetAt.ExceptBy(secretsSet, s => s.Key).Concat(secretsSet.Select(s => KeyValuePair.Create(s, now))).ToDictionary(), StringComparer.Ordinal);
        Raise(new IntegrationConfigured(Id));
    }

    /// <summary>How it is sent to: schedule, timeout, concurrency, order, limits.</summary>
    public void Tune(IntegrationPace pace)
    {
        _ = Deliveries.RetrySchedule.Parse(pace.RetrySchedule);
        var broken = new List<Violation>();
        if (pace.TimeoutSeconds is < 1 or > 300)
            broken.Add(new Violation("integration.timeout_out_of_range", nameof(TimeoutSeconds)));
        if (pace.Concurrency is < 1 or > 64)
            broken.Add(new Violation("integration.concurrency_out_of_range", nameof(Concurrency)));
        if (pace.Limit.ReservedPerMinute >= pace.Limit.PerMinute && pace.Limit.PerMinute > 0)
            broken.Add(new Violation("integration.reserve_too_large", nameof(ReservedPerMinute)));
        if (pace.Limit.ReservedPerDay >= pace.Limit.PerDay && pace.Limit.PerDay > 0)
            broken.Add(new Violation("integration.reserve_too_large", nameof(ReservedPerDay)));
        RuleViolation.ThrowIfAny(broken);
        (RetrySchedule, TimeoutSeconds, Concurrency, IsOrdered) = (pace.RetrySchedule, pace.TimeoutSeconds, pace.Concurrency, pace.IsOrdered);
        (CallsPerMinute, ReservedPerMinute) = (pace.Limit.PerMinute, pace.Limit.ReservedPerMinute);
        (CallsPerDay, ReservedPerDay) = (pace.Limit.PerDay, pace.Limit.ReservedPerDay);
    }

    /// <summary>Keeps what the settings file asked for: until that changes, what people change stands.</summary>
    public void SeedAs(string seal) => SeededAs = seal;

    public void Enable() => Switch(true);

    public void Disable() => Switch(false);

    /// <summary>Switches itself off: the far side wants nothing more, or has not answered for days. What is waiting is kept.</summary>
    /// <param name="because">In words, for people.</param>
    public void GiveUp(string because)
    {
        if (!IsEnabled)
            return;
        (IsEnabled, GivenUpBecause) = (false, because);
        Raise(new IntegrationGivenUp(Id, because));
    }

    private void Switch(bool on)
    {
        if (IsEnabled == on)
            return;
        (IsEnabled, GivenUpBecause) = (on, null);
        Raise(new IntegrationSwitched(Id, on));
    }
}

public sealed record IntegrationPace(string RetrySchedule, int TimeoutSeconds, int Concurrency, bool IsOrdered, RateLimit Limit);

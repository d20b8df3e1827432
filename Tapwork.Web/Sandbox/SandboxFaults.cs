namespace Tapwork.Web.Sandbox;

/// <summary>What the stand-in can be told to do wrong.</summary>
public enum Fault
{
    None,

    /// <summary>Answers rightly after the delay.</summary>
    Slow,

    /// <summary>Never answers.</summary>
    Hang,
    Http500,
    Http503,

    /// <summary>429 with Retry-After.</summary>
    Rate429,

    /// <summary>429 without Retry-After.</summary>
    Rate429Bare,

    /// <summary>422 in the partner's own shape.</summary>
    Refuse422,

    /// <summary>422 in its framework's shape.</summary>
    Refuse422Framework,
    Bad400,
    Unauthorized401,
    Forbidden403,
    NotFound404,
    Conflict409,

    /// <summary>200 with HTML instead of JSON.</summary>
    Garbage,

    /// <summary>200 with 50 MB.</summary>
    Huge,

    /// <summary>Cuts the connection before anything was stored.</summary>
    CutBefore,

    /// <summary>Accepts, then cuts the connection.</summary>
    CutAfter,

    /// <summary>Accepts, then answers only after the delay.</summary>
    SlowAfter,
}

/// <summary>How the stand-in is to behave, as one settable whole.</summary>
public sealed record FaultPlan
{
    /// <summary>Every connection is cut: of the area, or all when none is named.</summary>
    public bool Down { get; init; }

    /// <summary>How likely each fault is, 0 to 1; together at most 1.</summary>
    public IReadOnlyDictionary<Fault, double> Rates { get; init; } = new Dictionary<Fault, double>();

    /// <summary>Of the random numbers, so that a run can be repeated.</summary>
    public int Seed { get; init; } = 1;

    public int DelayMilliseconds { get; init; } = 2000;

    public int RetryAfterSeconds { get; init; } = 1;

    /// <summary>Which paths it concerns, by their beginning below the partner's base; <c>smtp</c> for mail, <c>/partner</c> and <c>/webhook</c> for those; empty for all of Symphonics but the token.</summary>
    public string Area { get; init; } = "";
}

/// <summary>Decides for each call which fault it meets.</summary>
public sealed class SandboxFaults
{
    private readonly Lock _lock = new();
    private readonly Queue<Fault> _next = new();
    private readonly Queue<Fault> _nextMails = new();
    private FaultPlan _plan = new();
    private Random _random = new(1);

    public FaultPlan Plan
    {
        get => _plan;
        set
        {
            lock (_lock)
                (_plan, _random) = (value, new Random(value.Seed));
        }
    }

    /// <summary>The next calls meet these, before any rate counts.</summary>
    /// <param name="fault">What.</param>
    /// <param name="times">How many calls.</param>
    /// <param name="area"><c>smtp</c> for the next mails; otherwise the next calls to Symphonics.</param>
    public void Enqueue(Fault fault, int times, string? area = null)
    {
        lock (_lock)
            for (var i = 0; i < times; i++)
                (area == SmtpStandIn.Area ? _nextMails : _next).Enqueue(fault);
    }

    /// <summary>Whether connections there are cut at once.</summary>
    public bool IsDown(string path) => Plan is { Down: true } plan && path.StartsWith(plan.Area, StringComparison.Ordinal);

    public void Clear()
    {
        lock (_lock)
        {
            _next.Clear();
            _nextMails.Clear();
        }
        Plan = new FaultPlan();
    }

    // Other partners' and endpoints' stand-ins have faults only where the plan names them.
    private static bool IsElsewhere(string path) => path.StartsWith("/partner/", StringComparison.Ordinal) || path.StartsWith("/webhook/", StringComparison.Ordinal);

    /// <param name="path">Below the partner's base, e.g. <c>/crm/interventions</c>.</param>
    public Fault For(string path)
    {
        lock (_lock)
        {
            if (IsDown(path))
                return Fault.CutBefore;
            if (path == SmtpStandIn.Area && _nextMails.TryDequeue(out var nextMail))
                return nextMail;
            var concerned = _plan.Area.Length > 0
                ? path.StartsWith(_plan.Area, StringComparison.Ordinal)
                : path != SmtpStandIn.Area && !path.StartsWith("/auth", StringComparison.Ordinal) && !IsElsewhere(path);
            if (!concerned)
                return Fault.None;
            if (path != SmtpStandIn.Area && !IsElsewhere(path) && _next.TryDequeue(out var next))
                return next;
            var drawn = _random.NextDouble();
            foreach (var (fault, rate) in _plan.Rates)
                if ((drawn -= rate) < 0)
                    return fault;
            return Fault.None;
        }
    }
}


namespace Tapwork.Core.Integrations;

/// <summary>Whether calls to a destination are let through.</summary>
public enum BreakerState
{
    Closed,
    Open,

    /// <summary>One probe is under way.</summary>
    HalfOpen,
}

/// <summary>How much a destination may be given now.</summary>
public enum Admission
{
    Everything,

    /// <summary>One delivery, to see whether it is back.</summary>
    OneProbe,

    Nothing,
}

/// <summary>How a destination fares: breaker, hold and calls granted. One row, shared by all instances; a hold stands here and touches no delivery.</summary>
public sealed partial class DestinationState : EventSource
{
    /// <summary>Calls the breaker looks back on.</summary>
    public const int Window = 20;

    /// <summary>It opens when so many of those failed (80 %).</summary>
    public const int OpensAt = 16;

    /// <summary>First pause of an open breaker; doubles up to <see cref="LongestPause"/> while probes fail.</summary>
    public static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(10);

    public static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);

    // How much longer than its timeout a probe that is never answered keeps its slot.
    private static readonly TimeSpan ProbeGrace = TimeSpan.FromSeconds(5);

    /// <summary>How often a held integration is tried with one delivery.</summary>
    public static readonly TimeSpan ProbeEvery = TimeSpan.FromMinutes(15);

    private DestinationState() { }

    public Guid IntegrationId { get; private set; }
    public long Version { get; private set; }
    public BreakerState Breaker { get; private set; }

    /// <summary>No probe before this moment while open; the probe's own end while half-open.</summary>
    public DateTimeOffset? ClosedUntil { get; private set; }

    /// <summary>A person's word over the breaker's own, until taken back: open takes nothing, closed takes everything whatever fails.</summary>
    public BreakerState? Forced { get; private set; }

    public string? ForcedBecause { get; private set; }

    /// <summary>Last outcomes, oldest first: <c>1</c> a failure, <c>0</c> a success.</summary>
    public string RecentFailures { get; private set; } = "";

    public int Pauses { get; private set; }

    /// <summary>Why it is held, in the connector's words; null when it is not.</summary>
    public string? HeldBecause { get; private set; }

    public DateTimeOffset? HeldSince { get; private set; }
    public DateTimeOffset? NextProbeAt { get; private set; }

    /// <summary>Nothing goes to it until then: it asked for fewer calls (Retry-After), or needs a rest.</summary>
    public DateTimeOffset? QuietUntil { get; private set; }

    public RateBudget Budget { get; private set; } = RateBudget.Unused;

    public DateTimeOffset? LastSuccessAt { get; private set; }

    /// <summary>Since when nothing it was sent has succeeded; null while all goes well, and again once a person has reopened it.</summary>
    public DateTimeOffset? FailingSince { get; private set; }

    /// <summary>Why the last call failed that the destination is to blame for.</summary>
    public string? LastError { get; private set; }

    public DateTimeOffset? LastErrorAt { get; private set; }

    public static DestinationState For(Guid integrationId) => new() { IntegrationId = integrationId };

    /// <summary>What the queue may send now; asking changes nothing.</summary>
    public Admission Admits(DateTimeOffset now)
    {
        if (QuietUntil > now || Forced == BreakerState.Open)
            return Admission.Nothing;
        if (HeldBecause is not null)
            return NextProbeAt <= now ? Admission.OneProbe : Admission.Nothing;
        return Breaker switch
        {
            _ when Forced == BreakerState.Closed => Admission.Everything,
            BreakerState.Closed => Admission.Everything,
            _ => ClosedUntil <= now ? Admission.OneProbe : Admission.Nothing,
        };
    }

    /// <summary>Takes the one probe slot; a probe that is never answered frees it after the given time.</summary>
    public void BeginProbe(TimeSpan timeout, DateTimeOffset now)
    {
        if (Admits(now) != Admission.OneProbe)
            throw new RuleViolation("integration.no_probe_slot");
        if (HeldBecause is not null)
            NextProbeAt = now + ProbeEvery;
        else
            (Breaker, ClosedUntil) = (BreakerState.HalfOpen, now + timeout + ProbeGrace);
    }

    /// <summary>What was claimed then goes back unsent: where it was the probe, its slot is free again.</summary>
    public void ReturnProbe(TimeSpan timeout, DateTimeOffset begunAt, DateTimeOffset now)
    {
        if (HeldBecause is not null && NextProbeAt == begunAt + ProbeEvery)
            NextProbeAt = now;
        else if (Breaker == BreakerState.HalfOpen && ClosedUntil == begunAt + timeout + ProbeGrace)
            ClosedUntil = now;
    }

    /// <summary>Takes a call from the budget.</summary>
    /// <returns>How long to wait when there is none.</returns>
    public TimeSpan? TakeCall(RateLimit limit, CallFor whom, DateTimeOffset now)
    {
        (Budget, var wait) = Budget.Take(limit, whom, now);
        return wait;
    }

    /// <summary>Lets everything through again at once: an administrator has repaired it, or says so.</summary>
    public void Reopen(DateTimeOffset now)
    {
        if (HeldBecause is not null)
            Raise(new IntegrationReopened(IntegrationId));
        (HeldBecause, HeldSince, NextProbeAt, QuietUntil, FailingSince) = (null, null, null, null, null);
        Close();
    }

    /// <summary>Sets a person's word over the breaker's own; null takes it back.</summary>
    /// <exception cref="RuleViolation"><c>field.required</c>, <c>field.too_long</c>: forcing needs a reason.</exception>
    public void Force(BreakerState? state, string? because)
    {
        var broken = new List<Violation>();
        var reason = state is null ? null : Field.Required(because, nameof(ForcedBecause), 500, broken);
        RuleViolation.ThrowIfAny(broken);
        (Forced, ForcedBecause) = (state, reason);
        Raise(new IntegrationConfigured(IntegrationId));
    }
}

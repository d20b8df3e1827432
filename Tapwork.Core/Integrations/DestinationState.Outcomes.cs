using Tapwork.Core.Deliveries;

namespace Tapwork.Core.Integrations;

/// <summary>What outcomes make of it.</summary>
public sealed partial class DestinationState
{
    /// <summary>Whether recording this outcome would change the row; a success in good weather does not.</summary>
    public bool Minds(DeliveryOutcome outcome, DateTimeOffset now) => outcome switch
    {
        DeliveryOutcome.TryLater or DeliveryOutcome.Misconfigured or DeliveryOutcome.Gone => true,
        DeliveryOutcome.Pointless or DeliveryOutcome.Withheld => Breaker == BreakerState.HalfOpen,
        _ => Breaker != BreakerState.Closed || HeldBecause is not null || FailingSince is not null || RecentFailures.Contains('1', StringComparison.Ordinal)
            || LastSuccessAt is null || now - LastSuccessAt > TimeSpan.FromMinutes(1),
    };

    public void Record(DeliveryOutcome outcome, DateTimeOffset now)
    {
        if (outcome is DeliveryOutcome.TryLater or DeliveryOutcome.Misconfigured)
            (LastError, LastErrorAt) = (outcome is DeliveryOutcome.TryLater failed ? failed.Reason : ((DeliveryOutcome.Misconfigured)outcome).Reason, now);
        switch (outcome)
        {
            case DeliveryOutcome.TryLater later:
                Postpone(later, now);
                break;
            case DeliveryOutcome.Misconfigured wrong:
                FailingSince ??= now;
                Hold(wrong.Reason, now);
                break;
            case DeliveryOutcome.Gone gone:
                // The integration is switched off with the same save, which tells it; until every instance knows, this keeps calls away.
                (HeldBecause, HeldSince, NextProbeAt) = (gone.Reason, now, now + ProbeEvery);
                break;
            case DeliveryOutcome.Pointless or DeliveryOutcome.Withheld:
                // Nobody was called: it says nothing of the destination, and a probe slot it took is free again.
                ClosedUntil = Breaker == BreakerState.HalfOpen ? now : ClosedUntil;
                break;
            default:
                Succeed(now);
                break;
        }
    }

    private void Succeed(DateTimeOffset now)
    {
        (LastSuccessAt, FailingSince) = (now, null);
        if (HeldBecause is not null)
            Raise(new IntegrationReopened(IntegrationId));
        (HeldBecause, HeldSince, NextProbeAt) = (null, null, null);
        if (Breaker == BreakerState.HalfOpen)
            Close();
        else
            Remember('0');
    }

    private void Postpone(DeliveryOutcome.TryLater later, DateTimeOffset now)
    {
        var isOurOwnBudget = later is { Class: FaultClass.Rate, MayHaveArrived: false };
        if (!isOurOwnBudget)
            FailingSince ??= now;
        // Of several answers at once the longest wait counts.
        if (later.SlowsDown || later.After is not null)
            QuietUntil = Later(QuietUntil, now + (later.After ?? TimeSpan.FromSeconds(1)));
        if (later.Class != FaultClass.Rate)
            Fail(now);
    }

    private static DateTimeOffset Later(DateTimeOffset? one, DateTimeOffset other) => one > other ? one.Value : other;

    private void Fail(DateTimeOffset now)
    {
        Remember('1');
        var isProbe = Breaker == BreakerState.HalfOpen;
        if (Breaker == BreakerState.Open || (!isProbe && RecentFailures.Count(c => c == '1') < OpensAt))
            return;
        var pause = ShortestPause * Math.Pow(2, Math.Min(Pauses++, 8));
        (Breaker, ClosedUntil) = (BreakerState.Open, now + (pause < LongestPause ? pause : LongestPause));
        if (!isProbe)
            Raise(new BreakerOpened(IntegrationId));
    }

    private void Hold(string reason, DateTimeOffset now)
    {
        NextProbeAt = now + ProbeEvery;
        if (HeldBecause is null)
        {
            HeldSince = now;
            Raise(new IntegrationHeld(IntegrationId));
        }
        HeldBecause = reason;
    }

    private void Close()
    {
        if (Breaker != BreakerState.Closed)
            Raise(new BreakerClosed(IntegrationId));
        (Breaker, ClosedUntil, RecentFailures, Pauses) = (BreakerState.Closed, null, "", 0);
    }

    private void Remember(char outcome)
    {
        RecentFailures += outcome;
        if (RecentFailures.Length > Window)
            RecentFailures = RecentFailures[^Window..];
    }
}

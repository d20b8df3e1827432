using System.Threading.RateLimiting;
using Tapwork.Core;
using Tapwork.Core.Accounts;
using Tapwork.Core.Integrations;

namespace Tapwork.Infrastructure.Integrations;

/// <summary>
/// Limits the calls that one person causes at one destination, so that nobody uses up the calls of everybody. Counts in this process:
/// a browser stays on its instance, and the queue's floor holds whatever people do.
/// </summary>
public sealed class PersonRateLimiter : IDisposable
{
    private const int DaySegments = 24;

    private readonly PartitionedRateLimiter<Share> _shares = PartitionedRateLimiter.CreateChained(
        PartitionedRateLimiter.Create<Share, Share>(s => Window(s, s.Limit.MaxPerPersonPerMinute, TimeSpan.FromMinutes(1), 6)),
        PartitionedRateLimiter.Create<Share, Share>(s => Window(s, s.Limit.MaxPerPersonPerDay, TimeSpan.FromDays(1), DaySegments)));

    /// <summary>Counts one call of a person; the calls of jobs are the queue's and not counted here.</summary>
    /// <exception cref="RuleViolation"><c>integration.calls_per_person_reached</c></exception>
    public void Acquire(Integration integration, Actor by)
    {
        if (!TryAcquire(integration, by))
            throw new RuleViolation("integration.calls_per_person_reached");
    }

    /// <summary>Counts one call as <see cref="Acquire"/> does.</summary>
    /// <returns>Whether the person still had one.</returns>
    public bool TryAcquire(Integration integration, Actor by)
    {
        if (by.PersonId is not { } person)
            return true;
        using var lease = _shares.AttemptAcquire(new Share(integration.Id, person, integration.RateLimit));
        return lease.IsAcquired;
    }

    public void Dispose() => _shares.Dispose();

    private static RateLimitPartition<Share> Window(Share share, int limit, TimeSpan window, int segments) => limit == 0
        ? RateLimitPartition.GetNoLimiter(share)
        : RateLimitPartition.GetSlidingWindowLimiter(share, _ => new SlidingWindowRateLimiterOptions { PermitLimit = limit, Window = window, SegmentsPerWindow = segments });

    private sealed record Share(Guid IntegrationId, Guid PersonId, RateLimit Limit);
}

using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Tapwork.Core.Interventions;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Interventions;

/// <summary>When Symphonics is asked again about an intervention it did not answer for.</summary>
public sealed class CheckRetry
{
    private static readonly TimeSpan MinDelay = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan MaxDelay = TimeSpan.FromHours(2);

    public required Guid InterventionId { get; init; }

    /// <summary>Tries without an answer.</summary>
    public int Tries { get; private set; }

    public DateTimeOffset TriedAt { get; private set; }
    public DateTimeOffset NextTryAt { get; private set; }

    /// <summary>Notes a try without an answer; the delay doubles from 5 minutes to 2 hours.</summary>
    public void Postpone(DateTimeOffset now)
    {
        var delay = MinDelay * Math.Pow(2, Math.Min(Tries++, 10));
        (TriedAt, NextTryAt) = (now, now + (delay < MaxDelay ? delay : MaxDelay));
    }
}

internal sealed class CheckRetryMapping : IEntityTypeConfiguration<CheckRetry>
{
    public void Configure(EntityTypeBuilder<CheckRetry> retry)
    {
        retry.IsOperational();
        retry.HasKey(r => r.InterventionId);
        retry.HasOne<Intervention>().WithMany().HasForeignKey(r => r.InterventionId).OnDelete(DeleteBehavior.Cascade);
    }
}

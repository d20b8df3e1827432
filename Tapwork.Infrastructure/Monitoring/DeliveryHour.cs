using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Integrations;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Monitoring;

/// <summary>How an integration's sends went in one hour; kept a year.</summary>
public sealed class DeliveryHour
{
    /// <summary>Upper bounds of the classes of duration, in milliseconds; the last class has none.</summary>
    public static readonly IReadOnlyList<int> Bounds = [5, 10, 20, 50, 100, 200, 300, 500, 750, 1000, 1500, 2000, 3000, 5000, 10_000, 15_000, 30_000, 60_000];

    public required Guid IntegrationId { get; init; }

    /// <summary>Its beginning, UTC.</summary>
    public required DateTimeOffset Hour { get; init; }

    public int Sent { get; private set; }
    public int Accepted { get; private set; }
    public int Authentication { get; private set; }
    public int Validation { get; private set; }
    public int Rate { get; private set; }
    public int System { get; private set; }

    /// <summary>Sends by class of duration.</summary>
    public IReadOnlyList<int> Durations { get; private set; } = new int[Bounds.Count + 1];

    /// <summary>Takes a send in.</summary>
    public void Add(string outcome, FaultClass? fault, int milliseconds)
    {
        Sent++;
        Accepted += outcome == nameof(DeliveryOutcome.Accepted) ? 1 : 0;
        Authentication += fault == FaultClass.Authentication ? 1 : 0;
        Validation += fault == FaultClass.Validation ? 1 : 0;
        Rate += fault == FaultClass.Rate ? 1 : 0;
        System += fault == FaultClass.System ? 1 : 0;
        var durations = Durations.ToArray();
        durations[ClassOf(milliseconds)]++;
        Durations = durations;
    }

    private static int ClassOf(int milliseconds)
    {
        for (var i = 0; i < Bounds.Count; i++)
            if (milliseconds <= Bounds[i])
                return i;
        return Bounds.Count;
    }
}

internal sealed class DeliveryHourMapping : IEntityTypeConfiguration<DeliveryHour>
{
    public void Configure(EntityTypeBuilder<DeliveryHour> hour)
    {
        hour.IsOperational();
        hour.ToTable("DeliveryHours");
        hour.HasKey(h => new { h.IntegrationId, h.Hour });
        hour.Property(h => h.Durations).IsJson();
        hour.HasOne<Integration>().WithMany().HasForeignKey(h => h.IntegrationId).OnDelete(DeleteBehavior.Cascade);
        hour.HasIndex(h => h.Hour);
    }
}

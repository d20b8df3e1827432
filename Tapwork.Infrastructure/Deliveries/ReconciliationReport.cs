using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Deliveries;

/// <summary>One comparison of events, deliveries and partners.</summary>
public sealed class ReconciliationReport
{
    public long Id { get; private set; }
    public required DateTimeOffset At { get; init; }

    /// <summary>Who had it made.</summary>
    public required string By { get; init; }

    /// <summary>Accepted deliveries the partners were asked about.</summary>
    public required int Asked { get; init; }

    public required IReadOnlyList<Finding> Findings { get; init; }

    /// <summary>Nothing was found but what a person already owns.</summary>
    public bool IsClean => Findings.All(f => f.Count == 0 || f.IsOwned);
}

/// <param name="Rule">What was looked for, e.g. <c>delivery.overdue</c>.</param>
/// <param name="Count">How many there are; 0 is as it should be.</param>
/// <param name="Samples">Some of them: delivery ids, external ids, references.</param>
public sealed record Finding(string Rule, int Count, IReadOnlyList<string> Samples)
{
    /// <summary>A person has it on the desk, or the partner did not say: work, but no fault in the accounts.</summary>
    public bool IsOwned => Rule is "delivery.waits_for_person" or "partner.not_told";
}

internal sealed class ReconciliationReportMapping : IEntityTypeConfiguration<ReconciliationReport>
{
    public void Configure(EntityTypeBuilder<ReconciliationReport> report)
    {
        report.IsOperational();
        report.ToTable("Reconciliations");
        report.Property(r => r.By).HasMaxLength(100);
        report.Property(r => r.Findings).IsJson();
        report.Ignore(r => r.IsClean);
    }
}

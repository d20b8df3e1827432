using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Tapwork.Core;
using Tapwork.Core.Auditing;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Auditing;

/// <summary>How one verification of the trail ended; a broken one is told to managers and administrators.</summary>
public sealed class AuditReport : EventSource
{
    /// <summary>Guid v7: sorts by the moment of the end.</summary>
    public Guid Id { get; private init; } = Guid.CreateVersion7();

    public required DateTimeOffset At { get; init; }

    /// <summary>Who had it made.</summary>
    public required string By { get; init; }

    public required long Entries { get; init; }

    /// <summary>The last one sealed.</summary>
    public required long Sequence { get; init; }

    /// <summary>Entries that something is wrong with.</summary>
    public required long Found { get; init; }

    /// <summary>The first of them.</summary>
    public required IReadOnlyList<AuditFinding> Findings { get; init; }

    internal static AuditReport Of(AuditVerdict verdict, string by, DateTimeOffset now)
    {
        var report = new AuditReport { At = now, By = by, Entries = verdict.Entries, Sequence = verdict.Sequence, Found = verdict.Found, Findings = verdict.Findings };
        if (!verdict.IsWhole)
            report.Raise(new AuditBroken(report.Id));
        return report;
    }
}

internal sealed class AuditReportMapping : IEntityTypeConfiguration<AuditReport>
{
    public void Configure(EntityTypeBuilder<AuditReport> report)
    {
        report.IsOperational();
        report.Property(r => r.Id).ValueGeneratedNever();
        report.Property(r => r.By).HasMaxLength(100);
        report.Property(r => r.Findings).IsJson();
    }
}

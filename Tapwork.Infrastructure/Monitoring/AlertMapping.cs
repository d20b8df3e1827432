using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Tapwork.Core.Monitoring;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Monitoring;

internal sealed class AlertRuleMapping : IEntityTypeConfiguration<AlertRule>
{
    public void Configure(EntityTypeBuilder<AlertRule> rule)
    {
        // As the rules were that are older than the choice.
        rule.Property(r => r.TellsAdmins).HasDefaultValue(true);
        rule.Property(r => r.TellsOwner).HasDefaultValue(true);
        rule.Property(r => r.MoreEmails).HasMaxLength(AlertRecipients.MostEmails * 256);
        rule.HasIndex(r => r.Kind).IsUnique();
    }
}

internal sealed class IncidentMapping : IEntityTypeConfiguration<Incident>
{
    public void Configure(EntityTypeBuilder<Incident> incident)
    {
        incident.IsOperational();
        incident.Property(i => i.Id).ValueGeneratedNever();
        incident.Property(i => i.About).HasMaxLength(100);
        incident.HasIndex(i => new { i.ClosedAt, i.OpenedAt });
    }
}

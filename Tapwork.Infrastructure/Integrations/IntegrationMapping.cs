using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Tapwork.Core.Accounts;
using Tapwork.Core.Integrations;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Integrations;

internal sealed class IntegrationMapping : IEntityTypeConfiguration<Integration>
{
    public void Configure(EntityTypeBuilder<Integration> integration)
    {
        integration.Property(i => i.Code).IsOrdinal(20);
        integration.Property(i => i.Name).HasMaxLength(100);
        integration.Property(i => i.ConnectorKey).IsOrdinal(40);
        integration.Property(i => i.RetrySchedule).HasMaxLength(400);
        // The whole of it holds secrets, encrypted or not.
        integration.Property(i => i.Settings).IsSecret();
        // How a partner is spoken to is the administrator's alone.
        integration.Property(i => i.RetrySchedule).IsReadBy(Role.Admin);
        integration.Property(i => i.TimeoutSeconds).IsReadBy(Role.Admin);
        integration.Property(i => i.Concurrency).IsReadBy(Role.Admin);
        integration.Property(i => i.CallsPerMinute).IsReadBy(Role.Admin);
        integration.Property(i => i.ReservedPerMinute).IsReadBy(Role.Admin);
        integration.Property(i => i.CallsPerDay).IsReadBy(Role.Admin);
        integration.Property(i => i.ReservedPerDay).IsReadBy(Role.Admin);
        integration.Ignore(i => i.Schedule);
        integration.Ignore(i => i.RateLimit);
        integration.HasIndex(i => i.Code).IsUnique();
    }
}

internal sealed class DestinationStateMapping : IEntityTypeConfiguration<DestinationState>
{
    public void Configure(EntityTypeBuilder<DestinationState> state)
    {
        state.IsOperational();
        state.ToTable("Destinations");
        state.HasKey(s => s.IntegrationId);
        state.Property(s => s.IntegrationId).ValueGeneratedNever();
        state.Property(s => s.RecentFailures).HasMaxLength(DestinationState.Window);
        state.Property(s => s.Budget).IsJson();
        state.HasOne<Integration>().WithOne().HasForeignKey<DestinationState>(s => s.IntegrationId).OnDelete(DeleteBehavior.Cascade);
    }
}

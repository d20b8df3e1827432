using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Tapwork.Core.Accounts;
using Tapwork.Core.Deliveries;
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
        integration.Property(i => i.SeededAs).IsSecret();
        integration.Property(i => i.SecretsSetAt).IsJson();
        integration.Property(i => i.GivenUpBecause).HasMaxLength(500);
        integration.Property(i => i.Owner).HasMaxLength(100);
        integration.Property(i => i.OwnerEmail).HasMaxLength(254);
        integration.Property(i => i.Contacts).HasMaxLength(Integration.LongestNote);
        integration.Property(i => i.ErrorHandling).HasMaxLength(Integration.LongestNote);
        integration.Property(i => i.TestingNotes).HasMaxLength(Integration.LongestNote);
        integration.Property(i => i.Risks).HasMaxLength(Integration.LongestNote);
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
        state.Property(s => s.ForcedBecause).HasMaxLength(500);
        state.Property(s => s.LastError).HasMaxLength(DeliveryOutcome.LongestReason);
        state.Property(s => s.Budget).IsJson();
        state.HasOne<Integration>().WithOne().HasForeignKey<DestinationState>(s => s.IntegrationId).OnDelete(DeleteBehavior.Cascade);
    }
}

internal static class DestinationRows
{
    /// <summary>How a destination fares; the row is made where it is missing, and another may make it in the same moment.</summary>
    public static async Task<DestinationState> DestinationOfAsync(this TapworkDbContext db, Guid integrationId, CancellationToken cancel)
    {
        if (await db.Destinations.SingleOrDefaultAsync(s => s.IntegrationId == integrationId, cancel) is { } known)
            return known;
        await AppendedRows.InsertIfMissingAsync(db, DestinationState.For(integrationId), cancel);
        return await db.Destinations.SingleAsync(s => s.IntegrationId == integrationId, cancel);
    }
}

internal sealed class SubscriptionMapping : IEntityTypeConfiguration<Subscription>
{
    public void Configure(EntityTypeBuilder<Subscription> subscription)
    {
        subscription.Property(s => s.Topics).IsJson();
        subscription.Property(s => s.Filter).IsJson();
        subscription.Property(s => s.MaskedFields).IsJson();
        subscription.HasOne<Integration>().WithMany().HasForeignKey(s => s.IntegrationId).OnDelete(DeleteBehavior.Restrict);
    }
}

internal sealed class AuthorisationMapping : IEntityTypeConfiguration<Authorisation>
{
    public void Configure(EntityTypeBuilder<Authorisation> authorisation)
    {
        authorisation.Property(a => a.Shares).IsJson();
        authorisation.Property(a => a.Ground).HasMaxLength(500);
        authorisation.HasOne<Integration>().WithMany().HasForeignKey(a => a.IntegrationId).OnDelete(DeleteBehavior.Restrict);
    }
}

internal sealed class WithheldMapping : IEntityTypeConfiguration<Withheld>
{
    public void Configure(EntityTypeBuilder<Withheld> withheld)
    {
        withheld.IsOperational();
        withheld.ToTable("Withheld");
        withheld.Property(w => w.Rule).HasMaxLength(60);
        withheld.HasOne<Integration>().WithMany().HasForeignKey(w => w.IntegrationId).OnDelete(DeleteBehavior.Cascade);
        withheld.HasIndex(w => new { w.IntegrationId, w.Id });
    }
}

using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Integrations;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Deliveries;

internal sealed class DeliveryMapping : IEntityTypeConfiguration<Delivery>
{
    public void Configure(EntityTypeBuilder<Delivery> delivery)
    {
        delivery.IsOperational();
        delivery.Property(d => d.Purpose).IsOrdinal(80);
        delivery.Property(d => d.Topic).IsOrdinal(60);
        delivery.Property(d => d.PayloadHash).IsOrdinal(64);
        delivery.Property(d => d.IdempotencyKey).IsOrdinal(100);
        delivery.Property(d => d.OrderingKey).IsOrdinal(60);
        delivery.Property(d => d.CorrelationId).IsOrdinal(40);
        delivery.Property(d => d.PartnerId).IsOrdinal(100);
        delivery.Property(d => d.SearchReference).IsOrdinal(20);
        delivery.Property(d => d.SearchName).IsOrdinal(210);
        delivery.Property(d => d.SearchPdl).IsOrdinal(14);
        delivery.Property(d => d.SearchEmail).IsOrdinal(254);
        delivery.Property(d => d.SearchExternalId).IsOrdinal(60);
        delivery.Property(d => d.PartnerStatus).HasMaxLength(60);
        delivery.Property(d => d.FieldErrors).IsJson();
        // The fence: who lost the lease may not write; and of two people who act on one at rest, the second is told.
        delivery.Property(d => d.LeaseToken).IsConcurrencyToken();
        delivery.Property(d => d.Status).IsConcurrencyToken();
        // Who acts on one while the router supersedes it reads it anew.
        delivery.Property(d => d.SupersededBy).IsConcurrencyToken();
        delivery.HasOne<Integration>().WithMany().HasForeignKey(d => d.IntegrationId).OnDelete(DeleteBehavior.Restrict);
        delivery.HasIndex(d => new { d.EventId, d.IntegrationId, d.Purpose }).IsUnique();
        delivery.HasIndex(d => new { d.IntegrationId, d.NextAttemptAt, d.Id }).HasDatabaseName("IX_Deliveries_Due")
            .HasFilter("\"Status\" IN ('Pending', 'Retrying')");
        delivery.HasIndex(d => new { d.IntegrationId, d.OrderingKey, d.Id });
        delivery.HasIndex(d => new { d.Status, d.Id });
        delivery.HasIndex(d => new { d.IntegrationId, d.Id });
        delivery.HasIndex(d => new { d.IntegrationId, d.Id }, "IX_Deliveries_Trouble").HasFilter("\"Status\" IN ('Refused', 'Dead', 'Uncertain', 'Held')");
        delivery.HasIndex(d => new { d.Subject, d.Id });
        delivery.HasIndex(d => new { d.Purpose, d.StatusAt }).HasDatabaseName("IX_Deliveries_Delivered").HasFilter("\"Status\" = 'Delivered'");
        delivery.HasIndex(d => d.SearchReference);
        delivery.HasIndex(d => d.SearchName);
        delivery.HasIndex(d => d.SearchPdl);
        delivery.HasIndex(d => d.SearchEmail);
        delivery.HasIndex(d => d.SearchExternalId);
        delivery.HasIndex(d => d.CorrelationId);
    }
}

internal sealed class DeliveryAttemptMapping : IEntityTypeConfiguration<DeliveryAttempt>
{
    public void Configure(EntityTypeBuilder<DeliveryAttempt> attempt)
    {
        attempt.IsOperational();
        attempt.ToTable("Attempts");
        attempt.Property(a => a.Outcome).HasMaxLength(20);
        attempt.HasOne<Delivery>().WithMany().HasForeignKey(a => a.DeliveryId).OnDelete(DeleteBehavior.Cascade);
        attempt.HasIndex(a => new { a.DeliveryId, a.Id });
    }
}

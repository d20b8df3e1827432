using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Tapwork.Core.Dossiers;
using Tapwork.Core.Interventions;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Dossiers;

internal sealed class DossierMapping : IEntityTypeConfiguration<Dossier>
{
    public void Configure(EntityTypeBuilder<Dossier> dossier)
    {
        dossier.Property(d => d.ExternalId).IsOrdinal(50);
        dossier.Property(d => d.Hash).IsOrdinal(64);
        dossier.Property(d => d.PartnerId).IsOrdinal(100);
        dossier.Property(d => d.PartnerStatus).HasMaxLength(60);
        dossier.Property(d => d.PartnerPreviousStatus).HasMaxLength(60);
        dossier.Property(d => d.VerdictPreviousStatus).HasMaxLength(60);
        dossier.Property(d => d.FieldErrors).IsJson();
        dossier.Property(d => d.AtPartners).IsJson();
        dossier.HasOne<Intervention>().WithMany().HasForeignKey(d => d.InterventionId).OnDelete(DeleteBehavior.Restrict);
        dossier.HasIndex(d => new { d.InterventionId, d.Revision }).IsUnique();
        dossier.HasIndex(d => d.ExternalId).IsUnique();
        dossier.HasIndex(d => new { d.State, d.StateAt });
        dossier.HasIndex(d => d.PartnerId);
    }
}

using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Tapwork.Core.Companies;
using Tapwork.Core.Documents;
using Tapwork.Core.Interventions;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Interventions;

internal sealed class InterventionMapping : IEntityTypeConfiguration<Intervention>
{
    public void Configure(EntityTypeBuilder<Intervention> intervention)
    {
        intervention.Property(i => i.Reference).IsOrdinal(20);
        intervention.Property(i => i.FirstName).HasMaxLength(100);
        intervention.Property(i => i.LastName).HasMaxLength(100);
        intervention.Property(i => i.Email).HasMaxLength(254);
        intervention.Property(i => i.Phone).HasMaxLength(20);
        intervention.Property(i => i.Street).HasMaxLength(200);
        intervention.Property(i => i.PostalCode).HasMaxLength(5);
        intervention.Property(i => i.City).HasMaxLength(100);
        intervention.Property(i => i.Pdl).IsOrdinal(14);
        intervention.Property(i => i.Pce).IsOrdinal(14);
        intervention.Property(i => i.OperationCode).IsOrdinal(20);
        intervention.Property(i => i.Notes).HasMaxLength(1000);
        intervention.Property(i => i.CancelledBecause).HasMaxLength(1000);
        intervention.Property(i => i.Equipment).IsJson();
        intervention.HasOne<Company>().WithMany().HasForeignKey(i => i.CompanyId).OnDelete(DeleteBehavior.Restrict);
        intervention.HasMany(i => i.Photos).WithOne().HasForeignKey(p => p.InterventionId).OnDelete(DeleteBehavior.Cascade);
        intervention.HasMany(i => i.Documents).WithOne().HasForeignKey(d => d.InterventionId).OnDelete(DeleteBehavior.Cascade);
        intervention.Navigation(i => i.Photos).UsePropertyAccessMode(PropertyAccessMode.Field);
        intervention.Navigation(i => i.Documents).UsePropertyAccessMode(PropertyAccessMode.Field);
        intervention.HasIndex(i => i.Reference).IsUnique();
        intervention.HasIndex(i => new { i.Status, i.Reference });
        intervention.HasIndex(i => new { i.CompanyId, i.Reference });
        intervention.HasIndex(i => new { i.AssignedTo, i.Reference });
        intervention.HasIndex(i => i.Pdl);
    }
}

internal sealed class PhotoMapping : IEntityTypeConfiguration<Photo>
{
    public void Configure(EntityTypeBuilder<Photo> photo)
    {
        photo.Property(p => p.Sha256).IsOrdinal(64);
        photo.Property(p => p.ContentType).HasMaxLength(40);
        photo.Property(p => p.Name).HasMaxLength(260);
        photo.HasIndex(p => p.Sha256);
    }
}

internal sealed class SignedDocumentMapping : IEntityTypeConfiguration<SignedDocument>
{
    public void Configure(EntityTypeBuilder<SignedDocument> document)
    {
        document.ToTable("Documents");
        document.Property(d => d.Sha256).IsOrdinal(64);
        document.Property(d => d.Name).HasMaxLength(260);
        document.HasIndex(d => d.Sha256);
    }
}

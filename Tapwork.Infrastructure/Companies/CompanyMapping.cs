using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Tapwork.Core.Companies;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Companies;

internal sealed class CompanyMapping : IEntityTypeConfiguration<Company>
{
    public void Configure(EntityTypeBuilder<Company> company)
    {
        company.Property(c => c.Name).HasMaxLength(100);
        company.Property(c => c.Siret).IsOrdinal(14);
        company.HasIndex(c => c.Siret).IsUnique();
    }
}

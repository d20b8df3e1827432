using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Tapwork.Core.Catalogue;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Catalogue;

internal sealed class OperationMapping : IEntityTypeConfiguration<Operation>
{
    public void Configure(EntityTypeBuilder<Operation> operation)
    {
        operation.Property(o => o.Code).IsOrdinal(20);
        operation.Property(o => o.Title).HasMaxLength(200);
        operation.HasIndex(o => o.Code).IsUnique();
    }
}

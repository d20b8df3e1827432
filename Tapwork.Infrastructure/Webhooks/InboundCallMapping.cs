using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Tapwork.Core.Webhooks;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Webhooks;

internal sealed class InboundCallMapping : IEntityTypeConfiguration<InboundCall>
{
    public void Configure(EntityTypeBuilder<InboundCall> call)
    {
        call.IsOperational();
        call.Property(c => c.Source).IsOrdinal(40);
        call.Property(c => c.BodyHash).IsOrdinal(64);
        call.Property(c => c.CorrelationId).IsOrdinal(40);
        call.HasIndex(c => new { c.Source, c.BodyHash }).IsUnique();
        call.Property(c => c.Record).IsOrdinal(100);
        call.HasIndex(c => new { c.Status, c.Id });
        call.HasIndex(c => new { c.Source, c.Record, c.Id }).HasFilter("\"Status\" = 'Received'");
        call.HasIndex(c => new { c.CorrelationId, c.Id });
    }
}

using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Tapwork.Infrastructure.Persistence;

/// <summary>The last number given under a name, e.g. <c>INT-2026</c>.</summary>
public sealed class NumberSequence
{
    public required string Name { get; init; }
    public long Last { get; init; }
}

internal sealed class NumberSequenceMapping : IEntityTypeConfiguration<NumberSequence>
{
    public void Configure(EntityTypeBuilder<NumberSequence> sequence)
    {
        sequence.IsOperational();
        sequence.HasKey(s => s.Name);
        sequence.Property(s => s.Name).IsOrdinal(40);
    }
}

internal static class Numbering
{
    /// <summary>The next number under the name. Inside the caller's transaction: the row stays locked until it ends, so numbers have no gap, and the first two of a year taken at once wait for each other.</summary>
    public static async Task<long> NextNumberAsync(this TapworkDbContext db, string name, CancellationToken cancel)
    {
        var taken = await db.Database.SqlQueryRaw<long>(Statements.NextNumber(db.Provider), name).ToListAsync(cancel);
        return taken.Single();
    }
}

using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Auditing;

/// <summary>The chain's end at a moment, signed. Also written outside the database, so that a chain that was cut off or made anew is found out.</summary>
public sealed class AuditHead
{
    /// <summary>Before the first entry: a row that is always there, unsigned, by which sealers take turns.</summary>
    public const long Origin = 0;

    /// <summary>Of the last entry it covers: as many are sealed.</summary>
    public required long Sequence { get; init; }

    /// <summary>Of the chain up to and with that entry, 32 bytes.</summary>
    public required byte[] Hash { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>Whose public key verifies the signature.</summary>
    public required string KeyId { get; init; }

    /// <summary>ECDSA P-256 over SHA-256, 64 bytes.</summary>
    public required byte[] Signature { get; set; }

    // Writing the row as it is takes its lock; what follows sees everything the one before has committed.
    internal static Task<int> LockAsync(TapworkDbContext db, CancellationToken cancel) =>
        db.AuditHeads.Where(h => h.Sequence == Origin).ExecuteUpdateAsync(h => h.SetProperty(x => x.KeyId, x => x.KeyId), cancel);
}

internal sealed class AuditHeadMapping : IEntityTypeConfiguration<AuditHead>
{
    public void Configure(EntityTypeBuilder<AuditHead> head)
    {
        head.IsOperational();
        head.HasKey(h => h.Sequence);
        head.Property(h => h.Sequence).ValueGeneratedNever();
        head.Property(h => h.Hash).HasMaxLength(AuditChain.HashLength);
        head.Property(h => h.KeyId).IsOrdinal(AuditKey.IdLength);
        head.Property(h => h.Signature).HasMaxLength(64);
        head.HasData(new AuditHead { Sequence = AuditHead.Origin, Hash = AuditChain.Origin, At = DateTimeOffset.UnixEpoch, KeyId = "", Signature = [] });
    }
}

using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Events;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Auditing;

/// <summary>
/// Chains committed entries in the order they are found and signs where the chain ends. One at a time: the row of the chain's origin is locked meanwhile. An
/// entry whose HMAC is wrong is chained as it is, since leaving it out would let it look as if it were new for ever; a copy of another is left out, since its HMAC
/// is right and the chain would vouch for it. The verification tells of both. What an entry is found by is written with it.
/// </summary>
public sealed class AuditSealer(Database database, AuditKeys keys, AuditHeadsFile outside, AuditedFields fields, TimeProvider clock, ILogger<AuditSealer> logger)
{
    /// <summary>A batch is one transaction, and on SQLite whoever writes meanwhile waits for it.</summary>
    public const int BatchSize = 500;

    private static readonly Actor Self = Actor.System("sealing");

    private HeadsFileState _outsideState;

    /// <returns>How many entries were chained.</returns>
    public async Task<int> SealAsync(CancellationToken cancel)
    {
        await using (var db = database.Open(Self))
            if (!await db.AuditEntries.AnyAsync(e => e.Sequence == null, cancel))
                return 0;
        var (sealed_, head) = await database.WriteAsync(Self, db => ChainAsync(db, cancel), cancel);
        if (head is not null)
            await outside.ConfirmAsync(head, cancel);
        return sealed_;
    }

    private async Task<(int Sealed, AuditHead? Kept)> ChainAsync(TapworkDbContext db, CancellationToken cancel)
    {
        await AuditHead.LockAsync(db, cancel);
        var entries = await UnsealedEntries.NextAsync(db, keys, BatchSize, cancel);
        if (entries.Count == 0)
            return (0, null);
        var end = await db.AuditHeads.AsNoTracking().OrderByDescending(h => h.Sequence).FirstAsync(cancel);
        var (sequence, hash) = (end.Sequence, end.Hash);
        var places = new List<object[]>(entries.Count);
        foreach (var entry in entries)
        {
            hash = AuditChain.Link(hash, ++sequence, AuditChain.DigestOf(entry));
            places.Add([entry.Id, sequence, Convert.ToHexStringLower(hash)]);
        }
        await db.Database.ExecuteSqlRawAsync(Statements.SealAuditEntries(db.Provider), [JsonSerializer.Serialize(places)], cancel);
        var head = Head(sequence, hash);
        db.AuditHeads.Add(head);
        if (end.Sequence != AuditHead.Origin && head.KeyId != end.KeyId)
            db.Tell("audit.key_rotated", nameof(AuditHead), sequence, head.At, new() { ["KeyId"] = [end.KeyId, head.KeyId] });
        await AuditToken.AddAsync(db, entries, fields, cancel);
        return (entries.Count, await IsKeptOutsideAsync(end, head, cancel) ? head : null);
    }

    private async Task<bool> IsKeptOutsideAsync(AuditHead end, AuditHead head, CancellationToken cancel)
    {
        var state = await outside.PrepareAsync(end, head, cancel);
        if (state != HeadsFileState.Complete && state != _outsideState)
            logger.LogCritical("the heads file of the audit trail is {State}: the database alone proves the trail until anchor-audit-heads is run", state);
        _outsideState = state;
        return state == HeadsFileState.Complete;
    }

    private AuditHead Head(long sequence, byte[] hash)
    {
        var key = keys.Current;
        var head = new AuditHead { Sequence = sequence, Hash = hash, At = AuditChain.Kept(clock.GetUtcNow()), KeyId = key.Id, Signature = [] };
        head.Signature = key.Seal(AuditChain.MessageOf(head));
        return head;
    }
}

/// <summary>Runs the sealer, at most some seconds behind the last commit.</summary>
internal sealed class AuditSealerLoop(AuditSealer sealer, TimeProvider clock, ILogger<AuditSealerLoop> logger)
    : WorkLoop(new Signal(), TimeSpan.FromSeconds(2), clock, logger)
{
    protected override async Task<bool> WorkAsync(CancellationToken cancel) => await sealer.SealAsync(cancel) == AuditSealer.BatchSize;
}

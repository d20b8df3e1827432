using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Accounts;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Auditing;

/// <summary>
/// Reads the trail once, in the order of the chain, and tells what does not agree with its keys, its signed heads and the heads kept outside the database. Holds
/// one page of each at a time. What is sealed, erased or retired meanwhile is no finding: a place is looked for among the retired after it was missed among
/// the entries, and an erasure among the later entries.
/// </summary>
public sealed class AuditVerification(Database database, AuditKeys keys, AuditHeadsFile outside, TimeProvider clock, ILogger<AuditVerification> logger)
{
    /// <summary>So many findings are named; all are counted.</summary>
    public const int MostNamed = 100;

    // From one night's verification to the next, and some more for its own time.
    private static readonly TimeSpan BrokenStands = TimeSpan.FromHours(26);

    private const int PageSize = 2000;

    private static readonly AuditHead Origin = new() { Sequence = AuditHead.Origin, Hash = AuditChain.Origin, At = DateTimeOffset.UnixEpoch, KeyId = "", Signature = [] };

    /// <summary>Verifies all of it, keeps how it ended, and shouts when it is broken.</summary>
    /// <param name="actor">Manager, Admin or the system.</param>
    /// <param name="progress">Told how many entries of how many are read, page by page.</param>
    /// <param name="cancel">Gives up; nothing is kept then.</param>
    public async Task<AuditVerdict> RunAsync(Actor actor, IProgress<(long Done, long Expected)>? progress, CancellationToken cancel)
    {
        var verdict = await ReadAsync(actor, progress, cancel);
        await KeepAsync(actor, verdict, cancel);
        return verdict;
    }

    /// <summary>
    /// Verifies what was sealed since the last verification that found the trail whole, and the heads file: for an alarm within minutes. Says nothing of older entries,
    /// so only a broken one is kept, and none while a broken one stands that was kept since the night. Without any report it reads all of it, and keeps that.
    /// </summary>
    public async Task<AuditVerdict> RunRecentAsync(Actor actor, CancellationToken cancel)
    {
        AuditReport? last;
        await using (var db = database.Open(actor))
            last = await db.LatestReportAsync(keys, cancel);
        var verdict = await ReadRecentAsync(actor, last is { Found: 0 } ? last.Sequence : AuditHead.Origin, cancel);
        var isTold = last is { Found: > 0 } && last.At >= clock.GetUtcNow() - BrokenStands;
        if (verdict.IsWhole ? last is null : !isTold)
            await KeepAsync(actor, verdict, cancel);
        return verdict;
    }

    /// <summary>Verifies all of it, and writes nothing.</summary>
    /// <param name="actor">Manager, Admin or the system.</param>
    /// <param name="progress">Told how many entries of how many are read, page by page.</param>
    /// <param name="cancel">Gives up.</param>
    public async Task<AuditVerdict> ReadAsync(Actor actor, IProgress<(long Done, long Expected)>? progress, CancellationToken cancel)
    {
        actor.MustBe(Role.Manager, Role.Admin);
        await using var db = database.Open(actor);
        return await ReadAsync(db, Origin, progress, cancel);
    }

    /// <summary>Verifies what follows a sequence, from its signed head on, and writes nothing. Without such a head it reads all of it.</summary>
    internal async Task<AuditVerdict> ReadRecentAsync(Actor actor, long after, CancellationToken cancel)
    {
        actor.MustBe(Role.Manager, Role.Admin);
        await using var db = database.Open(actor);
        var head = await db.AuditHeads.AsNoTracking().SingleOrDefaultAsync(h => h.Sequence == after && after != AuditHead.Origin, cancel);
        var isTrue = head is not null && keys.Find(head.KeyId)?.HasSealed(AuditChain.MessageOf(head), head.Signature) == true;
        return await ReadAsync(db, isTrue ? head! : Origin, null, cancel);
    }

    private async Task<AuditVerdict> ReadAsync(TapworkDbContext db, AuditHead after, IProgress<(long Done, long Expected)>? progress, CancellationToken cancel)
    {
        var (findings, isWhole) = (new AuditFindings(), after.Sequence == AuditHead.Origin);
        using var heads = await HeadsCheck.BeginAsync(db, keys, outside, after.Sequence, findings, cancel);
        // Entries before the place are not taken: all that follow are looked for in the database.
        var repeated = await RepeatedEntries.AfterAsync(db, isWhole ? null : DateTimeOffset.MaxValue, cancel);
        var walk = new AuditWalk(keys, heads, repeated, findings, after);
        var expected = progress is null ? 0 : await db.AuditEntries.LongCountAsync(cancel);

        async Task EndPageAsync()
        {
            foreach (var entry in await repeated.FindAsync(db, cancel))
                findings.Add(AuditFault.Repeated, entry.Sequence, entry);
            progress?.Report((walk.Count, expected));
        }

        var retired = new RetiredEntries(db) { Opened = walk.Open };
        for (var page = await SealedAsync(db, isWhole ? long.MinValue : after.Sequence, cancel); page.Count > 0; page = await SealedAsync(db, page[^1].Sequence!.Value, cancel))
        {
            heads.Continue();
            foreach (var entry in page)
            {
                await TakeRetiredAsync(walk, heads, retired, entry.Sequence!.Value, cancel);
                await heads.ReachAsync(entry.Sequence.Value, cancel);
                walk.Take(entry);
            }
            await EndPageAsync();
        }
        await TakeRetiredAsync(walk, heads, retired, long.MaxValue, cancel);
        await heads.EndAsync(walk.Sequence, cancel);
        for (var page = await UnsealedAsync(db, long.MinValue, cancel); page.Count > 0; page = await UnsealedAsync(db, page[^1].Id, cancel))
        {
            page.ForEach(walk.TakeUnsealed);
            await EndPageAsync();
        }
        // An erasure that was unsealed when the chain ended, and sealed before the unsealed were read.
        var end = walk.Sequence;
        await foreach (var entry in db.AuditEntries.AsNoTracking().Where(e => e.Sequence > end && e.Action == AuditErasure.Action).OrderBy(e => e.Sequence).AsAsyncEnumerable().WithCancellation(cancel))
            walk.TakeLater(entry);
        walk.End();
        if (isWhole)
            await new AuditedVersions(db, walk, findings).CheckAsync(cancel);
        return new AuditVerdict(walk.Count, walk.Sequence, findings.Count, findings.Named);
    }

    private static async Task TakeRetiredAsync(AuditWalk walk, HeadsCheck heads, RetiredEntries retired, long before, CancellationToken cancel)
    {
        if (before <= walk.Next)
            return;
        await foreach (var place in retired.ReadAsync(walk.Next, before, cancel))
        {
            await heads.ReachAsync(place.Sequence, cancel);
            walk.TakeRetired(place.Sequence, place.Digest);
        }
    }

    private async Task KeepAsync(Actor actor, AuditVerdict verdict, CancellationToken cancel)
    {
        if (!verdict.IsWhole)
            logger.LogCritical("the audit trail is broken: {Found} findings, the first {First}", verdict.Found, verdict.Findings[0]);
        var now = clock.GetUtcNow();
        await database.ActAsync(actor, now, db => Task.FromResult(db.KeepReport(AuditReport.Of(verdict, actor.Name, now))), cancel);
    }

    private static Task<List<AuditEntry>> SealedAsync(TapworkDbContext db, long after, CancellationToken cancel) =>
        db.AuditEntries.AsNoTracking().Where(e => e.Sequence > after).OrderBy(e => e.Sequence).Take(PageSize).ToListAsync(cancel);

    private static Task<List<AuditEntry>> UnsealedAsync(TapworkDbContext db, long after, CancellationToken cancel) =>
        db.AuditEntries.AsNoTracking().Where(e => e.Sequence == null && e.Id > after).OrderBy(e => e.Id).Take(PageSize).ToListAsync(cancel);
}

/// <summary>Verifies all of it every night.</summary>
public sealed class VerifyAuditJob(AuditVerification verification)
{
    public Task RunAsync(CancellationToken cancel) => verification.RunAsync(Actor.System(nameof(VerifyAuditJob)), null, cancel);
}

/// <summary>Verifies what is new, so that nobody waits for the night to hear of it.</summary>
public sealed class VerifyRecentAuditJob(AuditVerification verification)
{
    public Task RunAsync(CancellationToken cancel) => verification.RunRecentAsync(Actor.System(nameof(VerifyRecentAuditJob)), cancel);
}

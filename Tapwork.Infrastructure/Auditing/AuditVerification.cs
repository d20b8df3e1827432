using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Accounts;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Auditing;

/// <summary>
/// Reads the whole trail once, in the order of the chain, and tells what does not agree with its keys, its signed heads and the heads kept outside the
/// database. Holds one page of entries at a time.
/// </summary>
public sealed class AuditVerification(Database database, AuditKeys keys, AuditHeadsFile outside, TimeProvider clock, ILogger<AuditVerification> logger)
{
    /// <summary>So many findings are named; all are counted.</summary>
    public const int MostNamed = 100;

    private const int PageSize = 2000;

    /// <summary>Verifies, keeps how it ended, and shouts when it is broken.</summary>
    /// <param name="actor">Manager, Admin or the system.</param>
    /// <param name="progress">Told how many entries of how many are read, page by page.</param>
    /// <param name="cancel">Gives up; nothing is kept then.</param>
    public async Task<AuditVerdict> RunAsync(Actor actor, IProgress<(long Done, long Expected)>? progress, CancellationToken cancel)
    {
        var verdict = await ReadAsync(actor, progress, cancel);
        if (!verdict.IsWhole)
            logger.LogCritical("the audit trail is broken: {Found} findings, the first {First}", verdict.Found, verdict.Findings[0]);
        var now = clock.GetUtcNow();
        await database.ActAsync(actor, now, db => Task.FromResult(db.AuditReports.Add(AuditReport.Of(verdict, actor.Name, now))), cancel);
        return verdict;
    }

    /// <summary>Verifies, and writes nothing.</summary>
    /// <param name="actor">Manager, Admin or the system.</param>
    /// <param name="progress">Told how many entries of how many are read, page by page.</param>
    /// <param name="cancel">Gives up.</param>
    public async Task<AuditVerdict> ReadAsync(Actor actor, IProgress<(long Done, long Expected)>? progress, CancellationToken cancel)
    {
        actor.MustBe(Role.Manager, Role.Admin);
        var walk = new AuditWalk(keys);
        await using (var db = database.Open(actor))
        {
            // First the outside and the heads: what is sealed meanwhile is later than both, and only makes the chain longer.
            walk.Expect(outside.Read().ToList(), isOutside: true);
            walk.Expect(await db.AuditHeads.AsNoTracking().Where(h => h.Sequence > AuditHead.Origin).OrderBy(h => h.Sequence).ToListAsync(cancel), isOutside: false);
            var expected = await db.AuditEntries.LongCountAsync(cancel);
            var retired = new RetiredEntries(db) { Opened = walk.Open };
            for (var page = await SealedAsync(db, 0, cancel); page.Count > 0; page = await SealedAsync(db, page[^1].Sequence!.Value, cancel))
            {
                foreach (var entry in page)
                {
                    if (entry.Sequence > walk.Next)
                        await foreach (var place in retired.ReadAsync(walk.Next, entry.Sequence.Value, cancel))
                            walk.TakeRetired(place.Sequence, place.Digest);
                    walk.Take(entry);
                }
                progress?.Report((walk.Count, expected));
            }
            await foreach (var place in retired.ReadAsync(walk.Next, long.MaxValue, cancel))
                walk.TakeRetired(place.Sequence, place.Digest);
            walk.EndChain();
            long last = 0;
            for (var page = await UnsealedAsync(db, last, cancel); page.Count > 0; page = await UnsealedAsync(db, last, cancel))
            {
                page.ForEach(walk.TakeUnsealed);
                last = page[^1].Id;
                progress?.Report((walk.Count, expected));
            }
            await AuditedVersions.CheckAsync(db, walk, cancel);
        }
        return walk.Verdict();
    }

    private static Task<List<AuditEntry>> SealedAsync(TapworkDbContext db, long after, CancellationToken cancel) =>
        db.AuditEntries.AsNoTracking().Where(e => e.Sequence > after).OrderBy(e => e.Sequence).Take(PageSize).ToListAsync(cancel);

    private static Task<List<AuditEntry>> UnsealedAsync(TapworkDbContext db, long after, CancellationToken cancel) =>
        db.AuditEntries.AsNoTracking().Where(e => e.Sequence == null && e.Id > after).OrderBy(e => e.Id).Take(PageSize).ToListAsync(cancel);
}

/// <summary>Verifies every night.</summary>
public sealed class VerifyAuditJob(AuditVerification verification)
{
    public Task RunAsync(CancellationToken cancel) => verification.RunAsync(Actor.System(nameof(VerifyAuditJob)), null, cancel);
}

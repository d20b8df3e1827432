using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Auditing;

/// <summary>Takes away entries whose term is over, class by class, and leaves their signed summary; an entry of its own tells of it.</summary>
public sealed class AuditRetention(Database database, AuditKeys keys, AuditSettings settings, TimeProvider clock)
{
    /// <summary>Told of each summary.</summary>
    public const string Action = "audit.retired";

    private const int BatchSize = 500;

    private static readonly Actor Self = Actor.System(nameof(RetireAuditJob));

    /// <returns>How many entries were taken away.</returns>
    public async Task<int> RetireAsync(CancellationToken cancel)
    {
        var retired = 0;
        foreach (var kind in Enum.GetValues<AuditClass>())
            if (settings.Terms.DaysOf(kind) is > 0 and var days)
                while (await database.WriteAsync(Self, db => RetireAsync(db, kind, clock.GetUtcNow().AddDays(-days), cancel), cancel) is > 0 and var some)
                    retired += some;
        return retired;
    }

    // In the order of the chain and up to the first that stays, so that summaries of one class follow each other.
    private async Task<int> RetireAsync(TapworkDbContext db, AuditClass kind, DateTimeOffset before, CancellationToken cancel)
    {
        // The sealing and this must not run at once: both go by the chain's order.
        await AuditHead.LockAsync(db, cancel);
        var over = (await Of(db.AuditEntries.AsNoTracking().Where(e => e.Sequence != null), kind).OrderBy(e => e.Sequence).Take(BatchSize).ToListAsync(cancel))
            .TakeWhile(e => e.At < before).ToList();
        if (over.Count == 0)
            return 0;
        var summary = AuditSummary.Of(kind, over, keys.Current, clock.GetUtcNow());
        db.AuditSummaries.Add(summary);
        var ids = over.Select(e => e.Id).ToList();
        await AuditToken.RemoveAsync(db, ids, cancel);
        await db.AuditEntries.Where(e => ids.Contains(e.Id)).ExecuteDeleteAsync(cancel);
        db.Tell(Action, nameof(AuditSummary), $"{kind}-{summary.FirstSequence}", clock.GetUtcNow(), new()
        {
            ["Class"] = [null, kind.ToString()],
            ["FirstSequence"] = [null, summary.FirstSequence],
            ["LastSequence"] = [null, summary.LastSequence],
            ["Counts"] = [null, JsonSerializer.Deserialize<JsonElement>(summary.Counts)],
        });
        return over.Count;
    }

    /// <summary>As <see cref="Of"/> has it in the database.</summary>
    internal static AuditClass ClassOf(string action) => action switch
    {
        AuditErasure.Action => AuditClass.Erasures,
        "created" or "changed" or "removed" => AuditClass.Changes,
        _ when action.StartsWith("account.", StringComparison.Ordinal) || action.EndsWith("_viewed", StringComparison.Ordinal) => AuditClass.Access,
        _ => AuditClass.Acts,
    };

    private static IQueryable<AuditEntry> Of(IQueryable<AuditEntry> entries, AuditClass kind) => kind switch
    {
        AuditClass.Access => entries.Where(e => e.Action.StartsWith("account.") || e.Action.EndsWith("_viewed")),
        AuditClass.Changes => entries.Where(e => e.Action == "created" || e.Action == "changed" || e.Action == "removed"),
        AuditClass.Erasures => entries.Where(e => e.Action == AuditErasure.Action),
        // The file of heads says nothing of what came before it was begun anew: that stays told for ever.
        _ => entries.Where(e => e.Action != "created" && e.Action != "changed" && e.Action != "removed" && e.Action != AuditErasure.Action && e.Action != AuditAnchoring.Action
            && !e.Action.StartsWith("account.") && !e.Action.EndsWith("_viewed")),
    };
}

/// <summary>Takes away every night what has had its time.</summary>
public sealed class RetireAuditJob(AuditRetention retention)
{
    public Task RunAsync(CancellationToken cancel) => retention.RetireAsync(cancel);
}

using Microsoft.EntityFrameworkCore;
using Tapwork.Core;
using Tapwork.Core.Accounts;
using Tapwork.Core.Webhooks;
using Tapwork.Infrastructure.Accounts;
using Tapwork.Infrastructure.Auditing;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Webhooks;

/// <summary>The calls from outside that were taken, and processing them again.</summary>
public sealed class InboundDesk(Database database, InboundSignal arrived, TimeProvider clock)
{
    private const int PageSize = 50;

    /// <summary>A page of calls, the latest first.</summary>
    /// <param name="before">Continues below this call.</param>
    /// <param name="after">Or above this one.</param>
    public async Task<InboundPage> ListAsync(Actor actor, InboundStatus? status, string? source, long? before, long? after, CancellationToken cancel)
    {
        actor.MustBe(Role.Office, Role.Manager, Role.Admin);
        await using var db = database.Open(actor);
        var calls = db.InboundCalls.AsNoTracking().Where(c => (status == null || c.Status == status) && (source == null || c.Source == source));
        var rows = after is { } newer
            ? await calls.Where(c => c.Id > newer).OrderBy(c => c.Id).Take(PageSize + 1).ToListAsync(cancel)
            : await calls.Where(c => before == null || c.Id < before).OrderByDescending(c => c.Id).Take(PageSize + 1).ToListAsync(cancel);
        var isMore = rows.Count > PageSize;
        rows = [.. rows.Take(PageSize)];
        if (after is not null)
            rows.Reverse();
        var names = await db.Integrations.ToDictionaryAsync(i => i.Code, i => i.Name, cancel);
        return new InboundPage([.. rows.Select(c => new InboundRow(c.Id, names.GetValueOrDefault(c.Source) ?? c.Source, c.Status, c.Tries, c.Note, c.Body, c.CorrelationId, c.ReceivedAt, c.SettledAt))],
            after is null ? before is not null : isMore, after is not null || isMore);
    }

    /// <summary>Lets a settled call be processed again.</summary>
    public async Task ReplayAsync(Actor actor, long id, CancellationToken cancel)
    {
        actor.MustBe(Role.Office, Role.Manager, Role.Admin);
        var now = clock.GetUtcNow();
        await database.ActAsync(actor, now, async db =>
        {
            var call = await db.InboundCalls.SingleOrDefaultAsync(c => c.Id == id, cancel) ?? throw new RuleViolation("inbound.unknown");
            var before = call.Status;
            call.Replay(clock.GetUtcNow());
            db.Tell("inbound.replayed", nameof(InboundCall), id, now, new() { ["Status"] = [before.ToString(), call.Status.ToString()] });
        }, cancel);
        arrived.Set();
    }
}

public sealed record InboundPage(IReadOnlyList<InboundRow> Rows, bool HasPrevious, bool HasNext);

/// <param name="Note">What came of it, or why it failed; a key of ours or the far side's words.</param>
public sealed record InboundRow(
    long Id, string Source, InboundStatus Status, int Tries, string? Note, string Body, string CorrelationId, DateTimeOffset ReceivedAt, DateTimeOffset? SettledAt);

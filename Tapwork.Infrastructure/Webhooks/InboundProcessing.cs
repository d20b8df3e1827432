using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Tapwork.Core.Accounts;
using Tapwork.Core.Webhooks;
using Tapwork.Infrastructure.Events;
using Tapwork.Infrastructure.Monitoring;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Webhooks;

/// <summary>Carries stored calls into the records they are about, those of one record in the order they came. Safe to run twice and at several instances at once.</summary>
public sealed class ProcessInboundCallsJob(Database database, IEnumerable<IInboundScheme> schemes, TimeProvider clock, ILogger<ProcessInboundCallsJob> logger)
{
    private const int BatchSize = 100;

    /// <summary>Everything that is due; of each record one after the other.</summary>
    /// <returns>Whether all of it was settled; what failed has a later turn.</returns>
    public async Task<bool> RunAsync(CancellationToken cancel)
    {
        var isAllSettled = true;
        while (await DueAsync(cancel) is { Count: > 0 } due)
        {
            var settled = 0;
            foreach (var (id, correlationId) in due)
                settled += await ProcessAsync(id, Actor.System("webhook", correlationId), cancel) ? 1 : 0;
            isAllSettled &= settled == due.Count;
            // Nothing moves as long as somebody else holds the records: the next run looks again.
            if (settled == 0)
                break;
        }
        return isAllSettled;
    }

    // A call whose record has an earlier one waiting is not due, however long that one has still to wait: news are told in order.
    private async Task<List<(long Id, string CorrelationId)>> DueAsync(CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        await using var db = database.Open(Actor.System("webhook"));
        var due = await db.InboundCalls
            .Where(c => c.Status == InboundStatus.Received && c.NextTryAt <= now && (c.Record == null
                || !db.InboundCalls.Any(e => e.Status == InboundStatus.Received && e.Source == c.Source && e.Record == c.Record && e.Id < c.Id)))
            .OrderBy(c => c.Id).Take(BatchSize).Select(c => new { c.Id, c.CorrelationId }).ToListAsync(cancel);
        return [.. due.Select(w => (w.Id, w.CorrelationId))];
    }

    private async Task<bool> ProcessAsync(long id, Actor by, CancellationToken cancel)
    {
        Correlation.Current = by.CorrelationId;
        try
        {
            await SettleAsync(id, by, (db, call) => ApplyAsync(db, call, cancel), cancel);
            return true;
        }
        catch (DbUpdateConcurrencyException)
        {
            // Somebody changed the record in the same moment: no fault of the call.
            return false;
        }
        catch (Exception e) when (!cancel.IsCancellationRequested && !DatabaseWeather.IsPassing(e))
        {
            logger.LogWarning(e, "inbound call {Call} could not be processed", id);
            await SettleAsync(id, by, (_, call) => { call.Fail(e.GetBaseException().Message, clock.GetUtcNow()); return Task.CompletedTask; }, cancel);
            return false;
        }
    }

    // The row is locked first and looked at after, so that of two who process the same call the second finds it settled.
    private Task SettleAsync(long id, Actor by, Func<TapworkDbContext, InboundCall, Task> work, CancellationToken cancel) => database.WriteAsync(by, async db =>
    {
        var mine = await db.InboundCalls.Where(c => c.Id == id && c.Status == InboundStatus.Received)
            .ExecuteUpdateAsync(c => c.SetProperty(x => x.Note, x => x.Note), cancel);
        if (mine == 1)
            await work(db, await db.InboundCalls.SingleAsync(c => c.Id == id, cancel));
    }, cancel);

    private async Task ApplyAsync(TapworkDbContext db, InboundCall call, CancellationToken cancel)
    {
        // Calls of earlier versions name the connector.
        var integration = await db.Integrations.AsNoTracking().OrderBy(i => i.Code).FirstOrDefaultAsync(i => i.Code == call.Source || i.ConnectorKey == call.Source, cancel);
        var scheme = schemes.FirstOrDefault(s => s.ConnectorKey == integration?.ConnectorKey);
        if (integration is null || scheme is null)
            call.Settle(InboundStatus.Ignored, "webhook.unknown_source", clock.GetUtcNow());
        else
            await scheme.ApplyAsync(db, integration, call, clock.GetUtcNow(), cancel);
    }
}

/// <summary>Runs the job when a call was stored here, and now and then for those stored elsewhere or failed.</summary>
internal sealed class InboundProcessing(ProcessInboundCallsJob job, InboundSignal arrived, TimeProvider clock, ILogger<InboundProcessing> logger)
    : WorkLoop(arrived, TimeSpan.FromSeconds(5), clock, logger)
{
    protected override async Task<bool> WorkAsync(CancellationToken cancel)
    {
        await job.RunAsync(cancel);
        return false;
    }
}

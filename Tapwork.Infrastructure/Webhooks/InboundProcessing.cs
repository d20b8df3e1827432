using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Tapwork.Core.Accounts;
using Tapwork.Core.Webhooks;
using Tapwork.Infrastructure.Events;
using Tapwork.Infrastructure.Integrations.Symphonics;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Webhooks;

/// <summary>Carries stored calls into the records they are about, in the order they came. Safe to run twice and at several instances at once.</summary>
public sealed class ProcessInboundCallsJob(Database database, TimeProvider clock, ILogger<ProcessInboundCallsJob> logger)
{
    private const int BatchSize = 100;

    /// <summary>Everything that waits, once.</summary>
    /// <returns>Whether all of it was settled; what failed is tried again at the next run.</returns>
    public async Task<bool> RunAsync(CancellationToken cancel)
    {
        var (after, isAllSettled) = (0L, true);
        while (await WaitingAsync(after, cancel) is { Count: > 0 } waiting)
        {
            foreach (var (id, correlationId) in waiting)
                isAllSettled &= await ProcessAsync(id, Actor.System("webhook", correlationId), cancel);
            after = waiting[^1].Id;
        }
        return isAllSettled;
    }

    private async Task<List<(long Id, string CorrelationId)>> WaitingAsync(long after, CancellationToken cancel)
    {
        await using var db = database.Open(Actor.System("webhook"));
        var waiting = await db.InboundCalls.Where(c => c.Status == InboundStatus.Received && c.Id > after)
            .OrderBy(c => c.Id).Take(BatchSize).Select(c => new { c.Id, c.CorrelationId }).ToListAsync(cancel);
        return [.. waiting.Select(w => (w.Id, w.CorrelationId))];
    }

    private async Task<bool> ProcessAsync(long id, Actor by, CancellationToken cancel)
    {
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
        var now = clock.GetUtcNow();
        var news = SymphonicsWebhooks.Read(Encoding.UTF8.GetBytes(call.Body)) ?? throw new InvalidOperationException("the body cannot be read any more");
        var dossier = await db.Dossiers.SingleOrDefaultAsync(d => d.ExternalId == news.ExternalId, cancel);
        if (dossier is null)
        {
            call.Settle(InboundStatus.Ignored, "webhook.unknown_dossier", now);
            return;
        }
        if (news.Status is null)
        {
            call.Settle(InboundStatus.Processed, news.Notes ?? "webhook.unknown_event", now);
            return;
        }
        if (!dossier.Hear(news.Status, news.Notes, news.At, now))
        {
            call.Settle(InboundStatus.Ignored, "webhook.older_than_known", now);
            return;
        }
        var intervention = await db.Interventions.SingleAsync(i => i.Id == dossier.InterventionId, cancel);
        intervention.Follow(dossier, db.Actor, now);
        call.Settle(InboundStatus.Processed, news.Notes, now);
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

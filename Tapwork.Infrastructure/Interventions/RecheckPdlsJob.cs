using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Tapwork.Core.Accounts;
using Tapwork.Core.Interventions;
using Tapwork.Infrastructure.Integrations.Symphonics;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Interventions;

/// <summary>
/// Asks again for open interventions whose PDL or account could not be checked: first those never asked about, then those asked about longest ago.
/// One that stays unanswered waits longer each time, so that it keeps nobody else waiting. A run ends when the jobs' part of the calls is used up.
/// </summary>
public sealed class RecheckPdlsJob(Database database, InterventionChecks checks, TimeProvider clock, ILogger<RecheckPdlsJob> logger)
{
    /// <summary>Interventions asked about in one run.</summary>
    public const int BatchSize = 20;

    private static readonly Actor Self = Actor.System(nameof(RecheckPdlsJob));

    public async Task RunAsync(CancellationToken cancel)
    {
        foreach (var id in await DueAsync(cancel))
        {
            var isAnswered = false;
            try
            {
                // One that cannot be checked or saved is postponed like one without an answer, and one that cannot be postponed keeps no other waiting.
                await TryAsync(id, async () => isAnswered = await checks.CheckAsync(Self, id, cancel), cancel);
            }
            catch (NoCallLeftException)
            {
                // Nobody was asked about this one and all behind it: they come first in a later run.
                return;
            }
            await TryAsync(id, () => RecordAsync(id, isAnswered, cancel), cancel);
        }
    }

    private async Task TryAsync(Guid id, Func<Task> act, CancellationToken cancel)
    {
        try
        {
            await act();
        }
        catch (Exception e) when (e is not NoCallLeftException && !cancel.IsCancellationRequested && !TransientErrors.IsTransientInDatabase(e))
        {
            logger.LogWarning(e, "intervention {Intervention} could not be checked again", id);
        }
    }

    private async Task<List<Guid>> DueAsync(CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        await using var db = database.Open(Self);
        var open = db.Interventions
            .Where(i => i.Status != InterventionStatus.Published && i.Status != InterventionStatus.Cancelled)
            .Where(i => (i.Pdl != null && i.PdlState == PdlState.Unchecked) || i.AccountState == AccountState.Unchecked);
        // What was changed since it was asked about is a new question.
        return await open
            .GroupJoin(db.CheckRetries, i => i.Id, r => r.InterventionId, (i, retries) => new { i, retries })
            .SelectMany(x => x.retries.DefaultIfEmpty(), (x, r) => new { x.i.Id, x.i.ChangedAt, Retry = r })
            .Where(x => x.Retry == null || x.Retry.NextTryAt <= now || x.ChangedAt > x.Retry.TriedAt)
            .OrderBy(x => x.Retry == null ? 0 : 1).ThenBy(x => x.Retry!.TriedAt).ThenBy(x => x.ChangedAt)
            .Select(x => x.Id).Take(BatchSize).ToListAsync(cancel);
    }

    private Task RecordAsync(Guid id, bool isAnswered, CancellationToken cancel) => database.WriteAsync(Self, async db =>
    {
        var retry = await db.CheckRetries.SingleOrDefaultAsync(r => r.InterventionId == id, cancel);
        if (isAnswered && retry is not null)
            db.CheckRetries.Remove(retry);
        else if (!isAnswered)
            (retry ?? db.CheckRetries.Add(new CheckRetry { InterventionId = id }).Entity).Postpone(clock.GetUtcNow());
    }, cancel);
}

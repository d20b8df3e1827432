using Hangfire;
using Microsoft.Extensions.Logging;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Monitoring;

/// <summary>What the scheduler calls: runs one line of the table and keeps when it ran and how it went in a row of ours.</summary>
public sealed class JobRunner(Database database, IServiceProvider services, TimeProvider clock, ILogger<JobRunner> logger)
{
    // How long a job waits for the database that failed it, at most until it is due again.
    private static readonly TimeSpan[] Pauses = [TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(10)];

    // A run that finds the one before still at work is left out, not failed: the scheduler would keep it as a failure for ever. How a run went stands in its row.
    [AutomaticRetry(Attempts = 0, OnAttemptsExceeded = AttemptsExceededAction.Delete), DisableConcurrentExecution("job:{0}", 0)]
    public async Task RunAsync(string name, CancellationToken cancel)
    {
        Correlation.Current = Actor.NewCorrelationId();
        var job = RecurringJobs.Table.Single(j => j.Name == name);
        if (!await RetryAsync(job, () => StartAsync(name, cancel), cancel))
            return;
        var outcome = await OutcomeOfAsync(job, cancel);
        await RetryAsync(job, async () => { await EndAsync(name, outcome, cancel); return true; }, cancel);
    }

    private async Task<string> OutcomeOfAsync(RecurringJob job, CancellationToken cancel)
    {
        try
        {
            return await RetryAsync(job, async () => { await job.RunAsync(services, cancel); return "ok"; }, cancel);
        }
        catch (Exception e) when (!cancel.IsCancellationRequested)
        {
            logger.LogError(e, "the job {Job} failed", job.Name);
            return e.GetBaseException().Message;
        }
    }

    // A nightly job that met a transient error would be missed for a day.
    private async Task<T> RetryAsync<T>(RecurringJob job, Func<Task<T>> work, CancellationToken cancel)
    {
        for (var tries = 0; ; tries++)
        {
            try
            {
                return await work();
            }
            catch (Exception e) when (TransientErrors.IsTransientInDatabase(e) && !cancel.IsCancellationRequested && PauseAfter(job, tries) is { } pause)
            {
                logger.LogWarning(e, "the job {Job} goes on in {Pause}", job.Name, pause);
                await Task.Delay(pause, clock, cancel);
            }
        }
    }

    private TimeSpan? PauseAfter(RecurringJob job, int tries)
    {
        var now = clock.GetUtcNow();
        return tries < Pauses.Length && now + Pauses[tries] < job.Schedule.NextDue(now) ? Pauses[tries] : null;
    }

    // A paused job stays quiet until somebody lets it go on.
    private Task<bool> StartAsync(string name, CancellationToken cancel) => database.WriteAsync(Actor.System(name), async db =>
    {
        var run = await db.RunOfAsync(name, cancel);
        if (!run.IsPaused)
            (run.StartedAt, run.EndedAt, run.Outcome) = (clock.GetUtcNow(), null, null);
        return !run.IsPaused;
    }, cancel);

    private Task EndAsync(string name, string outcome, CancellationToken cancel) => database.WriteAsync(Actor.System(name), async db =>
    {
        var run = await db.RunOfAsync(name, cancel);
        (run.EndedAt, run.Outcome) = (clock.GetUtcNow(), outcome.Length > 500 ? outcome[..500] : outcome);
    }, cancel);
}

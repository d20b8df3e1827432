using Hangfire;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Monitoring;

/// <summary>What the scheduler calls: runs one line of the table and keeps when it ran and how it went in a row of ours.</summary>
public sealed class JobRunner(Database database, IServiceProvider services, TimeProvider clock, ILogger<JobRunner> logger)
{
    [AutomaticRetry(Attempts = 0), DisableConcurrentExecution("job:{0}", 0)]
    public async Task RunAsync(string name, CancellationToken cancel)
    {
        Correlation.Current = Actor.NewCorrelationId();
        var job = RecurringJobs.Table.Single(j => j.Name == name);
        if (!await StartAsync(name, cancel))
            return;
        var outcome = "ok";
        try
        {
            await job.RunAsync(services, cancel);
        }
        catch (Exception e) when (!cancel.IsCancellationRequested)
        {
            outcome = e.GetBaseException().Message;
            logger.LogError(e, "the job {Job} failed", name);
        }
        await EndAsync(name, outcome, cancel);
    }

    // A paused job stays quiet until somebody lets it go on.
    private Task<bool> StartAsync(string name, CancellationToken cancel) => database.WriteRunsAsync(Actor.System(name), async db =>
    {
        var run = await FindAsync(db, name, cancel);
        if (!run.IsPaused)
            (run.StartedAt, run.EndedAt, run.Outcome) = (clock.GetUtcNow(), null, null);
        return !run.IsPaused;
    }, cancel);

    private Task EndAsync(string name, string outcome, CancellationToken cancel) => database.WriteAsync(Actor.System(name), async db =>
    {
        var run = await FindAsync(db, name, cancel);
        (run.EndedAt, run.Outcome) = (clock.GetUtcNow(), outcome.Length > 500 ? outcome[..500] : outcome);
    }, cancel);

    private static async Task<JobRun> FindAsync(TapworkDbContext db, string name, CancellationToken cancel)
    {
        var run = await db.JobRuns.SingleOrDefaultAsync(r => r.Name == name, cancel);
        return run ?? db.JobRuns.Add(new JobRun { Name = name }).Entity;
    }
}

using Hangfire;
using Microsoft.EntityFrameworkCore;
using Tapwork.Core;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Accounts;
using Tapwork.Infrastructure.Auditing;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Monitoring;

/// <summary>The recurring jobs as an administrator sees them: how they went, when they run, running one now, and pausing one.</summary>
public sealed class JobDesk(Database database, IBackgroundJobClient scheduler, TimeProvider clock)
{
    public async Task<IReadOnlyList<JobRow>> ListAsync(Actor actor, CancellationToken cancel)
    {
        actor.MustBe(Role.Admin);
        await using var db = database.Open(actor);
        var runs = await db.JobRuns.AsNoTracking().ToDictionaryAsync(r => r.Name, cancel);
        var now = clock.GetUtcNow();
        return [.. from job in RecurringJobs.Table
                   let run = runs.GetValueOrDefault(job.Name)
                   select new JobRow(job.Name, run?.StartedAt, run?.EndedAt, run?.Outcome, run?.IsPaused ?? false, job.Schedule.NextDue(now))];
    }

    /// <summary>Runs it as soon as a worker is free.</summary>
    public async Task RunNowAsync(Actor actor, string name, CancellationToken cancel)
    {
        await ActAsync(actor, name, (db, now) =>
        {
            db.Tell("job.run_now", nameof(JobRun), name, now);
            return Task.CompletedTask;
        }, cancel);
        scheduler.Enqueue<JobRunner>(r => r.RunAsync(name, CancellationToken.None));
    }

    /// <summary>It stays quiet until somebody lets it go on.</summary>
    public Task PauseAsync(Actor actor, string name, CancellationToken cancel) => ActAsync(actor, name, async (db, now) =>
    {
        (await db.RunOfAsync(name, cancel)).IsPaused = true;
        db.Tell("job.paused", nameof(JobRun), name, now);
    }, cancel);

    public Task ResumeAsync(Actor actor, string name, CancellationToken cancel) => ActAsync(actor, name, async (db, now) =>
    {
        var run = await db.RunOfAsync(name, cancel);
        // What it was not allowed to do it has not missed.
        (run.IsPaused, run.DueFrom) = (false, now);
        db.Tell("job.resumed", nameof(JobRun), name, now);
    }, cancel);

    private Task ActAsync(Actor actor, string name, Func<TapworkDbContext, DateTimeOffset, Task> act, CancellationToken cancel)
    {
        actor.MustBe(Role.Admin);
        if (RecurringJobs.Table.All(j => j.Name != name))
            throw new RuleViolation("job.unknown");
        var now = clock.GetUtcNow();
        return database.ActAsync(actor, now, db => act(db, now), cancel);
    }
}

/// <param name="Outcome"><c>ok</c>, the error, or null while it runs or has never run.</param>
/// <param name="NextAt">When it is due next, paused or not.</param>
public sealed record JobRow(string Name, DateTimeOffset? StartedAt, DateTimeOffset? EndedAt, string? Outcome, bool IsPaused, DateTimeOffset NextAt);

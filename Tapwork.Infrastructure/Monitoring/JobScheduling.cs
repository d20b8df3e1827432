using Hangfire;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Tapwork.Core;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Monitoring;

/// <summary>Puts the table into the scheduler after the start, and runs at once what was missed while the application was down.</summary>
internal sealed class JobScheduling(Database database, JobStorageInstaller storage, IRecurringJobManager scheduler, TimeProvider clock, ILogger<JobScheduling> logger) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    // A process killed while it scheduled leaves the scheduler's lock on that line behind for a while: the start waits for none of them.
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        await UntilDoneAsync(() => storage.InstallAsync(stoppingToken), stoppingToken);
        List<string> missed = [];
        await UntilDoneAsync(async () => missed = await MissedAsync(stoppingToken), stoppingToken);
        foreach (var job in RecurringJobs.Table)
            await UntilDoneAsync(() => ScheduleAsync(job), stoppingToken);
        foreach (var name in missed)
            await UntilDoneAsync(() => TriggerAsync(name), stoppingToken);
    }

    private Task ScheduleAsync(RecurringJob job)
    {
        scheduler.AddOrUpdate<JobRunner>(job.Name, r => r.RunAsync(job.Name, CancellationToken.None), job.Schedule.Cron,
            new RecurringJobOptions { TimeZone = Paris.Zone, MisfireHandling = MisfireHandlingMode.Relaxed });
        return Task.CompletedTask;
    }

    private Task TriggerAsync(string name)
    {
        scheduler.Trigger(name);
        return Task.CompletedTask;
    }

    private async Task UntilDoneAsync(Func<Task> work, CancellationToken cancel)
    {
        while (true)
        {
            try
            {
                await work();
                return;
            }
            catch (Exception e) when (!cancel.IsCancellationRequested)
            {
                logger.LogWarning(e, "scheduling goes on in {Pause}", Pause);
                await Task.Delay(Pause, clock, cancel);
            }
        }
    }

    private async Task<List<string>> MissedAsync(CancellationToken cancel)
    {
        await using var db = database.Open(Actor.System("jobs"));
        var started = await db.JobRuns.ToDictionaryAsync(r => r.Name, r => r.StartedAt, cancel);
        var now = clock.GetUtcNow();
        // One that never ran waits for its time: on a new installation nothing was missed.
        return [.. RecurringJobs.Table
            .Where(j => started.GetValueOrDefault(j.Name) is { } last && last < j.Schedule.LastDue(now))
            .Select(j => j.Name)];
    }
}

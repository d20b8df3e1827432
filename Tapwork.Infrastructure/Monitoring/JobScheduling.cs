using Hangfire;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Tapwork.Core;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Monitoring;

/// <summary>Puts the table into the scheduler at the start, and runs at once what was missed while the application was down.</summary>
internal sealed class JobScheduling(Database database, IRecurringJobManager scheduler, TimeProvider clock) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var job in RecurringJobs.Table)
            scheduler.AddOrUpdate<JobRunner>(job.Name, r => r.RunAsync(job.Name, CancellationToken.None), job.Schedule.Cron,
                new RecurringJobOptions { TimeZone = Paris.Zone, MisfireHandling = MisfireHandlingMode.Relaxed });
        foreach (var name in await MissedAsync(cancellationToken))
            scheduler.Trigger(name);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

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

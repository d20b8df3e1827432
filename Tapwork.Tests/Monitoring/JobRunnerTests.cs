using System.Reflection;
using Hangfire;
using Hangfire.InMemory;
using Hangfire.Storage;
using Tapwork.Infrastructure;
using Tapwork.Infrastructure.Monitoring;

namespace Tapwork.Tests.Monitoring;

public sealed class JobRunnerTests
{
    // One lock for all lines of the table let every job but one of a minute fail.
    [Fact]
    public void A_job_keeps_only_itself_from_running_twice_at_once_never_another_line_of_the_table()
    {
        var guard = typeof(JobRunner).GetMethod(nameof(JobRunner.RunAsync))!.GetCustomAttribute<DisableConcurrentExecutionAttribute>()!;

        guard.Resource.ShouldNotBeNull();
        string.Format(System.Globalization.CultureInfo.InvariantCulture, guard.Resource, "send-emails").ShouldContain("send-emails");
    }

    // An hourly job was once written */60, which the scheduler refuses: it and every line below it never ran.
    [Fact]
    public void Every_line_of_the_table_is_one_the_scheduler_takes()
    {
        using var storage = new InMemoryStorage();
        var scheduler = new RecurringJobManager(storage);
        foreach (var job in RecurringJobs.Table)
            scheduler.AddOrUpdate<JobRunner>(job.Name, r => r.RunAsync(job.Name, CancellationToken.None), job.Schedule.Cron, new RecurringJobOptions { TimeZone = Core.Paris.Zone });
        using var connection = storage.GetConnection();
        connection.GetRecurringJobs().Select(j => j.Id).ShouldBe(RecurringJobs.Table.Select(j => j.Name), ignoreOrder: true);
    }
}

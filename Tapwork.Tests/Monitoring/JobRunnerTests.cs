using System.Reflection;
using System.Text.RegularExpressions;
using Hangfire;
using Tapwork.Core;
using Tapwork.Infrastructure;
using Tapwork.Infrastructure.Monitoring;
using Tapwork.Tests.Integrations;

namespace Tapwork.Tests.Monitoring;

public sealed partial class JobRunnerTests
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
    public void Every_line_of_the_table_is_one_the_scheduler_takes() => RecurringJobs.Table.Where(j => !Taken().IsMatch(j.Schedule.Cron)).Select(j => $"{j.Name}: {j.Schedule.Cron}").ShouldBeEmpty();

    // 02:30 was another moment for the scheduler than for the alarm on two days of the year: "missed" for 23 hours.
    [Fact]
    public void No_daily_job_is_due_at_an_hour_that_the_clocks_leave_out_or_repeat()
    {
        foreach (var job in RecurringJobs.Table)
            for (var now = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero); now.Year < 2030 && job.Schedule.Cron.Split(' ')[1] != "*";)
            {
                now = job.Schedule.NextDue(now);
                var shown = Paris.At(now).DateTime;
                (Paris.Zone.IsAmbiguousTime(shown), Paris.Zone.IsInvalidTime(shown)).ShouldBe((false, false), $"{job.Name} {shown:O}");
                $"{shown.Minute} {shown.Hour} * * *".ShouldBe(job.Schedule.Cron, $"{job.Name} {shown:O}");
            }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(30)]
    [InlineData(59)]
    public void A_daily_job_in_the_hour_of_the_change_is_refused(int minute) => Should.Throw<ArgumentOutOfRangeException>(() => JobSchedule.Daily(2, minute));

    // Each stood in the scheduler's list of failures for ever.
    [Fact]
    public async Task A_run_that_finds_the_one_before_at_work_is_left_out_and_not_kept_as_failed()
    {
        await using var hub = await HubFixture.StartAsync();
        var storage = hub.Get<JobStorage>();
        using var connection = storage.GetConnection();
        using var before = connection.AcquireDistributedLock("job:watch", TimeSpan.Zero);
        hub.Get<IBackgroundJobClient>().Enqueue<JobRunner>(r => r.RunAsync("watch", CancellationToken.None));
        using var server = new BackgroundJobServer(new BackgroundJobServerOptions { WorkerCount = 1, StopTimeout = TimeSpan.FromSeconds(1), ShutdownTimeout = TimeSpan.FromSeconds(1) }, storage);
        var jobs = storage.GetMonitoringApi();
        while (jobs.GetStatistics() is { Failed: 0, Deleted: 0 })
            await Task.Delay(20, TestContext.Current.CancellationToken);
        (jobs.GetStatistics().Failed, jobs.GetStatistics().Deleted).ShouldBe((0, 1));
    }

    // A minute, or every so many of them below 60; an hour or all.
    [GeneratedRegex(@"^(\*/([1-9]|[1-5]\d)|[1-5]?\d) (\*|1?\d|2[0-3]) \* \* \*$")]
    private static partial Regex Taken();
}

using System.Reflection;
using System.Text.RegularExpressions;
using Hangfire;
using Tapwork.Infrastructure;
using Tapwork.Infrastructure.Monitoring;

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

    // A minute, or every so many of them below 60; an hour or all.
    [GeneratedRegex(@"^(\*/([1-9]|[1-5]\d)|[1-5]?\d) (\*|1?\d|2[0-3]) \* \* \*$")]
    private static partial Regex Taken();
}

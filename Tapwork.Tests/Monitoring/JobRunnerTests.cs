using System.Reflection;
using System.Text.RegularExpressions;
using Hangfire;
using Microsoft.EntityFrameworkCore;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure;
using Tapwork.Infrastructure.Monitoring;
using Tapwork.Infrastructure.Persistence;
using Tapwork.Tests.Persistence;

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

    // Found by a benchmark: the watch made the rows of all jobs while one of them began for the first time, and that one failed.
    [Fact]
    public async Task A_row_that_another_makes_in_the_same_moment_is_found_the_second_time()
    {
        Needs.PostgreSql();
        var cancel = TestContext.Current.CancellationToken;
        await using var database = await TestDatabase.CreateAsync(DatabaseProvider.PostgreSql);
        var tries = 0;
        var made = await database.Database.WriteRunsAsync(Actor.System("test"), async db =>
        {
            tries++;
            if (await db.JobRuns.AnyAsync(r => r.Name == "watch", cancel))
                return false;
            db.JobRuns.Add(new JobRun { Name = "watch" });
            await using var other = database.Open();
            await other.Database.ExecuteSqlRawAsync("INSERT INTO \"JobRuns\" (\"Name\", \"IsPaused\") VALUES ('watch', FALSE)", cancel);
            return true;
        }, cancel);
        (made, tries).ShouldBe((false, 2));
    }

    // A minute, or every so many of them below 60; an hour or all.
    [GeneratedRegex(@"^(\*/([1-9]|[1-5]\d)|[1-5]?\d) (\*|1?\d|2[0-3]) \* \* \*$")]
    private static partial Regex Taken();
}

using System.Reflection;
using Hangfire;
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
}

using Hangfire;
using Tapwork.Core;
using Tapwork.Infrastructure;
using Tapwork.Infrastructure.Monitoring;
using Tapwork.Tests.Integrations;

namespace Tapwork.Tests.Monitoring;

public class JobDeskTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_paused_job_does_not_run_until_it_is_let_go_on()
    {
        await using var hub = await HubFixture.StartAsync();
        var (desk, runner) = (hub.Get<JobDesk>(), hub.Get<JobRunner>());
        await desk.PauseAsync(hub.Admin, "watch", Cancel);
        await runner.RunAsync("watch", Cancel);
        var row = (await desk.ListAsync(hub.Admin, Cancel)).Single(j => j.Name == "watch");
        (row.IsPaused, row.StartedAt).ShouldBe((true, null));
        await desk.ResumeAsync(hub.Admin, "watch", Cancel);
        await runner.RunAsync("watch", Cancel);
        row = (await desk.ListAsync(hub.Admin, Cancel)).Single(j => j.Name == "watch");
        (row.IsPaused, row.Outcome, row.NextAt).ShouldBe((false, "ok", Given.Now.AddMinutes(1)));
        await Should.ThrowAsync<RuleViolation>(() => desk.PauseAsync(hub.Admin, "nothing", Cancel));
    }

    [Fact]
    public async Task One_that_is_run_now_waits_for_a_worker()
    {
        await using var hub = await HubFixture.StartAsync();
        await hub.Get<JobDesk>().RunNowAsync(hub.Admin, "reconcile", Cancel);
        hub.Get<JobStorage>().GetMonitoringApi().EnqueuedCount("default").ShouldBe(1);
    }

    [Fact]
    public void When_a_job_is_due_next_is_after_now_and_never_further_than_its_period()
    {
        foreach (var job in RecurringJobs.Table)
        {
            var next = job.Schedule.NextDue(Given.Now);
            next.ShouldBeGreaterThan(Given.Now, job.Name);
            job.Schedule.LastDue(next).ShouldBe(next, job.Name);
            (next - job.Schedule.LastDue(Given.Now)).ShouldBeLessThanOrEqualTo(TimeSpan.FromHours(25), job.Name);
        }
    }
}

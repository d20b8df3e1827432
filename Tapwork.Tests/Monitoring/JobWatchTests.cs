using Microsoft.EntityFrameworkCore;
using Tapwork.Core.Monitoring;
using Tapwork.Infrastructure;
using Tapwork.Infrastructure.Monitoring;
using Tapwork.Tests.Integrations;

namespace Tapwork.Tests.Monitoring;

/// <summary>A job that does not run is told of, once, until it runs.</summary>
public class JobWatchTests
{
    private const string EveryMinute = "relay-events", Hourly = "give-up-silent-endpoints";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    // Lateness was measured from the last time it was due, which is never more than a period ago: a job of every minute was never late.
    [Fact]
    public async Task A_job_of_every_minute_that_hangs_for_an_hour_is_told_of()
    {
        await using var hub = await StartedAsync();
        await PassAsync(hub, TimeSpan.FromHours(1), except: EveryMinute);
        (await WatchAsync(hub)).ShouldBe([("alert.job_missed", EveryMinute)]);
        (await OpenAsync(hub)).Single().Measured.ShouldBe(59);
    }

    [Fact]
    public async Task An_hourly_job_that_is_missed_is_one_incident_for_hours_and_over_after_a_run()
    {
        await using var hub = await StartedAsync();
        for (var i = 0; i < 10; i++)
        {
            await PassAsync(hub, TimeSpan.FromMinutes(30), except: Hourly);
            await WatchAsync(hub);
        }
        (await WatchAsync(hub)).ShouldBe([("alert.job_missed", Hourly)]);
        await RunAsync(hub, Hourly);
        (await WatchAsync(hub)).ShouldBe([("alert.job_missed", Hourly), (AlertCleared.Name, Hourly)]);
    }

    [Fact]
    public async Task A_paused_job_is_not_late_nor_right_after_it_is_let_go_on()
    {
        await using var hub = await StartedAsync();
        await hub.Get<JobDesk>().PauseAsync(hub.Admin, EveryMinute, Cancel);
        await PassAsync(hub, TimeSpan.FromHours(5), except: EveryMinute);
        (await WatchAsync(hub)).ShouldBeEmpty();
        await hub.Get<JobDesk>().ResumeAsync(hub.Admin, EveryMinute, Cancel);
        await PassAsync(hub, TimeSpan.FromMinutes(20), except: EveryMinute);
        (await WatchAsync(hub)).ShouldBeEmpty();
        await PassAsync(hub, TimeSpan.FromMinutes(20), except: EveryMinute);
        (await WatchAsync(hub)).ShouldBe([("alert.job_missed", EveryMinute)]);
        await hub.Get<JobDesk>().PauseAsync(hub.Admin, EveryMinute, Cancel);
        (await WatchAsync(hub)).Count.ShouldBe(1, "paused is not run");
    }

    [Fact]
    public async Task A_job_that_has_never_run_is_late_from_when_it_was_first_known()
    {
        await using var hub = await HubFixture.StartAsync();
        await hub.Get<WatchJob>().RunAsync(Cancel);
        hub.Clock.Advance(TimeSpan.FromMinutes(45));
        (await WatchAsync(hub)).Select(t => t.Job).ShouldContain(EveryMinute);
    }

    [Fact]
    public async Task What_was_missed_while_the_application_was_down_and_is_made_up_for_at_once_is_not_told()
    {
        await using var hub = await StartedAsync();
        hub.Clock.Advance(TimeSpan.FromDays(2));
        await hub.Get<WatchJob>().RunAsync(Cancel);
        await PassAsync(hub, TimeSpan.FromMinutes(1), except: "");
        (await WatchAsync(hub)).ShouldBeEmpty();
    }

    private static async Task<HubFixture> StartedAsync()
    {
        var hub = await HubFixture.StartAsync();
        await PassAsync(hub, TimeSpan.Zero, except: "");
        await hub.Get<WatchJob>().RunAsync(Cancel);
        return hub;
    }

    // Time passes, and every other job begins as it should.
    private static async Task PassAsync(HubFixture hub, TimeSpan time, string except)
    {
        hub.Clock.Advance(time);
        foreach (var job in RecurringJobs.Table.Where(j => j.Name != except))
            await RunAsync(hub, job.Name);
    }

    private static Task RunAsync(HubFixture hub, string name) => hub.ChangeAsync(async db =>
    {
        var run = await db.JobRuns.SingleOrDefaultAsync(r => r.Name == name, Cancel) ?? db.JobRuns.Add(new JobRun { Name = name }).Entity;
        run.StartedAt = hub.Clock.GetUtcNow();
    });

    private static async Task<List<Incident>> OpenAsync(HubFixture hub)
    {
        await using var db = hub.Open();
        return await db.Incidents.Where(i => i.ClosedAt == null).ToListAsync(Cancel);
    }

    // Twice, since a job is told of at the second look only.
    private static async Task<List<(string Topic, string Job)>> WatchAsync(HubFixture hub)
    {
        await hub.Get<WatchJob>().RunAsync(Cancel);
        hub.Clock.Advance(TimeSpan.FromSeconds(10));
        await hub.Get<WatchJob>().RunAsync(Cancel);
        await using var db = hub.Open();
        return [.. (await db.Events.Where(e => e.Topic.StartsWith("alert.")).Join(db.Incidents, e => e.Subject, i => i.Id, (e, i) => new { e.Id, e.Topic, i.About }).OrderBy(e => e.Id).ToListAsync(Cancel))
            .Select(e => (e.Topic, e.About))];
    }
}

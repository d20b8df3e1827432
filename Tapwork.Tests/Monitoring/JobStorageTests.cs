using Hangfire;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Tapwork.Infrastructure.Monitoring;
using Tapwork.Infrastructure.Persistence;
using Tapwork.Tests.Accounts;
using Tapwork.Tests.Persistence;

namespace Tapwork.Tests.Monitoring;

public sealed class JobStorageTests
{
    // The scheduler looked for its tables before the application had made the database, and never again.
    [Theory, Servers]
    public async Task A_job_runs_without_a_restart_though_there_was_no_database_at_the_start(DatabaseProvider provider)
    {
        var cancel = TestContext.Current.CancellationToken;
        await using var database = await TestDatabase.MissingAsync(provider);
        await using var app = await HostedApp.StartAsync([.. database.Settings.Select(s => (s.Key, s.Value)), ("Demo:Enabled", "false"), ("Sandbox:Enabled", "false")]);
        app.Of<IBackgroundJobClient>().Enqueue<JobRunner>(r => r.RunAsync("sweep-drafts", CancellationToken.None));
        await using var db = app.Open();
        while (await db.JobRuns.AsNoTracking().Where(r => r.Name == "sweep-drafts").Select(r => r.Outcome).SingleOrDefaultAsync(cancel) is not { } outcome || outcome != "ok")
            await Task.Delay(50, cancel);
        app.Of<JobStorage>().GetMonitoringApi().GetStatistics().Failed.ShouldBe(0);
    }

    // Statics of the process once gave an application the storage or the services of the one composed beside it: its jobs ran there.
    [Fact]
    public async Task An_application_runs_its_jobs_in_itself_though_another_is_composed_at_the_same_time()
    {
        var clocks = (One: new FakeTimeProvider(), Other: new FakeTimeProvider());
        await using var one = Compose(clocks.One);
        one.GetRequiredService<IGlobalConfiguration>();
        await using var other = Compose(clocks.Other);
        other.GetRequiredService<IGlobalConfiguration>();
        one.GetRequiredService<JobStorage>().ShouldNotBeSameAs(other.GetRequiredService<JobStorage>());
        using var scope = one.GetRequiredService<JobActivator>().BeginScope((JobActivatorContext?)null);
        scope.Resolve(typeof(TimeProvider)).ShouldBeSameAs(clocks.One);
    }

    private static ServiceProvider Compose(TimeProvider clock) => new ServiceCollection().AddSingleton(clock).AddJobs(new ConfigurationBuilder().Build()).BuildServiceProvider();

    [Theory, Servers]
    public async Task Starts_at_once_make_the_scheduler_s_tables_in_turn_and_leave_them_as_they_are(DatabaseProvider provider)
    {
        await using var database = await TestDatabase.EmptyAsync(provider);
        var settings = new DatabaseSettings { Provider = provider, ConnectionString = database.ConnectionString };
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => new JobStorageInstaller(settings).InstallAsync(TestContext.Current.CancellationToken))));
        await new JobStorageInstaller(settings).InstallAsync(TestContext.Current.CancellationToken);
    }
}

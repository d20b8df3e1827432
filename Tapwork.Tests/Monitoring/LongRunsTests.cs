using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging.Abstractions;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Monitoring;
using Tapwork.Tests.Persistence;

namespace Tapwork.Tests.Monitoring;

public sealed class LongRunsTests : IAsyncLifetime
{
    private static readonly Actor Claire = new(Guid.NewGuid(), "Claire Martin", Role.Office, null, "127.0.0.1", "test", Actor.NewCorrelationId());
    private readonly ApplicationLifetime _lifetime = new(NullLogger<ApplicationLifetime>.Instance);
    private TestDatabase _database = null!;
    private LongRuns _runs = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _database = await TestDatabase.SqliteAsync();
        await using (var db = _database.Open())
        {
            var claire = Person.Create(Claire.Name, "claire@tapwork.example", Role.Office, null, "fr", Given.Now);
            db.Entry(db.People.Add(claire).Entity).Property(p => p.Id).CurrentValue = Claire.PersonId!.Value;
            await db.SaveChangesAsync(Cancel);
        }
        _runs = new LongRuns(_database.Database, _lifetime, TimeProvider.System, NullLogger<LongRuns>.Instance);
    }

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task The_end_of_long_work_is_told_to_the_person_who_began_it_with_how_much_was_done()
    {
        var goOn = new TaskCompletionSource();
        var run = _runs.Begin(Claire, "replay", 3, "/deliveries", async (progress, _) =>
        {
            progress.Report(2);
            await goOn.Task;
            progress.Report(3);
            return "ended";
        });
        await UntilAsync(() => run.Done == 2);
        _runs.Of(Claire).ShouldBe([run]);
        _runs.Begin(Claire, "replay", 3, "/deliveries", (_, _) => throw new InvalidOperationException("a second one")).ShouldBeSameAs(run);
        goOn.SetResult();
        (await ToldAsync()).ShouldBe(("replay.ended", "3", "/deliveries"));
        _runs.Of(Claire).ShouldBeEmpty();
    }

    // A replay that was stopped or broke off was told like one that had come to its end.
    [Theory]
    [InlineData(true, "replay.cancelled")]
    [InlineData(false, "replay.failed")]
    public async Task Work_that_is_stopped_or_breaks_off_says_so(bool byThePerson, string kind)
    {
        var run = _runs.Begin(Claire, "replay", 3, "/deliveries", async (progress, cancel) =>
        {
            progress.Report(1);
            await Task.Delay(Timeout.Infinite, cancel);
            return "ended";
        });
        await UntilAsync(() => run.Done == 1);
        if (byThePerson)
            run.Cancel();
        else
            _lifetime.StopApplication();
        (await ToldAsync()).ShouldBe((kind, "1", "/deliveries"));
    }

    private async Task<(string Kind, string About, string Link)> ToldAsync()
    {
        await UntilAsync(() =>
        {
            using var db = _database.Open();
            return db.Notifications.Any();
        });
        await using var db = _database.Open();
        var told = await db.Notifications.SingleAsync(Cancel);
        told.PersonId.ShouldBe(Claire.PersonId!.Value);
        return (told.Kind, told.About, told.Link);
    }

    private static async Task UntilAsync(Func<bool> done)
    {
        while (!done())
            await Task.Delay(20, Cancel);
    }
}

using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Tapwork.Core.Accounts;
using Tapwork.Core.Integrations;
using Tapwork.Infrastructure.Events;
using Tapwork.Infrastructure.Integrations;
using Tapwork.Infrastructure.Persistence;
using Tapwork.Tests.Persistence;

namespace Tapwork.Tests.Integrations;

public class DestinationBudgetTests
{
    [Theory]
    [Databases]
    public async Task Two_instances_together_keep_within_a_rolling_minute(DatabaseProvider provider)
    {
        await using var database = await TestDatabase.CreateAsync(provider);
        var integration = await RegisterAsync(database, new RateLimit(100, 20, 0, 0));
        var clock = new FakeTimeProvider(Given.Now);
        var instances = new[] { Budget(database, clock), Budget(database, clock) };
        var people = new List<DateTimeOffset>();
        var queue = new List<DateTimeOffset>();
        for (var step = 0; step < 150; step++)
        {
            var (asPerson, asQueue) = (TakeAsync(instances[step % 2], integration, CallFor.Person), TakeAsync(instances[(step + 1) % 2], integration, CallFor.Queue));
            if (await asPerson is null)
                people.Add(clock.GetUtcNow());
            if (await asQueue is null)
                queue.Add(clock.GetUtcNow());
            clock.Advance(TimeSpan.FromSeconds(1));
        }
        List<DateTimeOffset> all = [.. people.Concat(queue).Order()];
        all.Max(at => all.Count(g => g >= at && g < at.AddMinutes(1))).ShouldBeLessThanOrEqualTo(100);
        queue.Max(at => queue.Count(g => g >= at && g < at.AddMinutes(1))).ShouldBeLessThanOrEqualTo(80);
        people.Count.ShouldBeGreaterThan(75);
    }

    [Fact]
    public async Task Many_at_once_at_two_instances_get_no_more_than_there_is()
    {
        await using var database = await TestDatabase.SqliteAsync();
        var integration = await RegisterAsync(database, new RateLimit(10, 2, 0, 0));
        var clock = new FakeTimeProvider(Given.Now);
        var instances = new[] { Budget(database, clock), Budget(database, clock) };
        var waits = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => Task.Run(() => TakeAsync(instances[i % 2], integration, CallFor.Person), TestContext.Current.CancellationToken)));
        waits.Count(w => w is null).ShouldBe(6, "four of the ten are the queue's");
        waits.OfType<TimeSpan>().ShouldAllBe(w => w > TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task A_wait_that_is_longer_than_the_patience_is_over_at_once()
    {
        await using var database = await TestDatabase.SqliteAsync();
        var integration = await RegisterAsync(database, new RateLimit(1, 0, 0, 0));
        var budget = Budget(database, new FakeTimeProvider(Given.Now));
        (await TakeAsync(budget, integration, CallFor.Person)).ShouldBeNull();
        var left = await budget.TakeAsync(integration, CallFor.Person, Given.Office, TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
        left.ShouldNotBeNull().ShouldBeGreaterThan(TimeSpan.FromSeconds(59));
    }

    [Fact]
    public async Task A_wait_within_the_patience_is_waited_for()
    {
        await using var database = await TestDatabase.SqliteAsync();
        var integration = await RegisterAsync(database, new RateLimit(1, 0, 0, 0));
        var clock = new FakeTimeProvider(Given.Now);
        var budget = Budget(database, clock);
        await TakeAsync(budget, integration, CallFor.Person);
        clock.Advance(TimeSpan.FromSeconds(57));
        var waiting = budget.TakeAsync(integration, CallFor.Person, Given.Office, TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
        while (!waiting.IsCompleted)
        {
            clock.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }
        (await waiting).ShouldBeNull();
    }

    // People's tokens came from the queue's floor as soon as their own share was used up.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_token_takes_of_the_queue_s_calls_only_when_the_queue_asks_for_it(bool isForQueue)
    {
        await using var database = await TestDatabase.SqliteAsync();
        var integration = await RegisterAsync(database, new RateLimit(0, 0, 5, 0));
        var budget = Budget(database, new FakeTimeProvider(Given.Now));
        for (var i = 0; i < 3; i++)
            (await TokenAsync()).ShouldBeNull("people's share comes first");
        (await TokenAsync() is null).ShouldBe(isForQueue);
        (await TokenAsync() is null).ShouldBe(isForQueue);
        (await TakeAsync(budget, integration, CallFor.Queue) is null).ShouldBe(!isForQueue);

        Task<TimeSpan?> TokenAsync() =>
            budget.TakeForTokenAsync(integration, () => isForQueue, Given.Office, TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Without_a_limit_the_database_is_not_asked()
    {
        await using var database = await TestDatabase.SqliteAsync();
        var integration = await RegisterAsync(database, RateLimit.None);
        (await TakeAsync(Budget(database, new FakeTimeProvider(Given.Now)), integration, CallFor.Queue)).ShouldBeNull();
        await using var db = database.Open();
        (await db.Destinations.AnyAsync(TestContext.Current.CancellationToken)).ShouldBeFalse();
    }

    // An instance of its own: its own write gate, the same database.
    private static DestinationBudget Budget(TestDatabase database, TimeProvider clock)
    {
        var services = database.Services.Value;
        return new DestinationBudget(new Database(
            services.GetRequiredService<DatabaseSettings>(), services.GetRequiredService<DatabaseOptions>(), new WriteGate(), new CommitSignal()), clock);
    }

    private static Task<TimeSpan?> TakeAsync(DestinationBudget budget, Integration integration, CallFor whom) =>
        budget.TryTakeAsync(integration, whom, Given.Office, TestContext.Current.CancellationToken);

    private static Task<Integration> RegisterAsync(TestDatabase database, RateLimit limit) => database.Database.WriteAsync(Actor.System("test"), db =>
    {
        var integration = Integration.Register("REQ-I-001", "Symphonics", "symphonics", Given.Now);
        integration.Tune(new IntegrationPace("5s", 30, 4, false, limit));
        db.Integrations.Add(integration);
        return Task.FromResult(integration);
    }, CancellationToken.None);
}

using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Tapwork.Infrastructure.Events;

namespace Tapwork.Tests.Events;

public sealed class LiveFeedTests
{
    // A dashboard counted whole groups twice a second.
    [Fact]
    public async Task A_screen_that_counts_whole_groups_hears_of_many_events_at_once_and_of_the_last()
    {
        var clock = new FakeTimeProvider(Given.Now);
        var feed = new LiveFeed(null!, new PositionSignal(), clock, NullLogger<LiveFeed>.Instance);
        var told = new List<int>();
        using var subscription = feed.Subscribe(news => { told.Add(news.Count); return Task.CompletedTask; }, TimeSpan.FromSeconds(5));
        for (var news = 0; news < 10; news++)
        {
            Add(subscription, news);
            clock.Advance(TimeSpan.FromMilliseconds(490));
        }
        told.ShouldBe([1]);
        clock.Advance(TimeSpan.FromSeconds(1));
        while (told.Count < 2)
            await Task.Delay(5, TestContext.Current.CancellationToken);
        told.ShouldBe([1, 9]);
    }

    private static void Add(IDisposable subscription, int position) =>
        subscription.GetType().GetMethod("Add")!.Invoke(subscription, [new List<LiveEvent> { new(position, "delivery.delivered", Guid.Empty, "{}") }]);
}

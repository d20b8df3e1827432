using Tapwork.Core.Integrations;

namespace Tapwork.Tests.Integrations;

public class RateBudgetTests
{
    private static readonly RateLimit Symphonics = new(100, 20, 5000, 500);

    [Fact]
    public void A_queue_that_never_rests_gets_its_share_of_the_minute_and_no_more()
    {
        var (granted, _) = Run(TimeSpan.FromMinutes(10), peopleEvery: null);
        MostInAMinute(granted).ShouldBeLessThanOrEqualTo(80);
        (granted.Count / 10.0).ShouldBeGreaterThanOrEqualTo(76);
    }

    [Fact]
    public void With_people_calling_too_no_rolling_minute_holds_more_than_the_limit()
    {
        var (queue, people) = Run(TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(1.5));
        MostInAMinute([.. queue.Concat(people).Order()]).ShouldBeLessThanOrEqualTo(100);
        people.Count.ShouldBeGreaterThan(100);
    }

    [Fact]
    public void The_day_s_reserve_is_for_people()
    {
        var limit = new RateLimit(0, 0, 10, 4);
        var budget = RateBudget.Unused;
        var now = Given.Now;
        for (var i = 0; i < 6; i++)
            (budget, _) = budget.Take(limit, CallFor.Queue, now);
        budget.Take(limit, CallFor.Queue, now).Wait.ShouldNotBeNull();
        for (var i = 0; i < 4; i++)
        {
            (budget, var wait) = budget.Take(limit, CallFor.Person, now);
            wait.ShouldBeNull();
        }
        budget.Take(limit, CallFor.Person, now).Wait.ShouldNotBeNull();
        budget.Take(limit, CallFor.Person, now.AddHours(26)).Wait.ShouldBeNull();
    }

    private static (List<DateTimeOffset> Queue, List<DateTimeOffset> People) Run(TimeSpan time, TimeSpan? peopleEvery)
    {
        var (queue, people) = (new List<DateTimeOffset>(), new List<DateTimeOffset>());
        var (budget, now, nextPerson) = (RateBudget.Unused, Given.Now, Given.Now);
        while (now < Given.Now + time)
        {
            if (peopleEvery is { } every && now >= nextPerson)
            {
                (budget, var refused) = budget.Take(Symphonics with { PerDay = 0 }, CallFor.Person, now);
                if (refused is null)
                    people.Add(now);
                nextPerson = now + every;
            }
            (budget, var wait) = budget.Take(Symphonics with { PerDay = 0 }, CallFor.Queue, now);
            if (wait is null)
                queue.Add(now);
            var step = wait ?? TimeSpan.Zero;
            now += peopleEvery is not null && step > TimeSpan.FromMilliseconds(100) ? TimeSpan.FromMilliseconds(100) : step;
        }
        return (queue, people);
    }

    private static int MostInAMinute(List<DateTimeOffset> granted) =>
        granted.Max(at => granted.Count(g => g >= at && g < at.AddMinutes(1)));
}

using System.Text.Json;
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

    // 4,500 PDL checks of one morning stopped every dossier for a day.
    [Theory]
    [InlineData(4500)]
    [InlineData(6000)]
    [InlineData(2251)]
    public void However_often_people_ask_the_queue_keeps_its_floor_of_the_day(int asked)
    {
        var limit = Symphonics with { PerMinute = 0 };
        var (budget, people) = TakeMany(RateBudget.Unused, limit, CallFor.Person, asked);
        people.ShouldBe(Math.Min(asked, 5000 - limit.QueueFloorPerDay));
        var (after, queue) = TakeMany(budget, limit, CallFor.Queue, 5000);
        queue.ShouldBe(Math.Min(5000 - people, 4500));
        queue.ShouldBeGreaterThanOrEqualTo(2250);
        after.Hours.Sum(h => h.Calls).ShouldBeLessThanOrEqualTo(5000);
    }

    [Theory]
    [InlineData(100, 20)]
    [InlineData(60, 10)]
    [InlineData(3, 0)]
    public void However_often_people_ask_the_queue_keeps_its_floor_of_the_minute(int perMinute, int reserved)
    {
        var limit = new RateLimit(perMinute, reserved, 0, 0);
        var (budget, people) = TakeMany(RateBudget.Unused, limit, CallFor.Person, 1000);
        people.ShouldBe(perMinute - limit.QueueFloorPerMinute);
        budget.Take(limit, CallFor.Queue, Given.Now).Wait.ShouldBeNull();
    }

    // 200 interventions Symphonics never answered for used up the queue's day.
    [Theory]
    [InlineData(5000, 500, 562)]
    [InlineData(1000, 100, 112)]
    [InlineData(20, 2, 2)]
    public void However_often_jobs_ask_and_people_too_deliveries_keep_calls_of_the_day(int perDay, int reserved, int jobs)
    {
        var limit = new RateLimit(0, 0, perDay, reserved);
        var (budget, asked) = TakeMany(RateBudget.Unused, limit, CallFor.Job, 6400);
        asked.ShouldBe(jobs);
        (budget, var people) = TakeMany(budget, limit, CallFor.Person, 6400);
        people.ShouldBe(perDay - limit.QueueFloorPerDay);
        TakeMany(budget, limit, CallFor.Queue, 6400).Granted.ShouldBe(limit.QueueFloorPerDay - jobs);
    }

    [Theory]
    [InlineData(100, 20, 20)]
    [InlineData(60, 10, 12)]
    public void However_often_jobs_ask_deliveries_keep_calls_of_the_minute_and_wait_for_none(int perMinute, int reserved, int jobs)
    {
        var limit = new RateLimit(perMinute, reserved, 0, 0);
        var (budget, asked) = TakeMany(RateBudget.Unused, limit, CallFor.Job, 200);
        asked.ShouldBe(jobs);
        budget.Take(limit, CallFor.Queue, Given.Now).Wait.ShouldBeNull();
        budget.Take(limit, CallFor.Job, Given.Now).Wait.ShouldNotBeNull();
        budget.Take(limit, CallFor.Job, Given.Now.AddMinutes(1.1)).Wait.ShouldBeNull();
    }

    // The queue's calls, whoever causes them: people's reserve stays theirs.
    [Fact]
    public void Jobs_and_deliveries_together_leave_people_their_reserve()
    {
        var limit = Symphonics with { PerMinute = 0 };
        var (budget, jobs) = TakeMany(RateBudget.Unused, limit, CallFor.Job, 5000);
        (budget, var queue) = TakeMany(budget, limit, CallFor.Queue, 5000);
        (jobs + queue).ShouldBe(4500);
        TakeMany(budget, limit, CallFor.Job, 10).Granted.ShouldBe(0);
        TakeMany(budget, limit, CallFor.Person, 1000).Granted.ShouldBe(500);
    }

    [Fact]
    public void What_jobs_took_is_known_after_a_restart()
    {
        var limit = new RateLimit(100, 20, 5000, 500);
        var (budget, _) = TakeMany(RateBudget.Unused, limit, CallFor.Job, 20);
        var read = JsonSerializer.Deserialize<RateBudget>(JsonSerializer.Serialize(budget))!;
        read.Hours.Single().Job.ShouldBe(20);
        read.Take(limit, CallFor.Job, Given.Now).Wait.ShouldNotBeNull();
        read.Take(limit, CallFor.Queue, Given.Now).Wait.ShouldBeNull();
    }

    [Fact]
    public void A_limit_of_one_call_is_a_person_s_or_a_delivery_s()
    {
        foreach (var whom in (CallFor[])[CallFor.Person, CallFor.Queue])
            RateBudget.Unused.Take(new RateLimit(1, 0, 1, 0), whom, Given.Now).Wait.ShouldBeNull();
    }

    // Of a floor of none or one the jobs had it all, and no delivery left that day.
    [Theory]
    [InlineData(10, 9, 0)]
    [InlineData(1, 0, 0)]
    [InlineData(2, 0, 0)]
    [InlineData(4, 0, 1)]
    [InlineData(6, 0, 1)]
    [InlineData(8, 0, 1)]
    [InlineData(16, 0, 2)]
    public void Jobs_never_take_more_than_half_of_a_small_floor_of_the_day(int perDay, int reserved, int jobs)
    {
        var limit = new RateLimit(0, 0, perDay, reserved);
        var (budget, asked) = TakeMany(RateBudget.Unused, limit, CallFor.Job, 50);
        asked.ShouldBe(jobs);
        asked.ShouldBeLessThanOrEqualTo(limit.QueueFloorPerDay / 2);
        budget.Take(limit, CallFor.Queue, Given.Now).Wait.ShouldBeNull();
        budget.Take(limit, CallFor.Job, Given.Now).Wait.ShouldNotBeNull().ShouldBeGreaterThan(TimeSpan.FromHours(23));
    }

    [Theory]
    [InlineData(1, 0, 0)]
    [InlineData(3, 0, 0)]
    [InlineData(10, 9, 0)]
    [InlineData(4, 0, 1)]
    [InlineData(7, 1, 1)]
    public void Jobs_never_take_more_than_half_of_a_small_floor_of_the_minute(int perMinute, int reserved, int jobs)
    {
        var limit = new RateLimit(perMinute, reserved, 0, 0);
        var (budget, asked) = TakeMany(RateBudget.Unused, limit, CallFor.Job, 50);
        asked.ShouldBe(jobs);
        budget.Take(limit, CallFor.Queue, Given.Now).Wait.ShouldBeNull();
        budget.Take(limit, CallFor.Job, Given.Now).Wait.ShouldNotBeNull().ShouldBeGreaterThan(TimeSpan.FromMinutes(1));
    }

    // A row written before the two were counted apart says of neither how many were its own.
    [Fact]
    public void Calls_counted_by_an_earlier_version_count_towards_the_limit_and_stop_neither_side_by_themselves()
    {
        var limit = Symphonics with { PerMinute = 0 };
        var old = JsonSerializer.Deserialize<RateBudget>($$"""{"Recent":[],"Hours":[{"Hour":{{Given.Now.ToUnixTimeSeconds() / 3600}},"Calls":4600}]}""")!;
        TakeMany(old, limit, CallFor.Person, 1000).Granted.ShouldBe(400);
        TakeMany(old, limit, CallFor.Queue, 1000).Granted.ShouldBe(400);
    }

    private static (RateBudget After, int Granted) TakeMany(RateBudget budget, RateLimit limit, CallFor whom, int count)
    {
        var granted = 0;
        for (var i = 0; i < count; i++)
        {
            (budget, var wait) = budget.Take(limit, whom, Given.Now);
            granted += wait is null ? 1 : 0;
        }
        return (budget, granted);
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

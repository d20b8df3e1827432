using Microsoft.EntityFrameworkCore;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Integrations;
using Tapwork.Infrastructure.Persistence;
using Tapwork.Tests.Persistence;

namespace Tapwork.Tests.Deliveries;

/// <summary>Whatever sends, it sends as the integration is now, and nothing once it is switched off.</summary>
public class SettingsAtSendTests
{
    // After so many quick sends a lane claims many ahead.
    private const int QuickFirst = 30;

    private static readonly IntegrationPace OneByOne = DeliveryBench.Pace with { Concurrency = 1 };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    // The integration was read once for a run: a long queue went out to the end.
    [Theory]
    [MemberData(nameof(DeliveryBench.Both), MemberType = typeof(DeliveryBench))]
    public async Task A_drain_under_way_stops_when_the_integration_is_disabled(DatabaseProvider provider)
    {
        await using var bench = await DeliveryBench.CreateAsync(provider, OneByOne);
        await bench.OrderAsync(3);
        var (job, desk) = (bench.Start(new ToldConnector()), bench.Start(new ToldConnector()));
        job.Connector.Meanwhile = _ => desk.ChangeAsync(i => i.Disable());
        (await job.SendDueAsync()).ShouldBe(1);
        (await bench.StatusesAsync()).ShouldBe([DeliveryStatus.Delivered, DeliveryStatus.Pending, DeliveryStatus.Pending]);
    }

    [Theory]
    [MemberData(nameof(DeliveryBench.Both), MemberType = typeof(DeliveryBench))]
    public async Task A_drain_under_way_goes_on_under_a_changed_address_and_pace(DatabaseProvider provider)
    {
        await using var bench = await DeliveryBench.CreateAsync(provider, OneByOne);
        await bench.OrderAsync(3);
        var (job, desk) = (bench.Start(new ToldConnector()), bench.Start(new ToldConnector()));
        job.Connector.Meanwhile = d => d.Id == 1 ? desk.ChangeAsync(i =>
        {
            i.Configure("""{"Url":"https://new.example"}""", [], Given.Now);
            i.Tune(OneByOne with { TimeoutSeconds = 7, Concurrency = 2 });
        }) : Task.CompletedTask;
        (await job.SendDueAsync()).ShouldBe(3);
        job.Connector.SentUnder.Select(i => (i.Settings.Contains("new.example"), i.TimeoutSeconds)).ShouldBe([(false, 30), (true, 7), (true, 7)]);
    }

    [Theory]
    [MemberData(nameof(DeliveryBench.Both), MemberType = typeof(DeliveryBench))]
    public async Task A_claim_under_settings_of_yesterday_takes_nothing_and_says_so(DatabaseProvider provider)
    {
        await using var bench = await DeliveryBench.CreateAsync(provider);
        await bench.OrderAsync();
        var (lane, desk) = (bench.Start(new ToldConnector()), bench.Start(new ToldConnector()));
        await desk.ChangeAsync(i => i.Tune(OneByOne));
        var batch = await lane.Claims.ClaimAsync(bench.Integration, true, 10, Cancel);
        (batch.Deliveries.Count, batch.IsStale, batch.NextIn).ShouldBe((0, true, TimeSpan.Zero));
        await desk.ChangeAsync(i => i.Disable());
        batch = await lane.Claims.ClaimAsync(bench.Integration, true, 10, Cancel);
        (batch.Deliveries.Count, batch.IsStale, batch.NextIn).ShouldBe((0, false, null));
    }

    // Whatever was looked up before it: the statement itself asks.
    [Theory]
    [MemberData(nameof(DeliveryBench.Both), MemberType = typeof(DeliveryBench))]
    public async Task The_claiming_statement_takes_nothing_for_another_version_or_a_disabled_integration(DatabaseProvider provider)
    {
        await using var bench = await DeliveryBench.CreateAsync(provider);
        await bench.OrderAsync();
        var instance = bench.Start(new ToldConnector());
        var version = bench.Integration.Version;
        (await TakeAsync(version + 1)).ShouldBe(0);
        await instance.ChangeAsync(i => i.Disable());
        (await TakeAsync(version + 1)).ShouldBe(0);
        await instance.ChangeAsync(i => i.Enable());
        (await TakeAsync(version + 2)).ShouldBe(1);

        Task<int> TakeAsync(long under) => instance.Database.WriteAsync(Core.Accounts.Actor.System("test"), async db => (await db.Deliveries.FromSqlRaw(
            Statements.ClaimDue(provider, inOrder: false), bench.Integration.Id, db.Moment(Given.Now), 5, Guid.NewGuid(), db.Moment(Given.Now.AddMinutes(1)), 0, null!, under)
            .AsNoTracking().ToListAsync(Cancel)).Count, Cancel);
    }

    [Theory]
    [Databases(true)]
    [Databases(false)]
    public async Task What_was_claimed_before_the_disabling_is_given_back_as_if_it_had_never_been_claimed(DatabaseProvider provider, bool isIdempotent)
    {
        await using var bench = await DeliveryBench.CreateAsync(provider);
        var id = (await bench.OrderAsync()).Single();
        var instance = bench.Start(new ToldConnector(isIdempotent));
        var claimed = (await instance.ClaimAsync()).Single();
        await instance.ChangeAsync(i => i.Disable());
        (await instance.SendAsync(claimed)).ShouldBeNull();
        instance.Connector.Sent.ShouldBeEmpty();
        var given = await bench.ReadAsync(id);
        (given.Status, given.SendCount, given.SendStartedAt, given.LeaseToken).ShouldBe((DeliveryStatus.Pending, 0, null, null));
        (await bench.AttemptsAsync(id)).ShouldBeEmpty();

        await instance.ChangeAsync(i => i.Enable());
        (await instance.SendDueAsync()).ShouldBe(1);
        instance.Connector.Sent.Single().MayHaveArrivedBefore.ShouldBeFalse("nothing had begun");
    }

    [Theory]
    [MemberData(nameof(DeliveryBench.Both), MemberType = typeof(DeliveryBench))]
    public async Task What_another_instance_changed_counts_within_a_second_and_at_once_where_a_send_is_written_down_first(DatabaseProvider provider)
    {
        await using var bench = await DeliveryBench.CreateAsync(provider);
        await bench.OrderAsync(2);
        var (lane, strict, desk) = (bench.Start(new ToldConnector()), bench.Start(new ToldConnector(isIdempotent: false)), bench.Start(new ToldConnector()));
        var (claimed, begun) = ((await lane.ClaimAsync(1)).Single(), (await strict.ClaimAsync(1)).Single());
        await desk.ChangeAsync(i => i.Disable());
        (await strict.SendAsync(begun)).ShouldBeNull();
        bench.Clock.Advance(TimeSpan.FromSeconds(1));
        (await lane.SendAsync(claimed)).ShouldBeNull();
        lane.Connector.Sent.Concat(strict.Connector.Sent).ShouldBeEmpty();
        (await bench.StatusesAsync()).ShouldAllBe(s => s == DeliveryStatus.Pending);
    }

    [Theory]
    [MemberData(nameof(DeliveryBench.Both), MemberType = typeof(DeliveryBench))]
    public async Task What_was_claimed_before_a_change_of_address_goes_to_the_new_one(DatabaseProvider provider)
    {
        await using var bench = await DeliveryBench.CreateAsync(provider);
        await bench.OrderAsync();
        var instance = bench.Start(new ToldConnector());
        var claimed = (await instance.ClaimAsync()).Single();
        await instance.ChangeAsync(i => i.Configure("""{"Url":"https://new.example"}""", [], Given.Now));
        (await instance.SendAsync(claimed)).ShouldBeNull();
        (await instance.SendDueAsync()).ShouldBe(1);
        instance.Connector.SentUnder.Single().Settings.ShouldContain("new.example");
    }

    [Fact]
    public async Task What_was_claimed_before_a_person_opened_the_breaker_is_given_back()
    {
        await using var bench = await DeliveryBench.CreateAsync();
        await bench.OrderAsync(2);
        var instance = bench.Start(new ToldConnector());
        var claimed = await instance.ClaimAsync();
        await instance.RecordAsync((await instance.SendAsync(claimed[0])).ShouldNotBeNull());
        await instance.Destinations.ForceAsync(bench.Admin, bench.Integration.Id, BreakerState.Open, "works at theirs", Cancel);
        (await instance.SendAsync(claimed[1])).ShouldBeNull();
        (await bench.StatusesAsync()).ShouldBe([DeliveryStatus.Delivered, DeliveryStatus.Pending]);
    }

    [Fact]
    public async Task What_was_claimed_before_the_integration_was_held_is_given_back_and_its_probe_still_goes()
    {
        await using var bench = await DeliveryBench.CreateAsync();
        await bench.OrderAsync(2);
        var instance = bench.Start(new ToldConnector { Answer = _ => ToldConnector.Misconfigured });
        var claimed = await instance.ClaimAsync();
        bench.Clock.Advance(TimeSpan.FromMilliseconds(10));
        await instance.RecordAsync((await instance.SendAsync(claimed[0])).ShouldNotBeNull());
        (await instance.SendAsync(claimed[1])).ShouldBeNull();
        instance.Connector.Sent.Count.ShouldBe(1);
        bench.Clock.Advance(DestinationState.ProbeEvery);
        instance.Connector.Answer = _ => ToldConnector.Accepted;
        (await instance.SendDueAsync()).ShouldBe(2);
    }

    // A probe that went back would have kept its slot for a quarter of an hour.
    [Theory]
    [MemberData(nameof(DeliveryBench.Both), MemberType = typeof(DeliveryBench))]
    public async Task A_probe_that_is_given_back_leaves_its_slot_to_the_next(DatabaseProvider provider)
    {
        await using var bench = await DeliveryBench.CreateAsync(provider);
        await bench.OrderAsync();
        var instance = bench.Start(new ToldConnector { Answer = _ => ToldConnector.Misconfigured });
        await instance.SendDueAsync();
        bench.Clock.Advance(DestinationState.ProbeEvery + TimeSpan.FromTicks(7));
        var probe = (await instance.ClaimAsync()).Single();
        await instance.ChangeAsync(i => i.Configure("""{"Key":"right"}""", [], Given.Now));
        (await instance.SendAsync(probe)).ShouldBeNull();
        instance.Connector.Answer = _ => ToldConnector.Accepted;
        (await instance.SendDueAsync()).ShouldBe(1, "with the right key, at once");
    }

    [Fact]
    public async Task A_lane_gives_back_what_it_claimed_ahead_when_the_integration_is_disabled()
    {
        await using var bench = await DeliveryBench.CreateAsync(pace: OneByOne);
        await bench.OrderAsync(60);
        var instance = bench.Start(new ToldConnector());
        var (isBegun, go) = (false, new TaskCompletionSource());
        instance.Connector.Meanwhile = async _ =>
        {
            if (instance.Connector.Sent.Count <= QuickFirst)
                return;
            Volatile.Write(ref isBegun, true);
            await go.Task;
        };
        await RunAsync(instance, async () =>
        {
            await UntilAsync(bench, s => Volatile.Read(ref isBegun) && s.Count(x => x == DeliveryStatus.Sending) > 1);
            await instance.ChangeAsync(i => i.Disable());
            go.SetResult();
            await UntilAsync(bench, s => !s.Contains(DeliveryStatus.Sending));
        });
        instance.Connector.Sent.Count.ShouldBe(QuickFirst + 1);
        (await bench.StatusesAsync()).Count(s => s == DeliveryStatus.Pending).ShouldBe(60 - QuickFirst - 1);
    }

    // Senders were added and never taken away.
    [Fact]
    public async Task A_lane_sends_no_more_at_once_than_the_concurrency_of_now()
    {
        await using var bench = await DeliveryBench.CreateAsync();
        await bench.OrderAsync(60);
        var instance = bench.Start(new ToldConnector());
        var (isLowered, atOnce, most) = (false, 0, 0);
        var go = new TaskCompletionSource();
        instance.Connector.Meanwhile = async _ =>
        {
            if (instance.Connector.Sent.Count <= QuickFirst)
                return;
            var others = Interlocked.Increment(ref atOnce);
            if (Volatile.Read(ref isLowered))
                most = Math.Max(most, others);
            await go.Task;
            await Task.Delay(5, Cancel);
            Interlocked.Decrement(ref atOnce);
        };
        await RunAsync(instance, async () =>
        {
            await UntilAsync(bench, _ => Volatile.Read(ref atOnce) == 4);
            await instance.ChangeAsync(i => i.Tune(OneByOne));
            go.SetResult();
            await UntilAsync(bench, _ => Volatile.Read(ref atOnce) <= 1);
            Volatile.Write(ref isLowered, true);
            await UntilAsync(bench, s => s.All(x => x == DeliveryStatus.Delivered));
        });
        most.ShouldBe(1);
    }

    private static async Task RunAsync(Instance instance, Func<Task> work)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var (lane, outcomes) = (instance.Lane.RunAsync(stop.Token), instance.Outcomes.RunAsync(Cancel));
        await work();
        await stop.CancelAsync();
        await lane;
        instance.Outcomes.Complete();
        while (!outcomes.IsCompleted)
        {
            instance.Bench.Clock.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Yield();
        }
    }

    // The loops sleep by the bench's clock.
    private static async Task UntilAsync(DeliveryBench bench, Func<List<DeliveryStatus>, bool> isSo)
    {
        while (!isSo(await bench.StatusesAsync()))
        {
            bench.Clock.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Delay(5, Cancel);
        }
    }
}

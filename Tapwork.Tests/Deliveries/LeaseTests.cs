using Microsoft.EntityFrameworkCore;
using Tapwork.Core.Deliveries;
using Tapwork.Infrastructure.Deliveries;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Tests.Deliveries;

public class LeaseTests
{
    private static readonly TimeSpan PastTheLease = TimeSpan.FromMinutes(1);

    [Theory]
    [MemberData(nameof(DeliveryBench.Both), MemberType = typeof(DeliveryBench))]
    public async Task Two_instances_that_claim_at_once_get_different_deliveries(DatabaseProvider provider)
    {
        await using var bench = await DeliveryBench.CreateAsync(provider);
        var ids = await bench.OrderAsync(40);
        var instances = Enumerable.Range(0, 4).Select(_ => bench.Start(new ToldConnector())).ToList();
        var claimed = await Task.WhenAll(instances.Select(i => Task.Run(() => i.ClaimAsync(10), TestContext.Current.CancellationToken)));
        var all = claimed.SelectMany(c => c).Select(d => d.Id).ToList();
        all.ShouldBeUnique();
        all.Except(ids).ShouldBeEmpty();
        foreach (var instance in instances)
            await instance.SendDueAsync();
        instances.SelectMany(i => i.Connector.SentIds).Concat(all).ShouldBe(ids, ignoreOrder: true);
    }

    // A plan that read the subquery again took more than there was room for.
    [Theory]
    [MemberData(nameof(DeliveryBench.Both), MemberType = typeof(DeliveryBench))]
    public async Task No_more_are_claimed_than_there_is_room_for(DatabaseProvider provider)
    {
        await using var bench = await DeliveryBench.CreateAsync(provider);
        await bench.OrderAsync(300);
        var instance = bench.Start(new ToldConnector());
        for (var room = 1; room <= 20; room++)
            (await instance.ClaimAsync(room)).Count.ShouldBe(room);
        (await bench.StatusesAsync()).Count(s => s == DeliveryStatus.Sending).ShouldBe(210);
    }

    [Theory]
    [MemberData(nameof(DeliveryBench.Both), MemberType = typeof(DeliveryBench))]
    public async Task Who_was_frozen_past_the_lease_may_not_write(DatabaseProvider provider)
    {
        await using var bench = await DeliveryBench.CreateAsync(provider);
        var id = (await bench.OrderAsync()).Single();
        var (frozen, other) = (bench.Start(new ToldConnector { Answer = _ => ToldConnector.Refused }), bench.Start(new ToldConnector()));
        var late = (await frozen.SendAsync((await frozen.ClaimAsync()).Single())).ShouldNotBeNull();
        bench.Clock.Advance(PastTheLease);
        (await other.RecoverAsync()).ShouldBe(1);

        await frozen.RecordAsync(late);
        (await bench.ReadAsync(id)).Status.ShouldBe(DeliveryStatus.Retrying);
        var held = (await other.ClaimAsync()).Single();
        await frozen.RecordAsync(late);
        (await bench.ReadAsync(id)).Status.ShouldBe(DeliveryStatus.Sending);
        await other.RecordAsync((await other.SendAsync(held)).ShouldNotBeNull());
        await frozen.RecordAsync(late);

        (await bench.ReadAsync(id)).Status.ShouldBe(DeliveryStatus.Delivered);
        (await bench.AttemptsAsync(id)).ShouldBe(["Interrupted", "Accepted"]);
    }

    [Theory]
    [MemberData(nameof(DeliveryBench.Both), MemberType = typeof(DeliveryBench))]
    public async Task In_a_batch_only_the_outcome_whose_lease_was_lost_is_left_out(DatabaseProvider provider)
    {
        await using var bench = await DeliveryBench.CreateAsync(provider);
        var ids = await bench.OrderAsync(2);
        var (frozen, other) = (bench.Start(new ToldConnector()), bench.Start(new ToldConnector { Answer = _ => ToldConnector.Refused }));
        var lost = (await frozen.SendAsync((await frozen.ClaimAsync(1)).Single())).ShouldNotBeNull();
        bench.Clock.Advance(PastTheLease);
        await other.RecoverAsync();
        await other.RecordAsync((await other.SendAsync((await other.ClaimAsync(5)).Single(d => d.Id == lost.Delivery.Id))).ShouldNotBeNull());
        bench.Clock.Advance(PastTheLease);
        await other.RecoverAsync();
        var kept = (await frozen.SendAsync((await frozen.ClaimAsync()).Single())).ShouldNotBeNull();
        await frozen.RecordAsync(lost, kept);
        (await bench.ReadAsync(lost.Delivery.Id)).Status.ShouldBe(DeliveryStatus.Refused);
        (await bench.ReadAsync(ids.Single(i => i != lost.Delivery.Id))).Status.ShouldBe(DeliveryStatus.Delivered);
    }

    // One that PostgreSQL would not take kept the whole batch from being written, and all of it was sent again after the lease.
    [Fact]
    public async Task An_outcome_that_cannot_be_written_takes_no_other_with_it()
    {
        await using var bench = await DeliveryBench.CreateAsync(DatabaseProvider.PostgreSql);
        var ids = await bench.OrderAsync(2);
        var instance = bench.Start(new ToldConnector());
        var sent = new List<SentDelivery>();
        foreach (var claimed in await instance.ClaimAsync())
            sent.Add((await instance.SendAsync(claimed)).ShouldNotBeNull());
        var bad = sent.Single(s => s.Delivery.Id == ids[0]) with { Exchange = new Exchange("re\0quest", null, 200) };
        await instance.RecordAsync(bad, sent.Single(s => s.Delivery.Id == ids[1]));
        (await bench.StatusesAsync()).ShouldBe([DeliveryStatus.Sending, DeliveryStatus.Delivered]);
    }

    [Theory]
    [MemberData(nameof(DeliveryBench.Both), MemberType = typeof(DeliveryBench))]
    public async Task Who_lost_the_lease_before_the_send_sends_nothing(DatabaseProvider provider)
    {
        await using var bench = await DeliveryBench.CreateAsync(provider);
        await bench.OrderAsync();
        var (frozen, other) = (bench.Start(new ToldConnector()), bench.Start(new ToldConnector()));
        var claimed = (await frozen.ClaimAsync()).Single();
        bench.Clock.Advance(PastTheLease);
        await other.RecoverAsync();
        await other.ClaimAsync();
        (await frozen.SendAsync(claimed)).ShouldBeNull();
        frozen.Connector.Sent.ShouldBeEmpty();
    }

    // At 19 seconds it would just outlast the timeout, and run out while what came back is written: the partner then got it twice.
    [Theory]
    [InlineData(19)]
    [InlineData(40)]
    public async Task A_lease_too_short_for_the_timeout_and_the_record_is_lengthened_before_the_send(int seconds)
    {
        await using var bench = await DeliveryBench.CreateAsync();
        var id = (await bench.OrderAsync()).Single();
        var instance = bench.Start(new ToldConnector());
        var claimed = (await instance.ClaimAsync()).Single();
        bench.Clock.Advance(TimeSpan.FromSeconds(seconds));
        (await instance.SendAsync(claimed)).ShouldNotBeNull();
        (await bench.ReadAsync(id)).LeaseUntil.ShouldBe(bench.Clock.GetUtcNow().AddSeconds(50));
    }

    [Theory]
    [MemberData(nameof(DeliveryBench.Both), MemberType = typeof(DeliveryBench))]
    public async Task An_interrupted_send_to_a_far_side_that_knows_repeats_is_due_again_and_says_so(DatabaseProvider provider)
    {
        await using var bench = await DeliveryBench.CreateAsync(provider);
        var id = (await bench.OrderAsync()).Single();
        var (dead, other) = (bench.Start(new ToldConnector()), bench.Start(new ToldConnector()));
        await dead.ClaimAsync();
        (await other.RecoverAsync()).ShouldBe(0, "the lease has not run out");
        bench.Clock.Advance(PastTheLease);
        (await other.RecoverAsync()).ShouldBe(1);
        var freed = await bench.ReadAsync(id);
        (freed.Status, freed.NextAttemptAt, freed.FailedTries).ShouldBe((DeliveryStatus.Retrying, bench.Clock.GetUtcNow(), 0));
        (await other.SendDueAsync()).ShouldBe(1);
        other.Connector.Sent.Single().MayHaveArrivedBefore.ShouldBeTrue();
        (await bench.AttemptsAsync(id)).ShouldBe(["Interrupted", "Accepted"]);
    }

    [Theory]
    [MemberData(nameof(DeliveryBench.Both), MemberType = typeof(DeliveryBench))]
    public async Task An_interrupted_send_to_a_far_side_that_would_count_twice_waits_for_a_person(DatabaseProvider provider)
    {
        await using var bench = await DeliveryBench.CreateAsync(provider);
        var ids = await bench.OrderAsync(2);
        var instance = bench.Start(new ToldConnector(isIdempotent: false));
        var claimed = await instance.ClaimAsync();
        (await instance.Claims.BeginSendAsync(claimed.Single(d => d.Id == ids[0]), bench.Integration, TestContext.Current.CancellationToken)).ShouldBeTrue();
        bench.Clock.Advance(PastTheLease);
        (await instance.RecoverAsync()).ShouldBe(2);
        (await bench.StatusesAsync()).ShouldBe([DeliveryStatus.Uncertain, DeliveryStatus.Retrying]);
        (await bench.AttemptsAsync(ids[0])).ShouldBe(["Interrupted"]);
        (await bench.AttemptsAsync(ids[1])).ShouldBeEmpty("its send had not begun");
        (await bench.TopicsAsync()).ShouldContain(DeliveryUncertain.Name);
    }

    [Fact]
    public async Task No_answer_from_a_far_side_that_would_count_twice_waits_for_a_person()
    {
        await using var bench = await DeliveryBench.CreateAsync();
        var ids = await bench.OrderAsync(2);
        var instance = bench.Start(new ToldConnector(isIdempotent: false) { Answer = d => d.Id == ids[0] ? ToldConnector.Unanswered : ToldConnector.Down });
        await instance.SendDueAsync();
        (await bench.StatusesAsync()).ShouldBe([DeliveryStatus.Uncertain, DeliveryStatus.Retrying]);
    }

    // Read in one step and written in the next, the lease was taken from who had renewed it in between, and the partner got it twice.
    [Fact]
    public async Task A_lease_renewed_while_it_is_being_recovered_stays_with_its_holder()
    {
        await using var bench = await DeliveryBench.CreateAsync(DatabaseProvider.PostgreSql);
        var id = (await bench.OrderAsync()).Single();
        var (holder, other) = (bench.Start(new ToldConnector()), bench.Start(new ToldConnector()));
        var held = (await holder.ClaimAsync()).Single();
        bench.Clock.Advance(PastTheLease);
        Task<int> recovered;
        await using (var renewing = bench.Open())
        {
            await using var transaction = await renewing.Database.BeginTransactionAsync(Cancel);
            await renewing.Deliveries.Where(d => d.Id == id && d.LeaseToken == held.LeaseToken)
                .ExecuteUpdateAsync(d => d.SetProperty(x => x.LeaseUntil, bench.Clock.GetUtcNow().AddMinutes(1)), Cancel);
            recovered = other.RecoverAsync();
            while (!recovered.IsCompleted && !await DeliveryDeskTests.IsSomebodyWaitingAsync(bench))
                await Task.Delay(10, Cancel);
            await transaction.CommitAsync(Cancel);
        }
        (await recovered).ShouldBe(0);
        (await other.ClaimAsync()).ShouldBeEmpty();
        (await bench.ReadAsync(id)).LeaseToken.ShouldBe(held.LeaseToken);
        await holder.RecordAsync((await holder.SendAsync((await bench.ReadAsync(id)))).ShouldNotBeNull());
        (await bench.AttemptsAsync(id)).ShouldBe(["Accepted"]);
    }

    [Theory]
    [MemberData(nameof(DeliveryBench.Both), MemberType = typeof(DeliveryBench))]
    public async Task Many_who_recover_at_once_free_each_delivery_once(DatabaseProvider provider)
    {
        await using var bench = await DeliveryBench.CreateAsync(provider);
        await bench.OrderAsync(30);
        await bench.Start(new ToldConnector()).ClaimAsync(30);
        bench.Clock.Advance(PastTheLease);
        var instances = Enumerable.Range(0, 4).Select(_ => bench.Start(new ToldConnector())).ToList();
        var freed = await Task.WhenAll(instances.Select(i => Task.Run(i.RecoverAsync, Cancel)));
        freed.Sum().ShouldBe(30);
        await using var db = bench.Open();
        (await db.Attempts.CountAsync(Cancel)).ShouldBe(30);
        (await db.Events.CountAsync(e => e.Topic == "delivery.postponed", Cancel)).ShouldBe(30);
    }

    // It was lengthened though it had run out, while another was about to take it over.
    [Theory]
    [InlineData(DatabaseProvider.Sqlite, true)]
    [InlineData(DatabaseProvider.Sqlite, false)]
    [InlineData(DatabaseProvider.PostgreSql, true)]
    [InlineData(DatabaseProvider.PostgreSql, false)]
    public async Task A_lease_that_has_run_out_is_neither_renewed_nor_sent_under(DatabaseProvider provider, bool isIdempotent)
    {
        await using var bench = await DeliveryBench.CreateAsync(provider);
        var id = (await bench.OrderAsync()).Single();
        var frozen = bench.Start(new ToldConnector(isIdempotent));
        var claimed = (await frozen.ClaimAsync()).Single();
        var until = claimed.LeaseUntil;
        bench.Clock.Advance(PastTheLease);
        (await frozen.Claims.RenewAsync(claimed, bench.Integration, Cancel)).ShouldBeFalse();
        claimed.LeaseUntil.ShouldBe(until);
        (await frozen.Claims.BeginSendAsync(claimed, bench.Integration, Cancel)).ShouldBeFalse();
        (await frozen.SendAsync(claimed)).ShouldBeNull();
        frozen.Connector.Sent.ShouldBeEmpty();
        var given = await bench.ReadAsync(id);
        (given.Status, given.SendCount).ShouldBe((DeliveryStatus.Pending, 0));
    }

    // Status and token both: a person's or another process's word stands.
    [Theory]
    [MemberData(nameof(DeliveryBench.Both), MemberType = typeof(DeliveryBench))]
    public async Task Who_was_frozen_in_the_middle_of_a_send_that_would_count_twice_changes_nothing_any_more(DatabaseProvider provider)
    {
        await using var bench = await DeliveryBench.CreateAsync(provider);
        var id = (await bench.OrderAsync()).Single();
        var (frozen, other) = (bench.Start(new ToldConnector(isIdempotent: false)), bench.Start(new ToldConnector(isIdempotent: false)));
        var (begun, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        frozen.Connector.Meanwhile = _ => { begun.SetResult(); return go.Task; };
        var sending = frozen.SendAsync((await frozen.ClaimAsync()).Single());
        await begun.Task.WaitAsync(Cancel);
        bench.Clock.Advance(TimeSpan.FromSeconds(29));
        await other.RecoverAsync();
        (await bench.ReadAsync(id)).Status.ShouldBe(DeliveryStatus.Sending, "its lease holds");
        bench.Clock.Advance(PastTheLease);
        (await other.RecoverAsync()).ShouldBe(1);
        (await other.SendDueAsync()).ShouldBe(0, "a person decides");
        go.SetResult();
        await frozen.RecordAsync((await sending).ShouldNotBeNull());
        (await bench.ReadAsync(id)).Status.ShouldBe(DeliveryStatus.Uncertain);
        (await bench.AttemptsAsync(id)).ShouldBe(["Interrupted"]);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;
}

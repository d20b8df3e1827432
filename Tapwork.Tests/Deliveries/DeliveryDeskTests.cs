using Microsoft.EntityFrameworkCore;
using Tapwork.Core;
using Tapwork.Core.Deliveries;
using Tapwork.Infrastructure.Accounts;
using Tapwork.Infrastructure.Deliveries;
using Tapwork.Infrastructure.Persistence;
using Tapwork.Tests.Persistence;

namespace Tapwork.Tests.Deliveries;

public class DeliveryDeskTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    // Both saved, and the second undid what the first had decided.
    [Theory, Servers]
    public async Task Of_two_people_who_act_on_one_delivery_at_once_the_second_is_told(DatabaseProvider provider)
    {
        await using var bench = await DeliveryBench.CreateAsync(provider);
        var id = (await bench.OrderAsync()).Single();
        var (mine, other) = (bench.Start(new ToldConnector()), bench.Start(new ToldConnector()));
        await mine.Desk.HoldAsync(bench.Office, id, Cancel);
        var refusal = await Should.ThrowAsync<RuleViolation>(() => mine.Database.ActAsync(bench.Office, Given.Now, async db =>
        {
            var delivery = await db.Deliveries.SingleAsync(d => d.Id == id, Cancel);
            await Elsewhere(() => other.Desk.CancelAsync(bench.Office, id, Cancel));
            delivery.Replay(Given.Now);
        }, Cancel));
        refusal.Rule.ShouldBe("record.changed_meanwhile");
        (await bench.ReadAsync(id)).Status.ShouldBe(DeliveryStatus.Cancelled);
    }

    // The page of who pressed the button broke, and none of the selection was replayed.
    [Theory, Servers]
    public async Task A_selection_the_pump_takes_one_of_is_replayed_without_it(DatabaseProvider provider)
    {
        await using var bench = await DeliveryBench.CreateAsync(provider);
        var ids = await bench.OrderAsync(3);
        var instance = bench.Start(new ToldConnector { Answer = _ => ToldConnector.Down });
        await instance.SendDueAsync();
        Task<ReplayCount> replayed;
        await using (var pump = bench.Open())
        {
            await using var taking = await pump.Database.BeginTransactionAsync(Cancel);
            await pump.Deliveries.Where(d => d.Id == ids[1]).ExecuteUpdateAsync(d => d.SetProperty(x => x.Status, DeliveryStatus.Sending), Cancel);
            replayed = instance.Desk.ReplayAsync(bench.Office, ids, Cancel);
            await SomebodyWaitsAsync(bench);
            await taking.CommitAsync(Cancel);
        }
        (await replayed).Replayed.ShouldBe(2);
        (await bench.StatusesAsync()).ShouldBe([DeliveryStatus.Pending, DeliveryStatus.Sending, DeliveryStatus.Pending]);
    }

    // "Replay all" without a filter sent every mail that had ever been delivered once more.
    [Fact]
    public async Task Replaying_all_repeats_nothing_that_has_arrived_unless_asked_for_and_never_a_mail()
    {
        await using var bench = await DeliveryBench.CreateAsync();
        var mail = (await bench.OrderAsync(purpose: "mail:1")).Single();
        var dossier = (await bench.OrderAsync(purpose: "dossier")).Single();
        var instance = bench.Start(new ToldConnector());
        await instance.SendDueAsync();
        var held = (await bench.OrderAsync(purpose: "dossier")).Single();
        await instance.Desk.HoldAsync(bench.Office, held, Cancel);

        (await instance.Desk.ReplayAllAsync(bench.Office, new DeliveryFilter(), null, Cancel)).Replayed.ShouldBe(1);
        (await bench.StatusesAsync()).ShouldBe([DeliveryStatus.Delivered, DeliveryStatus.Delivered, DeliveryStatus.Pending]);
        (await instance.Desk.ReplayAllAsync(bench.Office, new DeliveryFilter(Status: DeliveryStatus.Delivered), null, Cancel)).Replayed.ShouldBe(1);
        (await bench.ReadAsync(mail)).Status.ShouldBe(DeliveryStatus.Delivered);
        (await bench.ReadAsync(dossier)).Status.ShouldBe(DeliveryStatus.Pending);
    }

    // A write on another connection is refused inside a transaction's own flow of calls; this is another person's flow.
    private static Task Elsewhere(Func<Task> work)
    {
        using (ExecutionContext.SuppressFlow())
            return Task.Run(work, Cancel);
    }

    private static async Task SomebodyWaitsAsync(DeliveryBench bench)
    {
        while (!await IsSomebodyWaitingAsync(bench))
            await Task.Delay(10, Cancel);
    }

    /// <summary>Whether a statement waits for another's lock (PostgreSQL, SQL Server).</summary>
    internal static async Task<bool> IsSomebodyWaitingAsync(DeliveryBench bench)
    {
        await using var db = bench.Open();
        var waiting = db.Provider == DatabaseProvider.SqlServer
            ? "SELECT COUNT(*) AS Value FROM sys.dm_exec_requests WHERE database_id = DB_ID() AND blocking_session_id <> 0"
            : "SELECT count(*)::int AS \"Value\" FROM pg_stat_activity WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0";
        return (await db.Database.SqlQueryRaw<int>(waiting).ToListAsync(Cancel))[0] > 0;
    }
}

using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Tapwork.Core.Monitoring;
using Tapwork.Infrastructure.Deliveries;
using Tapwork.Infrastructure.Monitoring;
using Tapwork.Infrastructure.Persistence;
using Tapwork.Tests.Integrations;

namespace Tapwork.Tests.Monitoring;

/// <summary>A clock that is off lets one instance take over what another is still sending: it is measured against the database's, and told.</summary>
public class ClockSkewTests
{
    private static readonly DeliverySettings Settings = new() { LeaseMargin = TimeSpan.FromMinutes(40) };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(11)]
    [InlineData(-11)]
    public async Task A_clock_off_by_more_than_a_quarter_of_the_margin_is_told_until_it_is_right(int minutes)
    {
        await using var hub = await HubFixture.StartAsync(provider: DatabaseProvider.PostgreSql);
        var (right, wrong) = (await MonitorAsync(hub, "right", 0), await MonitorAsync(hub, "wrong", minutes));
        await right.MeasureAsync(Cancel);
        await wrong.MeasureAsync(Cancel);
        (right.IsExcessive, wrong.IsExcessive).ShouldBe((false, true));
        Math.Round(wrong.Skew.TotalMinutes).ShouldBe(minutes);
        (await WatchAsync(hub)).ShouldBe([("alert.clock_skew", "wrong")]);
        (await WatchAsync(hub)).Count.ShouldBe(1, "once an incident");

        await (await MonitorAsync(hub, "wrong", 9)).MeasureAsync(Cancel);
        (await WatchAsync(hub)).ShouldBe([("alert.clock_skew", "wrong"), (AlertCleared.Name, "wrong")]);
    }

    [Fact]
    public async Task A_machine_that_is_gone_is_no_longer_watched()
    {
        await using var hub = await HubFixture.StartAsync(provider: DatabaseProvider.PostgreSql);
        await (await MonitorAsync(hub, "gone", 30)).MeasureAsync(Cancel);
        await hub.ChangeAsync(db => db.ClockReadings.ExecuteUpdateAsync(r => r.SetProperty(x => x.At, x => x.At.AddMinutes(-6)), Cancel));
        await (await MonitorAsync(hub, "here", 0)).MeasureAsync(Cancel);
        (await WatchAsync(hub)).ShouldBeEmpty();
        await hub.ChangeAsync(db => db.ClockReadings.ExecuteUpdateAsync(r => r.SetProperty(x => x.At, x => x.At.AddDays(-2)), Cancel));
        await (await MonitorAsync(hub, "here", 0)).MeasureAsync(Cancel);
        await using var db = hub.Open();
        (await db.ClockReadings.Select(r => r.Machine).ToListAsync(Cancel)).ShouldBe(["here"]);
    }

    [Fact]
    public async Task Beside_SQLite_there_is_nothing_to_compare()
    {
        await using var hub = await HubFixture.StartAsync();
        var monitor = await MonitorAsync(hub, "alone", 600);
        await monitor.MeasureAsync(Cancel);
        monitor.IsExcessive.ShouldBeFalse();
        await using var db = hub.Open();
        (await db.ClockReadings.AnyAsync(Cancel)).ShouldBeFalse();
    }

    [Theory]
    [InlineData(20, 4, 20, false)]
    [InlineData(20, 5, 25, true)]
    [InlineData(60, 14, 23, false)]
    [InlineData(60, 15, 25, true)]
    public void The_rule_follows_the_margin(int margin, int skew, int percent, bool isMet)
    {
        (100 * skew / margin).ShouldBe(percent);
        AlertRule.Default(AlertKind.ClockSkew).IsMetBy(percent).ShouldBe(isMet);
    }

    // A machine whose clock differs from the database's by so much.
    private static async Task<ClockSkewMonitor> MonitorAsync(HubFixture hub, string machine, int minutes)
    {
        await using var db = hub.Open();
        var now = db.Provider == DatabaseProvider.Sqlite ? Given.Now : (await db.Database.SqlQueryRaw<DateTimeOffset>(Statements.Now(db.Provider)).ToListAsync(Cancel))[0];
        return new ClockSkewMonitor(hub.Get<Database>(), Settings, new FakeTimeProvider(now.AddMinutes(minutes)), NullLogger<ClockSkewMonitor>.Instance) { Machine = machine };
    }

    private static async Task<List<(string, string)>> WatchAsync(HubFixture hub)
    {
        await hub.Get<WatchJob>().RunAsync(Cancel);
        await using var db = hub.Open();
        var told = await db.Events.Where(e => e.Topic == "alert.clock_skew" || e.Topic == AlertCleared.Name).OrderBy(e => e.Id)
            .Join(db.Incidents, e => e.Subject, i => i.Id, (e, i) => new { e.Topic, i.About }).ToListAsync(Cancel);
        return [.. told.Select(t => (t.Topic, t.About))];
    }
}

using Microsoft.Extensions.DependencyInjection;
using Serilog;
using Tapwork.Core;
using Tapwork.Core.Accounts;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Integrations;
using Tapwork.Core.Webhooks;
using Tapwork.Infrastructure.Integrations;
using Tapwork.Infrastructure.Monitoring;
using Tapwork.Infrastructure.Persistence;
using Tapwork.Tests.Deliveries;
using Tapwork.Tests.Integrations;
using Tapwork.Web.Monitoring;

namespace Tapwork.Tests.Monitoring;

public class LogQueriesTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_delivery_that_failed_is_found_with_its_attempt_its_call_and_what_was_said_of_it()
    {
        var connector = new ToldConnector { Answer = _ => throw new InvalidOperationException("the boiler is cold") };
        await using var hub = await HubFixture.StartAsync(s => s.AddSingleton<IConnector>(connector).AddSerilog((services, log) => log.WriteTo.Kept(services)));
        await hub.ChangeAsync(db =>
        {
            var told = db.Integrations.Add(Integration.Register("REQ-I-900", "Told", ToldConnector.Name, Given.Now)).Entity;
            told.Tune(DeliveryBench.Pace);
            foreach (var correlation in (string[])["wanted", "other"])
            {
                db.Deliveries.Add(Delivery.Of(new DeliveryOrder(told.Id, correlation.Length, "test", "test.happened", Guid.CreateVersion7(), "{}", correlation, correlation, correlation,
                    new DeliverySearch(null, null, null, null, null)), Given.Now));
                db.InboundCalls.Add(InboundCall.Receive("REQ-I-900", correlation, "{}", null, correlation, Given.Now));
            }
            return Task.CompletedTask;
        });
        await hub.SendAsync();
        (await hub.Get<LogKeeping>().WriteWaitingAsync(Cancel)).ShouldBeTrue();

        var found = await hub.Get<LogQueries>().ReadAsync(hub.Admin, new LogFilter("wanted"), null, Cancel);
        found.Rows.Select(r => r.Kind).ShouldBe([LogKind.Delivery, LogKind.Attempt, LogKind.InboundCall, LogKind.Entry], ignoreOrder: true);
        found.Rows.ShouldAllBe(r => r.CorrelationId == "wanted");
        var entry = found.Rows.Single(r => r.Kind == LogKind.Entry);
        entry.Text.ShouldBe($"connector told failed on delivery {found.Rows.Single(r => r.Kind == LogKind.Delivery).Id}");
        entry.Detail.ShouldNotBeNull().ShouldContain("the boiler is cold");
        (entry.Line, entry.About).ShouldBe((Gravity.Error, "Tapwork.Infrastructure.Deliveries.DeliverySender"));
        found.Rows.Single(r => r.Kind == LogKind.Attempt).Text.ShouldNotBeNull().ShouldContain("the boiler is cold");
        (found.Next, found.From).ShouldBe((null, null));
    }

    [Fact]
    public async Task Only_an_administrator_reads_it()
    {
        await using var bench = await DeliveryBench.CreateAsync();
        await Should.ThrowAsync<RuleViolation>(() => QueriesOf(bench, new ToldConnector()).ReadAsync(bench.Office, new LogFilter(), null, Cancel));
    }

    [Theory]
    [MemberData(nameof(DeliveryBench.Both), MemberType = typeof(DeliveryBench))]
    public async Task Paging_shows_everything_once_the_newest_first_though_more_arrives(DatabaseProvider provider)
    {
        await using var bench = await DeliveryBench.CreateAsync(provider);
        var (admin, queries) = (AdminOf(bench), QueriesOf(bench, new ToldConnector()));
        await HappenAsync(bench, new ToldConnector(), rounds: 35);
        var (rows, below) = (new List<LogRow>(), (LogPosition?)null);
        do
        {
            var page = await queries.ReadAsync(admin, new LogFilter(), below, Cancel);
            page.Rows.Count.ShouldBeLessThanOrEqualTo(LogQueries.PageSize);
            rows.AddRange(page.Rows);
            below = LogPosition.Read(page.Next?.ToString());
            await SayAsync(bench, "meanwhile");
        }
        while (below is not null);
        rows.Select(r => (r.Kind, r.Id)).Distinct().Count().ShouldBe(4 * 35);
        rows.Count.ShouldBe(4 * 35);
        rows.Select(r => r.At).ShouldBeInOrder(SortDirection.Descending);
    }

    [Theory]
    [MemberData(nameof(DeliveryBench.Both), MemberType = typeof(DeliveryBench))]
    public async Task It_is_narrowed_by_time_text_kind_and_gravity(DatabaseProvider provider)
    {
        await using var bench = await DeliveryBench.CreateAsync(provider);
        var connector = new ToldConnector { Answer = _ => new DeliveryOutcome.Refused("The NEEDLE is missing", []) };
        var (admin, queries) = (AdminOf(bench), QueriesOf(bench, connector));
        var began = bench.Clock.GetUtcNow();
        await HappenAsync(bench, connector, rounds: 6);
        Task<LogReading> ReadAsync(LogFilter filter) => queries.ReadAsync(admin, filter, null, Cancel);

        (await ReadAsync(new LogFilter())).Rows.Count.ShouldBe(24);
        var between = await ReadAsync(new LogFilter(From: began.AddMinutes(2), Until: began.AddMinutes(4)));
        between.Rows.Count.ShouldBe(8);
        between.Rows.ShouldAllBe(r => r.At >= began.AddMinutes(2) && r.At < began.AddMinutes(4));
        (await ReadAsync(new LogFilter(Search: "needle"))).Rows.Select(r => r.Kind).Distinct().ShouldBe([LogKind.Attempt, LogKind.InboundCall, LogKind.Entry], ignoreOrder: true);
        (await ReadAsync(new LogFilter(Search: "needle 3"))).Rows.Select(r => r.Kind).ShouldBe([LogKind.Entry, LogKind.InboundCall], ignoreOrder: true);
        (await ReadAsync(new LogFilter(Search: "#2", Kinds: [LogKind.Delivery, LogKind.Attempt]))).Rows.Select(r => r.DeliveryId).ShouldBe([2, 2]);
        (await ReadAsync(new LogFilter(Kinds: [LogKind.Entry]))).Rows.Count.ShouldBe(6);
        (await ReadAsync(new LogFilter(Least: Gravity.Error))).Rows.Select(r => r.Kind).Distinct().ShouldBe([LogKind.Delivery, LogKind.Attempt], ignoreOrder: true);
        (await ReadAsync(new LogFilter(Least: Gravity.Warning))).Rows.Count.ShouldBe(18);
        bench.Clock.Advance(TimeSpan.FromHours(25));
        (await ReadAsync(new LogFilter())).Rows.ShouldBeEmpty("a day is looked through unless asked otherwise");
        (await ReadAsync(new LogFilter("c1"))).Rows.Count.ShouldBe(24, "a correlation is found at any time");
        var long_ago = await ReadAsync(new LogFilter(Search: "needle", From: began.AddDays(-60)));
        (long_ago.IsCut, long_ago.From).ShouldBe((true, bench.Clock.GetUtcNow().AddDays(-31)));
        long_ago.Rows.Count.ShouldBe(18);
    }

    private static Actor AdminOf(DeliveryBench bench) => bench.Office with { Role = Role.Admin };

    private static LogQueries QueriesOf(DeliveryBench bench, ToldConnector connector) => new(bench.Start(connector).Database, bench.Clock);

    // Each minute a delivery, its attempt, a call and a line.
    private static async Task HappenAsync(DeliveryBench bench, ToldConnector connector, int rounds)
    {
        var instance = bench.Start(connector);
        for (var i = 0; i < rounds; i++)
        {
            await bench.OrderAsync();
            await instance.SendDueAsync();
            await instance.Database.WriteAsync(Actor.System("test"), db =>
            {
                db.InboundCalls.Add(InboundCall.Receive("REQ-I-001", $"hash-{i}", $$"""{"about":"Needle {{i}}"}""", null, "c1", bench.Clock.GetUtcNow()));
                return Task.CompletedTask;
            }, Cancel);
            await SayAsync(bench, $"a Needle {i}");
            bench.Clock.Advance(TimeSpan.FromMinutes(1));
        }
    }

    private static Task SayAsync(DeliveryBench bench, string message) => bench.Start(new ToldConnector()).Database.WriteAsync(Actor.System("test"), db =>
    {
        db.LogEntries.Add(LogEntry.Of(bench.Clock.GetUtcNow(), Gravity.Warning, "Tapwork.Test", "c1", message));
        return Task.CompletedTask;
    }, Cancel);
}

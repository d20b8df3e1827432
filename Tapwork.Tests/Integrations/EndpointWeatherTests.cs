using Tapwork.Core.Deliveries;
using Tapwork.Core.Dossiers;

namespace Tapwork.Tests.Integrations;

/// <summary>What an endpoint may do to us: each has its named outcome, and the endpoint beside it gets its own meanwhile.</summary>
public class EndpointWeatherTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(15);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_that_never_answers_costs_its_timeout_and_nobody_else()
    {
        await using var hub = await HubFixture.StartAsync();
        var (bad, good) = await PairAsync(hub);
        hub.Answer = (context, arrival) => arrival.Path == "/bad" ? Task.Delay(System.Threading.Timeout.Infinite, context.RequestAborted) : SymphonicsPartner.JsonAsync(context, 200, "{}");
        await SentAfterAsync(hub, Timeout + TimeSpan.FromSeconds(1));
        (await hub.DeliveriesAsync(bad)).Single().LastError.ShouldBe("no answer within 15 s");
        (await hub.DeliveriesAsync(good)).Single().Status.ShouldBe(DeliveryStatus.Delivered);
    }

    [Fact]
    public async Task One_that_answers_just_in_time_is_heard()
    {
        await using var hub = await HubFixture.StartAsync();
        var (bad, _) = await PairAsync(hub);
        var now = new TaskCompletionSource();
        hub.Answer = async (context, arrival) =>
        {
            if (arrival.Path == "/bad")
                await now.Task;
            await SymphonicsPartner.JsonAsync(context, 200, "{}");
        };
        await SentAfterAsync(hub, TimeSpan.FromSeconds(14.9), now.SetResult);
        (await hub.DeliveriesAsync(bad)).Single().Status.ShouldBe(DeliveryStatus.Delivered);
    }

    [Theory]
    [InlineData("redirect", "redirects are not followed")]
    [InlineData("cut", "connection cut")]
    public async Task Every_other_weather_has_its_name(string weather, string reason)
    {
        await using var hub = await HubFixture.StartAsync();
        var (bad, good) = await PairAsync(hub);
        hub.Answer = async (context, arrival) =>
        {
            if (arrival.Path != "/bad")
                await SymphonicsPartner.JsonAsync(context, 200, "{}");
            else if (weather == "redirect")
                context.Response.Redirect("http://169.254.169.254/latest/meta-data/");
            else
                context.Abort();
        };
        await hub.SendAsync();
        (await hub.DeliveriesAsync(bad)).Single().LastError.ShouldNotBeNull().ShouldContain(reason);
        (await hub.DeliveriesAsync(good)).Single().Status.ShouldBe(DeliveryStatus.Delivered);
    }

    // Two endpoints with one event for each.
    private static async Task<(Guid Bad, Guid Good)> PairAsync(HubFixture hub)
    {
        var ids = new List<Guid>();
        foreach (var path in (string[])["bad", "good"])
        {
            var (id, _) = await hub.ConnectAsync("webhook", ("Url", new Uri(hub.Server.Address, path).ToString()));
            await hub.SubscribeAsync(id, null, DossierPrepared.Name);
            ids.Add(id);
        }
        await hub.PrepareAsync();
        await hub.RouteAsync();
        return (ids[0], ids[1]);
    }

    // The clock moves once the bad one has been called.
    private static async Task SentAfterAsync(HubFixture hub, TimeSpan wait, Action? then = null)
    {
        var sending = hub.SendAsync();
        while (hub.Server.Count("/bad") == 0)
            await Task.Delay(10, Cancel);
        hub.Clock.Advance(wait);
        then?.Invoke();
        await sending.WaitAsync(Cancel);
    }
}

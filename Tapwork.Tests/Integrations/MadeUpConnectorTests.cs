using System.ComponentModel.DataAnnotations;
using System.Text;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Dossiers;
using Tapwork.Core.Integrations;
using Tapwork.Infrastructure.Events;
using Tapwork.Infrastructure.Integrations;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Tests.Integrations;

/// <summary>A system nobody has heard of, connected by what a folder would hold and one line.</summary>
public class MadeUpConnectorTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_gets_a_form_with_validation()
    {
        var fields = SettingsForm.Of(typeof(BarometerSettings));
        fields.Select(f => (f.Name, f.Kind, f.IsRequired)).ShouldBe(
            [("Station", SettingKind.Address, true), ("Key", SettingKind.Secret, false), ("Height", SettingKind.Number, false), ("Unit", SettingKind.Choice, false), ("IsLoud", SettingKind.Switch, false)]);
        fields.Single(f => f.Name == "Height").Most.ShouldBe(9000);
        await using var hub = await ConnectedAsync();
        var refusal = await Should.ThrowAsync<Core.RuleViolation>(() => hub.ConnectAsync("barometer", ("Station", "nowhere"), ("Height", "10000"), ("Unit", "inch")));
        refusal.Violations.Select(v => v.Field).ShouldBe(["Unit"]);
        refusal = await Should.ThrowAsync<Core.RuleViolation>(() => hub.ConnectAsync("barometer", ("Station", "nowhere"), ("Height", "10000")));
        refusal.Violations.Select(v => v.Field).ShouldBe(["Station", "Height"], ignoreOrder: true);
    }

    [Fact]
    public async Task It_gets_deliveries_health_a_connection_test_and_a_page()
    {
        await using var hub = await ConnectedAsync();
        var (id, _) = await hub.ConnectAsync("barometer", ("Station", hub.Server.Address.ToString()), ("Key", "Marker-5"), ("Height", "120"), ("Unit", "Millibar"));
        await hub.PrepareAsync();
        await hub.RouteAsync();
        await hub.SendAsync();
        hub.Server.Arrivals.Single().Body.ShouldBe("storm at 120");
        (await hub.DeliveriesAsync(id)).Single().Status.ShouldBe(DeliveryStatus.Delivered);
        var sheet = (await hub.Get<IntegrationQueries>().FindAsync(hub.Admin, (await hub.IntegrationAsync(id)).Code, Cancel)).ShouldNotBeNull();
        sheet.Row.Health.ShouldBe(Health.Well);
        sheet.Settings.ShouldContainKeyAndValue("Unit", "Millibar");
        sheet.Settings.ShouldNotContainKey("Key");
        (await hub.IntegrationAsync(id)).Settings.ShouldNotContain("Marker-5");
        (await hub.Get<ConnectionTest>().RunAsync(hub.Admin, id, Cancel)).Select(s => s.IsPassed).ShouldAllBe(passed => passed);
        (await hub.Get<IntegrationQueries>().DependenciesAsync(hub.Admin, Cancel)).ShouldContain(d => d.Row.Id == id && d.Feature == "weather");
        WireDescription.FieldsOf(typeof(Weather)).Select(f => (f.Path, f.Kind)).ShouldBe([("pressure", "integer"), ("words[]", "string")]);
    }

    // The one line.
    private static Task<HubFixture> ConnectedAsync() => HubFixture.StartAsync(services => services.AddConnector<BarometerConnector, BarometerRoute>());

    private enum Unit
    {
        Hectopascal,
        Millibar,
    }

    private sealed record BarometerSettings
    {
        [Required, HttpAddress]
        public string Station { get; init; } = "";

        [Secret]
        public string? Key { get; init; }

        [Range(0, 9000)]
        public int Height { get; init; }

        public Unit Unit { get; init; }

        public bool IsLoud { get; init; }
    }

    private sealed record Weather(int Pressure, IReadOnlyList<string> Words);

    private sealed class BarometerConnector(OutgoingHttp http, SettingsProtection protection) : IConnector
    {
        public ConnectorDescriptor Descriptor { get; } = new("barometer", typeof(BarometerSettings), new IntegrationPace("5s", 10, 2, false, RateLimit.None), null)
        {
            Sends = typeof(Weather),
            Features = ["weather"],
        };

        public bool IsIdempotent => true;

        public async Task<SendResult> SendAsync(Integration integration, Delivery delivery, CancellationToken cancel)
        {
            var settings = protection.Of<BarometerSettings>(integration);
            using var request = new HttpRequestMessage(HttpMethod.Post, settings.Station) { Content = new OutgoingContent(Encoding.UTF8.GetBytes($"{delivery.Payload} at {settings.Height}")) };
            var answer = await http.SendAsync(integration.Id, request, cancel);
            return new SendResult(answer.IsSuccess ? new DeliveryOutcome.Accepted(null) : new DeliveryOutcome.TryLater("calm", null, FaultClass.System, true), new Exchange(null, null, answer.Status));
        }

        public Task<bool?> HoldsAsync(Integration integration, Delivery delivery, CancellationToken cancel) => Task.FromResult<bool?>(null);

        public Uri? AddressOf(Integration integration) => new(protection.Of<BarometerSettings>(integration).Station);

        public Task<Probe> ProbeAsync(Integration integration, CancellationToken cancel) => Task.FromResult(new Probe(true, true, "fair"));
    }

    private sealed class BarometerRoute : IRoute
    {
        public string ConnectorKey => "barometer";

        public IReadOnlySet<string> Topics { get; } = new HashSet<string> { DossierPrepared.Name };

        public Task<IReadOnlyList<DeliveryOrder>> OrdersAsync(TapworkDbContext db, Integration integration, IReadOnlyList<EventRecord> events, CancellationToken cancel) =>
            Task.FromResult<IReadOnlyList<DeliveryOrder>>([.. events.Select(e => new DeliveryOrder(
                integration.Id, e.Id, "weather", e.Topic, e.Subject, "storm", $"weather-{e.Id}", e.Subject.ToString(), e.CorrelationId, new DeliverySearch(null, null, null, null, null)))]);
    }
}

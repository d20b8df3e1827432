using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Dossiers;
using Tapwork.Core.Integrations;
using Tapwork.Infrastructure;
using Tapwork.Infrastructure.Documents;
using Tapwork.Infrastructure.Dossiers;
using Tapwork.Infrastructure.Integrations;
using Tapwork.Infrastructure.Integrations.Symphonics;
using Tapwork.Tests.Persistence;

namespace Tapwork.Tests.Integrations;

/// <summary>The connector over real HTTP against a stand-in that answers as told; sign-in works unless told otherwise.</summary>
internal sealed class SymphonicsPartner : IAsyncDisposable
{
    public const string Secret = "marker-secret-7f3a";
    public const string Token = "marker-token-9b1c";
    private const string Id = "/crm/interventions";

    private readonly TestDatabase _database;
    private readonly ServiceProvider _services;
    private readonly string _folder = Directory.CreateTempSubdirectory("tapwork-links-").FullName;

    private SymphonicsPartner(TestDatabase database, LoopbackServer server, Dictionary<string, string?> settings, TimeProvider? clock)
    {
        (_database, Server) = (database, server);
        var services = new ServiceCollection();
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(database.Settings).AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Symphonics:BaseUrl"] = server.Address.ToString(),
            ["Symphonics:ClientId"] = "client",
            ["Symphonics:ClientSecret"] = Secret,
            ["Symphonics:WebhookSecret"] = "marker-webhook-5d2e",
            ["Symphonics:CallsPerMinute"] = "0",
            ["Symphonics:ReservedPerMinute"] = "0",
            ["Symphonics:CallsPerDay"] = "0",
            ["Symphonics:ReservedPerDay"] = "0",
            ["Outgoing:AllowedAddresses:0"] = "127.0.0.0/8",
            ["PublicBaseUrl"] = "https://tapwork.example",
            ["Files:Folder"] = _folder,
        }).AddInMemoryCollection(settings).Build();
        services.AddSingleton<IConfiguration>(configuration).AddLogging();
        if (clock is not null)
            services.AddSingleton(clock);
        _services = services.AddTapwork(configuration).BuildServiceProvider();
    }

    public LoopbackServer Server { get; }

    public Integration Integration { get; private set; } = null!;

    public FakeTimeProvider? Clock { get; private init; }

    public SymphonicsConnector Connector => (SymphonicsConnector)_services.GetServices<IConnector>().Single(c => c.Descriptor.Key == SymphonicsConnector.Name);

    public T Get<T>() where T : notnull => _services.GetRequiredService<T>();

    /// <summary>Answers for every path that is not told are those of good weather.</summary>
    public static async Task<SymphonicsPartner> AnswersAsync(
        Func<HttpContext, Arrival, Task<bool>> tell, Dictionary<string, string?>? settings = null, FakeTimeProvider? clock = null)
    {
        var server = await LoopbackServer.StartAsync(async (context, arrival) =>
        {
            if (!await tell(context, arrival))
                await GoodWeatherAsync(context, arrival);
        });
        var partner = new SymphonicsPartner(await TestDatabase.SqliteAsync(), server, settings ?? [], clock) { Clock = clock };
        await partner.Get<IntegrationSeeding>().SeedAsync(CancellationToken.None);
        partner.Integration = (await partner.Get<IntegrationCatalogue>().ListAsync(CancellationToken.None)).Single(i => i.ConnectorKey == SymphonicsConnector.Name);
        return partner;
    }

    /// <summary>Submissions get this answer.</summary>
    public static Task<SymphonicsPartner> SubmissionAnswersAsync(int status, string body, params (string Name, string Value)[] headers) =>
        AnswersAsync(async (context, arrival) =>
        {
            if (arrival is not { Method: "POST", Path: Id })
                return false;
            foreach (var (name, value) in headers)
                context.Response.Headers[name] = value;
            await JsonAsync(context, status, body);
            return true;
        });

    public async Task<SendResult> SendAsync(int earlierSends = 0) =>
        await Connector.SendAsync(Integration, Delivery(earlierSends), TestContext.Current.CancellationToken);

    public async Task<DeliveryOutcome> OutcomeAsync(int earlierSends = 0) => (await SendAsync(earlierSends)).Outcome;

    /// <summary>A delivery of a whole dossier, claimed for the first send.</summary>
    public Delivery Delivery(int earlierSends = 0, string externalId = "0199c000-0000-7000-8000-0000000000aa-r1")
    {
        var content = DossierContent.Of(Given.Intervention().ReadyToComplete(), "Thermostat avec régulation", "Hugo Petit").ToJson();
        var delivery = Core.Deliveries.Delivery.Of(new DeliveryOrder(
            Integration.Id, 1, "dossier", DossierPrepared.Name, Guid.CreateVersion7(), DossierBody.Payload(externalId, content), externalId, "key", "c1",
            new DeliverySearch(null, null, null, null, externalId)), Given.Now);
        for (var send = 0; send <= earlierSends; send++)
            delivery.BeginSend(Given.Now);
        return delivery;
    }

    public static Task JsonAsync(HttpContext context, int status, string body, string type = "application/json")
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = type;
        return context.Response.WriteAsync(body);
    }

    public string FileOf(string link) => Get<FileLinks>().Read(link[(link.LastIndexOf('/') + 1)..])!;

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await Server.DisposeAsync();
        await _database.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static Task GoodWeatherAsync(HttpContext context, Arrival arrival) => arrival.Path switch
    {
        "/auth/token" => JsonAsync(context, 200, $$"""{"access_token":"{{Token}}","token_type":"Bearer","expires_in":3600}"""),
        Id => JsonAsync(context, 201, """{"id":"SYM-1","status":"received","created_at":"2026-11-24T09:00:00Z"}"""),
        _ => JsonAsync(context, 404, """{"error":{"code":"NOT_FOUND","message":"nothing here"}}"""),
    };
}

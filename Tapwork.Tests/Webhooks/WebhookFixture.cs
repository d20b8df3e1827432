using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Tapwork.Core.Accounts;
using Tapwork.Core.Companies;
using Tapwork.Core.Dossiers;
using Tapwork.Core.Interventions;
using Tapwork.Core.Webhooks;
using Tapwork.Infrastructure;
using Tapwork.Infrastructure.Integrations;
using Tapwork.Infrastructure.Persistence;
using Tapwork.Infrastructure.Webhooks;
using Tapwork.Tests.Persistence;
using Tapwork.Web.Webhooks;

namespace Tapwork.Tests.Webhooks;

/// <summary>The webhook's endpoint over real HTTP, before a dossier on its way; the loops stand still, a test processes by hand.</summary>
internal sealed class WebhookFixture : IAsyncDisposable
{
    public const string Secret = "webhook-secret";
    private readonly WebApplication _app;
    private readonly TestDatabase _database;
    private readonly HttpClient _client;

    private WebhookFixture(WebApplication app, TestDatabase database) =>
        (_app, _database, _client) = (app, database, new HttpClient { BaseAddress = new Uri(app.Urls.First()) });

    public Dossier Dossier { get; private set; } = null!;

    public FakeTimeProvider Clock => (FakeTimeProvider)_app.Services.GetRequiredService<TimeProvider>();

    public static async Task<WebhookFixture> StartAsync()
    {
        var database = await TestDatabase.SqliteAsync();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Configuration.AddInMemoryCollection(database.Settings).AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Symphonics:BaseUrl"] = "https://symphonics.example",
            ["Symphonics:ClientId"] = "client",
            ["Symphonics:ClientSecret"] = "secret",
            ["Symphonics:WebhookSecret"] = Secret,
        });
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddRoutingCore().AddSingleton<TimeProvider>(new FakeTimeProvider(Given.Now));
        builder.Services.AddTapwork(builder.Configuration).AddWebhookEndpoints();
        foreach (var loop in builder.Services.Where(s => s.ServiceType == typeof(IHostedService) && s.ImplementationType?.Namespace?.StartsWith("Tapwork", StringComparison.Ordinal) != false).ToList())
            builder.Services.Remove(loop);
        var app = builder.Build();
        app.UseRouting();
        app.MapWebhooks();
        await app.StartAsync();
        var fixture = new WebhookFixture(app, database);
        await app.Services.GetRequiredService<IntegrationSeeding>().SeedAsync(CancellationToken.None);
        await fixture.PrepareAsync();
        return fixture;
    }

    public string Body(string status, DateTimeOffset? at = null, string? externalId = null, string? notes = null) => JsonSerializer.Serialize(new Dictionary<string, string?>
    {
        ["event"] = "intervention.status_update",
        ["timestamp"] = (at ?? Clock.GetUtcNow()).ToString("O", CultureInfo.InvariantCulture),
        ["intervention_id"] = "SYM-1",
        ["external_id"] = externalId ?? Dossier.ExternalId,
        ["previous_status"] = "received",
        ["new_status"] = status,
        ["notes"] = notes,
    });

    public Task<HttpResponseMessage> PostAsync(string body) => PostAsync(body, Sign(body));

    public Task<HttpResponseMessage> PostAsync(string body, string? signature)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/api/webhooks/symphonics") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        if (signature is not null)
            request.Headers.Add("X-Symphonics-Signature", signature);
        return _client.SendAsync(request, TestContext.Current.CancellationToken);
    }

    public static string Sign(string body, string secret = Secret) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(body)));

    public Task<bool> ProcessAsync() => _app.Services.GetRequiredService<ProcessInboundCallsJob>().RunAsync(TestContext.Current.CancellationToken);

    public TapworkDbContext Open() => _app.Services.GetRequiredService<Database>().Open(Actor.System("test"));

    public async Task<List<InboundCall>> CallsAsync()
    {
        await using var db = Open();
        return await db.InboundCalls.AsNoTracking().OrderBy(c => c.Id).ToListAsync();
    }

    public async Task<(Dossier Dossier, Intervention Intervention)> RecordsAsync()
    {
        await using var db = Open();
        return (await db.Dossiers.AsNoTracking().SingleAsync(), await db.Interventions.AsNoTracking().SingleAsync());
    }

    public Task ChangeAsync(Func<TapworkDbContext, Task> change) =>
        _app.Services.GetRequiredService<Database>().WriteAsync(Actor.System("test"), change, CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _app.DisposeAsync();
        await _database.DisposeAsync();
    }

    private Task PrepareAsync() => ChangeAsync(db =>
    {
        var company = db.Companies.Add(Company.Register("Thaléos", "73282932000074", Given.Now)).Entity;
        var intervention = Given.Intervention(company.Id).ReadyToComplete();
        intervention.CompleteInstallation(Given.Office, Given.Now);
        db.Interventions.Add(intervention);
        Dossier = db.Dossiers.Add(Dossier.Prepare(intervention, DossierContent.Of(intervention, "Thermostat", "Hugo Petit"), null, Given.Now)).Entity;
        intervention.Follow(Dossier, Given.Office, Given.Now);
        return Task.CompletedTask;
    });
}

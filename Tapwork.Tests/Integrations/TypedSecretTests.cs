using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tapwork.Core;
using Tapwork.Core.Dossiers;
using Tapwork.Infrastructure.Integrations;

namespace Tapwork.Tests.Integrations;

/// <summary>A marker in every secret that an administrator types in or rotates, before a far side that throws all it gets back at us.</summary>
public class TypedSecretTests
{
    /// <summary>Every one of them; a test compares with the settings records.</summary>
    public static readonly IReadOnlyList<string> Planted =
    [
        "SymphonicsSettings.FormerWebhookSecret", "PartnerSettings.ClientSecret", "PartnerSettings.ApiKey", "PartnerSettings.BearerToken", "PartnerSettings.Password",
        "PartnerSettings.WebhookSecret", "PartnerSettings.FormerWebhookSecret", "WebhookSettings.Secret", "WebhookSettings.FormerSecret", "WebhookSettings.HeaderValue",
    ];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string, string, string[]> Systems => new()
    {
        { "partner", "ClientSecret", ["Credential=OAuth2", "ClientId=client"] },
        { "partner", "ApiKey", ["Credential=ApiKey", "ApiKeyHeader=X-Key"] },
        { "partner", "BearerToken", ["Credential=Bearer"] },
        { "partner", "Password", ["Credential=Basic", "User=user"] },
        { "partner", "WebhookSecret", ["Credential=Bearer", "BearerToken=b"] },
        { "webhook", "Secret", [] },
        { "webhook", "HeaderValue", ["HeaderName=X-Key", "Secret=whsec_YW5vdGhlciBzZWNyZXQgdGhhdCBpcyBsb25nIGVub3VnaA=="] },
        { "symphonics", "WebhookSecret", ["ClientId=client", "ClientSecret=c"] },
    };

    [Theory]
    [MemberData(nameof(Systems))]
    public async Task It_stands_in_no_table_log_sheet_answer_or_exception(string system, string secret, string[] others)
    {
        var log = new LogLines();
        await using var hub = await HubFixture.StartAsync(services => services.AddLogging(logging => logging.AddProvider(log).SetMinimumLevel(LogLevel.Trace)));
        hub.Answer = EchoAsync;
        string[] markers = [Marker(secret, 1), Marker(secret, 2)];
        var address = hub.Server.Address.ToString();
        var (id, _) = await hub.ConnectAsync(system,
            [(system == "webhook" ? "Url" : "BaseUrl", address), (secret, markers[0]), .. others.Select(o => o.Split('=', 2)).Select(o => (o[0], o[1]))]);
        var told = new StringBuilder();
        if (system == "partner")
            await hub.Get<SubscriptionDesk>().AuthoriseAsync(hub.Admin, id, [], "contrat", null, Cancel);
        if (system != "symphonics")
            await hub.SubscribeAsync(id, null, DossierPrepared.Name);
        await hub.PrepareAsync();
        await hub.RouteAsync();
        await hub.SendAsync();
        await hub.Get<IntegrationDesk>().RotateAsync(hub.Admin, id, secret, markers[1], TimeSpan.FromDays(1), Cancel);
        hub.Clock.Advance(TimeSpan.FromMinutes(20));
        await hub.SendAsync();
        foreach (var step in await hub.Get<ConnectionTest>().RunAsync(hub.Admin, id, Cancel))
            told.Append(step);
        // What is wrong with it is told without it.
        var refusal = await Record.ExceptionAsync(() => hub.Get<IntegrationDesk>().ConfigureAsync(
            hub.Admin, id, (hub.IntegrationAsync(id).GetAwaiter().GetResult()).Version, new Dictionary<string, string?> { [system == "webhook" ? "Url" : "BaseUrl"] = "nowhere", [secret] = markers[1] }, Cancel));
        told.Append(refusal.ShouldBeOfType<RuleViolation>()).Append(JsonSerializer.Serialize(await hub.Get<IntegrationQueries>().FindAsync(hub.Admin, (await hub.IntegrationAsync(id)).Code, Cancel)));
        hub.Server.Arrivals.Count.ShouldBeGreaterThan(1);
        foreach (var marker in markers)
        {
            (await TablesAsync(hub)).ShouldNotContain(marker);
            string.Join('\n', log.Lines).ShouldNotContain(marker);
            told.ToString().ShouldNotContain(marker);
        }
    }

    // Whatever came, headers and all, with a refusal.
    private static Task EchoAsync(HttpContext context, Arrival arrival) => SymphonicsPartner.JsonAsync(
        context, arrival.Path.EndsWith("/auth/token", StringComparison.Ordinal) ? 401 : 500, JsonSerializer.Serialize(new { error = new { message = arrival.Body + string.Join(' ', arrival.Headers.Values) } }));

    private static string Marker(string secret, int number) => secret is "Secret" or "WebhookSecret"
        ? "whsec_" + Convert.ToBase64String(Encoding.UTF8.GetBytes($"Zq7marker-{number}-of-a-secret-long-enough")) : $"Zq7marker {secret} {number}";

    private static async Task<string> TablesAsync(HubFixture hub)
    {
        await using var db = hub.Open();
        var all = new StringBuilder();
        foreach (var table in await db.Database.SqlQueryRaw<string>("SELECT name AS Value FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'").ToListAsync(Cancel))
        {
            await using var command = db.Database.GetDbConnection().CreateCommand();
            await db.Database.OpenConnectionAsync(Cancel);
            command.CommandText = $"SELECT * FROM \"{table}\"";
            await using var reader = await command.ExecuteReaderAsync(Cancel);
            while (await reader.ReadAsync(Cancel))
                for (var column = 0; column < reader.FieldCount; column++)
                    all.Append(reader.GetValue(column)).Append('\n');
        }
        return all.ToString();
    }

    private sealed class LogLines : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue($"{formatter(state, exception)} {exception}");

        public void Dispose() { }
    }
}

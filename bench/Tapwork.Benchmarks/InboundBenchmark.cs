using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure;
using Tapwork.Infrastructure.Integrations;
using Tapwork.Infrastructure.Persistence;
using Tapwork.Infrastructure.Webhooks;
using Tapwork.Web.Webhooks;

namespace Tapwork.Benchmarks;

/// <summary>Signed calls from outside over real HTTP: how long until each is stored and answered, while they are processed beside.</summary>
internal static class InboundBenchmark
{
    public static async Task<int> RunAsync(BenchOptions options)
    {
        var verdict = new Verdict();
        var count = options.Number("count", 5000);
        await BenchRoom.EachProviderAsync(options, async room =>
        {
            await using var database = await room.NewDatabaseAsync();
            await using var app = await StartAsync(database);
            var admin = await AdminAsync(app.Services.GetRequiredService<Database>());
            var (id, made) = await app.Services.GetRequiredService<IntegrationDesk>().ConnectAsync(
                admin, "partner", "Bench", new Dictionary<string, string?> { ["BaseUrl"] = "http://127.0.0.1:9", ["Credential"] = "Bearer", ["BearerToken"] = "b" }, CancellationToken.None);
            await using var db = app.Services.GetRequiredService<Database>().Open(admin);
            var code = await db.Integrations.Where(i => i.Id == id).Select(i => i.Code).SingleAsync();
            // What was just connected is known to the inbox within a second.
            await Task.Delay(TimeSpan.FromSeconds(1.5));
            using var http = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
            await CallAsync(http, code, made["WebhookSecret"], 500, options.Parallel);
            var durations = await CallAsync(http, code, made["WebhookSecret"], count, options.Parallel);
            Verdict.Say($"inbound on {room.Provider}, {count} calls, {options.Parallel} at once: p50 {durations.Percentile(50):0.0} ms, p95 {durations.Percentile(95):0.0} ms");
            verdict.AtMost("inbound p99, ms, the write included", durations.Percentile(99), 50);
            verdict.AtLeast("inbound calls stored", await db.InboundCalls.CountAsync(), count + 500);
        });
        return verdict.ExitCode;
    }

    private static async Task<WebApplication> StartAsync(BenchDatabase database)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Database:Provider"] = database.Provider.ToString(),
            ["Database:ConnectionString"] = database.ConnectionString,
            ["Files:Folder"] = Path.Combine(database.Folder, "files"),
            ["Audit:KeyFile"] = Path.Combine(database.Folder, "audit-keys.json"),
            ["Audit:HeadsFile"] = database.HeadsFile,
            ["Outgoing:AllowedAddresses:0"] = "127.0.0.0/8",
        });
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddLogging(logging => logging.AddSimpleConsole().SetMinimumLevel(LogLevel.Error).AddFilter("Microsoft.EntityFrameworkCore.Database.Command", LogLevel.None));
        builder.Services.AddRoutingCore();
        builder.Services.AddTapwork(builder.Configuration).AddWebhookEndpoints();
        var app = builder.Build();
        await app.Services.GetRequiredService<SchemaUpgrade>().ApplyAsync(CancellationToken.None);
        app.UseRouting();
        ((IEndpointRouteBuilder)app).MapWebhooks();
        await app.StartAsync();
        return app;
    }

    private static async Task<Actor> AdminAsync(Database database)
    {
        var person = Person.Create("Bench", "bench@example.com", Role.Admin, null, "en", TimeProvider.System.GetUtcNow());
        await database.WriteAsync(Actor.System("bench"), db => Task.FromResult(db.People.Add(person)), CancellationToken.None);
        return new Actor(person.Id, person.Name, person.Role, null, "127.0.0.1", "bench", "bench");
    }

    private static async Task<Durations> CallAsync(HttpClient http, string code, string secret, int count, int parallel)
    {
        var durations = new Durations();
        await Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = parallel }, async (number, cancel) =>
        {
            var (id, now) = ($"msg_{Guid.CreateVersion7():n}", TimeProvider.System.GetUtcNow());
            var body = Encoding.UTF8.GetBytes($$$"""{"type":"dossier.status","timestamp":"{{{now:O}}}","data":{"external_id":"none-{{{number}}}","status":"approved"}}""");
            using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/webhooks/{code}") { Content = new ByteArrayContent(body) };
            request.Headers.Add(StandardWebhook.IdHeader, id);
            request.Headers.Add(StandardWebhook.TimestampHeader, StandardWebhook.TextOf(now));
            request.Headers.Add(StandardWebhook.SignatureHeader, StandardWebhook.Sign(id, now, body, secret));
            var began = TimeProvider.System.GetTimestamp();
            using var answer = await http.SendAsync(request, cancel);
            var took = TimeProvider.System.GetElapsedTime(began);
            answer.EnsureSuccessStatusCode();
            lock (durations)
                durations.Add(took);
        });
        return durations;
    }
}

using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Documents;
using Tapwork.Infrastructure.Integrations.Symphonics;
using Tapwork.Tests.Accounts;

namespace Tapwork.Tests.Monitoring;

/// <summary>What leaves for a collector of traces, byte by byte.</summary>
public sealed class SpanAddressTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Traces_bear_templates_and_hosts_and_never_a_token_a_mail_address_or_a_delivery_point()
    {
        await using var collector = await Collector.StartAsync();
        string token;
        await using (var app = await HostedApp.StartAsync(
            ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Address), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"), ("OTEL_BSP_SCHEDULE_DELAY", "100")))
        {
            await using var db = app.Open();
            var link = app.Of<FileLinks>().LinkTo(await db.Photos.Select(p => p.Sha256).FirstAsync(Cancel));
            token = link[^40..];
            using var browser = new Browser(app.Address);
            (await browser.GetAsync(new Uri(link).PathAndQuery)).EnsureSuccessStatusCode();
            await browser.GetAsync($"/account/choose-password?person={Guid.NewGuid()}&token=recovery-{token}");
            await browser.GetAsync($"/nothing/here/{token}");
            var checks = app.Of<SymphonicsChecks>();
            await checks.CheckPdlAsync("19482710364851", Actor.System("test"), Cancel);
            await checks.CheckAccountAsync("secret.person@tapwork.example", Actor.System("test"), Cancel);
            await collector.UntilAsync("validation/user/{email}", "validation/pdl/{pdl}", "/files/{token}", "account/choose-password");
        }
        var sent = collector.Text;
        foreach (var secret in (string[])[token, "19482710364851", "secret.person", "recovery-", "/nothing/here"])
            sent.ShouldNotContain(secret);
    }

    /// <summary>Takes traces by OTLP over HTTP and keeps the bytes.</summary>
    private sealed class Collector : IAsyncDisposable
    {
        private readonly WebApplication _app;
        private readonly ConcurrentQueue<string> _got = new();

        private Collector(WebApplication app) => _app = app;

        public string Address => _app.Urls.First();

        public string Text => string.Join('\n', _got);

        public static async Task<Collector> StartAsync()
        {
            var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
            builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
            builder.Logging.ClearProviders();
            var collector = new Collector(builder.Build());
            collector._app.Run(async context =>
            {
                using var body = new MemoryStream();
                await context.Request.Body.CopyToAsync(body);
                if (context.Request.Path == "/v1/traces")
                    collector._got.Enqueue(Encoding.UTF8.GetString(body.ToArray()));
            });
            await collector._app.StartAsync();
            return collector;
        }

        public async Task UntilAsync(params string[] texts)
        {
            while (!texts.All(t => Text.Contains(t, StringComparison.Ordinal)))
                await Task.Delay(TimeSpan.FromMilliseconds(50), Cancel);
        }

        public ValueTask DisposeAsync() => _app.DisposeAsync();
    }
}

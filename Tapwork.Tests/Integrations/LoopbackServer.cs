using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Tapwork.Tests.Integrations;

/// <summary>A real HTTP server on a free loopback port, that answers as a test tells it and keeps what it got.</summary>
public sealed class LoopbackServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private LoopbackServer(WebApplication app) => _app = app;

    public ConcurrentQueue<Arrival> Arrivals { get; } = new();

    public Uri Address => new(_app.Urls.First());

    public static Task<LoopbackServer> StartAsync(Func<HttpContext, Arrival, Task> answer, X509Certificate2? certificate = null) =>
        StartAsync(answer, certificate is null ? null : () => certificate);

    /// <param name="answer">What it does with a call.</param>
    /// <param name="certificate">Shown to each new connection; null speaks without TLS.</param>
    public static async Task<LoopbackServer> StartAsync(Func<HttpContext, Arrival, Task> answer, Func<X509Certificate2>? certificate)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen =>
        {
            if (certificate is not null)
                listen.UseHttps(https => https.ServerCertificateSelector = (_, _) => certificate());
        }));
        if (certificate is not null)
            builder.WebHost.UseKestrelHttpsConfiguration();
        builder.Logging.ClearProviders();
        var server = new LoopbackServer(builder.Build());
        server._app.Run(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            var arrival = new Arrival(
                context.Request.Method, context.Request.Path + context.Request.QueryString, await reader.ReadToEndAsync(),
                context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase));
            server.Arrivals.Enqueue(arrival);
            await answer(context, arrival);
        });
        await server._app.StartAsync();
        return server;
    }

    public int Count(string path) => Arrivals.Count(a => a.Path == path);

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}

public sealed record Arrival(string Method, string Path, string Body, IReadOnlyDictionary<string, string> Headers);

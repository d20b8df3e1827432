using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Tapwork.Infrastructure.Integrations;

namespace Tapwork.Tests.Integrations;

/// <summary>What goes wrong below HTTP, each with a server that does it.</summary>
public class OutgoingWeatherTests
{
    [Fact]
    public async Task An_expired_certificate_is_told_with_its_day()
    {
        using var certificate = Certificate("127.0.0.1", Given.Now.AddYears(-2), Given.Now.AddYears(-1));
        await using var server = await LoopbackServer.StartAsync((_, _) => Task.CompletedTask, certificate);
        var answer = await GetAsync($"https://127.0.0.1:{server.Address.Port}/");
        answer.Fault.ShouldBe(HttpFault.Misconfigured);
        answer.Reason.ShouldBe("certificate of 127.0.0.1 refused: it expired on 2025-11-24 09:00 UTC");
        server.Arrivals.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_self_signed_certificate_is_refused()
    {
        using var certificate = Certificate("127.0.0.1", DateTimeOffset.UnixEpoch.AddYears(50), DateTimeOffset.UnixEpoch.AddYears(100));
        await using var server = await LoopbackServer.StartAsync((_, _) => Task.CompletedTask, certificate);
        var answer = await GetAsync($"https://127.0.0.1:{server.Address.Port}/");
        (answer.Fault, answer.MayHaveArrived).ShouldBe((HttpFault.Misconfigured, false));
        answer.Reason!.ShouldStartWith("certificate of 127.0.0.1 refused: ");
        server.Arrivals.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_certificate_for_another_name_is_refused()
    {
        using var certificate = Certificate("elsewhere.example", DateTimeOffset.UnixEpoch.AddYears(50), DateTimeOffset.UnixEpoch.AddYears(100));
        await using var server = await LoopbackServer.StartAsync((_, _) => Task.CompletedTask, certificate);
        (await GetAsync($"https://localhost:{server.Address.Port}/")).Reason.ShouldBe("certificate of localhost refused: it was made out for another name");
    }

    [Fact]
    public async Task A_server_that_speaks_no_TLS_is_misconfigured()
    {
        await using var server = await RawServer.StartAsync(async stream =>
        {
            await stream.WriteAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray());
            await stream.ReadAtLeastAsync(new byte[64], 64, throwOnEndOfStream: false);
        });
        (await GetAsync($"https://127.0.0.1:{server.Port}/")).Fault.ShouldBe(HttpFault.Misconfigured);
    }

    [Fact]
    public async Task A_name_that_does_not_exist_is_misconfigured()
    {
        var answer = await GetAsync("https://no-such-name.invalid/");
        // Without any resolver at hand the name cannot be asked for at all, which may pass.
        if (answer.Fault == HttpFault.Unreachable)
            answer.Reason!.ShouldStartWith("name cannot be resolved now");
        else
            answer.Reason.ShouldBe("name does not exist: no-such-name.invalid");
    }

    [Fact]
    public async Task Nobody_at_the_port_means_it_never_left()
    {
        var port = await RawServer.FreePortAsync();
        var answer = await GetAsync($"http://127.0.0.1:{port}/");
        (answer.Fault, answer.MayHaveArrived).ShouldBe((HttpFault.Unreachable, false));
        answer.Reason.ShouldBe($"no connection to 127.0.0.1:{port}: ConnectionRefused");
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 201 Cre")]
    [InlineData("HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n{\"id\":")]
    [InlineData("HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"id\"\r\n")]
    [InlineData("garbage that is no HTTP\r\n\r\n")]
    public async Task An_answer_cut_short_is_unreachable_and_may_have_arrived(string bytes)
    {
        await using var server = await RawServer.StartAsync(async stream =>
        {
            await stream.ReadAtLeastAsync(new byte[32], 32, throwOnEndOfStream: false);
            await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(bytes));
        });
        var answer = await PostAsync($"http://127.0.0.1:{server.Port}/");
        (answer.Fault, answer.MayHaveArrived).ShouldBe((HttpFault.Unreachable, true));
        answer.Reason!.ShouldStartWith("connection cut: ");
    }

    [Fact]
    public async Task An_endless_answer_ends_at_1_MiB()
    {
        await using var server = await LoopbackServer.StartAsync(async (context, _) =>
        {
            var chunk = new byte[16 * 1024];
            try
            {
                while (!context.RequestAborted.IsCancellationRequested)
                    await context.Response.Body.WriteAsync(chunk, context.RequestAborted);
            }
            catch (OperationCanceledException)
            {
            }
        });
        (await PostAsync(server.Address.ToString())).ShouldSatisfyAllConditions(
            a => a.Fault.ShouldBe(HttpFault.TooLarge), a => a.MayHaveArrived.ShouldBeTrue());
    }

    [Fact]
    public async Task An_answer_of_exactly_1_MiB_is_read()
    {
        await using var server = await LoopbackServer.StartAsync(async (context, _) =>
            await context.Response.Body.WriteAsync(new byte[OutgoingHttp.MostRead]));
        (await PostAsync(server.Address.ToString())).Body.Length.ShouldBe(OutgoingHttp.MostRead);
    }

    [Fact]
    public async Task A_bomb_of_compressed_bytes_is_not_unpacked()
    {
        await using var server = await LoopbackServer.StartAsync(async (context, _) =>
        {
            context.Response.Headers.ContentEncoding = "gzip";
            await using var zip = new System.IO.Compression.GZipStream(context.Response.Body, System.IO.Compression.CompressionLevel.Fastest);
            await zip.WriteAsync(new byte[20 * 1024 * 1024]);
        });
        var answer = await PostAsync(server.Address.ToString());
        (answer.Fault, answer.Body.Length < OutgoingHttp.MostRead).ShouldBe((HttpFault.None, true));
    }

    private static Task<HttpAnswer> GetAsync(string address) => SendAsync(new HttpRequestMessage(HttpMethod.Get, address));

    private static Task<HttpAnswer> PostAsync(string address) =>
        SendAsync(new HttpRequestMessage(HttpMethod.Post, address) { Content = new OutgoingContent("{}"u8.ToArray()) });

    private static async Task<HttpAnswer> SendAsync(HttpRequestMessage request)
    {
        using var http = new OutgoingHttp(new OutgoingAddresses(new OutgoingSettings { AllowedAddresses = ["127.0.0.0/8", "::1/128"] }), new SeenCertificates(TimeProvider.System), TimeProvider.System);
        using (request)
            return await http.SendAsync(Guid.NewGuid(), request, TestContext.Current.CancellationToken);
    }

    private static X509Certificate2 Certificate(string name, DateTimeOffset from, DateTimeOffset until)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        if (IPAddress.TryParse(name, out var address))
            names.AddIpAddress(address);
        else
            names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        using var made = request.CreateSelfSigned(from, until);
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), null);
    }
}

/// <summary>A bare TCP server: does one thing with each connection, then closes it.</summary>
internal sealed class RawServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private Task _running = Task.CompletedTask;

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public static Task<RawServer> StartAsync(Func<NetworkStream, Task> answer)
    {
        var server = new RawServer();
        server._listener.Start();
        server._running = server.RunAsync(answer);
        return Task.FromResult(server);
    }

    public static async Task<int> FreePortAsync()
    {
        await using var server = await StartAsync(_ => Task.CompletedTask);
        return server.Port;
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _running;
    }

    private async Task RunAsync(Func<NetworkStream, Task> answer)
    {
        while (true)
        {
            try
            {
                using var client = await _listener.AcceptTcpClientAsync();
                await answer(client.GetStream());
            }
            catch (IOException)
            {
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }
        }
    }
}

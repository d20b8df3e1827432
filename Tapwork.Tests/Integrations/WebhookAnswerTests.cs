using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Dossiers;

namespace Tapwork.Tests.Integrations;

/// <summary>Once the headers of an endpoint's answer came its status decides, whatever happens to the body.</summary>
public class WebhookAnswerTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("200 OK", "huge", DeliveryStatus.Delivered)]
    [InlineData("200 OK", "promised", DeliveryStatus.Delivered)]
    [InlineData("200 OK", "endless", DeliveryStatus.Delivered)]
    [InlineData("200 OK", "silent", DeliveryStatus.Delivered)]
    [InlineData("200 OK", "drip", DeliveryStatus.Delivered)]
    [InlineData("200 OK", "cut", DeliveryStatus.Delivered)]
    [InlineData("202 Accepted", "reset", DeliveryStatus.Delivered)]
    [InlineData("201 Created", "malformed", DeliveryStatus.Delivered)]
    [InlineData("204 No Content", "none", DeliveryStatus.Delivered)]
    [InlineData("500 Error", "cut", DeliveryStatus.Retrying)]
    [InlineData("429 Slow down\r\nRetry-After: 60", "huge", DeliveryStatus.Retrying)]
    [InlineData("410 Gone", "endless", DeliveryStatus.Retrying)]
    public async Task The_status_decides_whatever_befalls_the_body(string status, string body, DeliveryStatus expected)
    {
        await using var hub = await HubFixture.StartAsync();
        using var endpoint = new RawEndpoint(status, body);
        var (id, _) = await hub.ConnectAsync("webhook", ("Url", endpoint.Address));
        await hub.SubscribeAsync(id, null, DossierPrepared.Name);
        await hub.PrepareAsync();
        await hub.RouteAsync();
        var sending = hub.SendAsync();
        await endpoint.Answered.WaitAsync(Cancel);
        // The clock of the hub stands: what waits for the rest of a body waits until it moves.
        while (!sending.IsCompleted)
        {
            hub.Clock.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Delay(5, Cancel);
        }
        await sending;
        (await hub.DeliveriesAsync(id)).Single().Status.ShouldBe(expected);
        (await hub.IntegrationAsync(id)).IsEnabled.ShouldBe(!status.StartsWith("410", StringComparison.Ordinal));
        if (status.StartsWith("429", StringComparison.Ordinal))
            (await hub.StateAsync(id)).QuietUntil.ShouldNotBeNull().ShouldBeGreaterThan(hub.Clock.GetUtcNow().AddSeconds(30));
        await using var db = hub.Open();
        var attempt = await db.Attempts.SingleAsync(Cancel);
        attempt.HttpStatus.ShouldBe(int.Parse(status[..3], System.Globalization.CultureInfo.InvariantCulture));
        if (body is not "none")
            attempt.Response!.ShouldContain("[cut: ");
        attempt.Response!.Length.ShouldBeLessThanOrEqualTo(Exchange.Kept);
    }

    [Fact]
    public async Task An_answer_that_came_whole_is_recorded_whole()
    {
        await using var hub = await HubFixture.StartAsync();
        var (id, _) = await hub.WebhookAsync();
        await hub.SubscribeAsync(id, null, DossierPrepared.Name);
        await hub.PrepareAsync();
        await hub.RouteAsync();
        var said = new string('a', 30_000) + " end";
        hub.Answer = (context, _) => SymphonicsPartner.JsonAsync(context, 200, said);
        await hub.SendAsync();
        await using var db = hub.Open();
        var response = (await db.Attempts.SingleAsync(Cancel)).Response!;
        response.ShouldEndWith(said);
        response.ShouldNotContain("[cut");
    }

    // Answers one call byte by byte as told, below any HTTP server's own rules.
    private sealed class RawEndpoint : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly CancellationTokenSource _stop = new();
        private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public RawEndpoint(string status, string body)
        {
            _listener.Start();
            _ = AnswerAsync(status, body);
        }

        public string Address => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/hook";

        public Task Answered => _answered.Task;

        public void Dispose()
        {
            _stop.Cancel();
            _listener.Dispose();
            _stop.Dispose();
        }

        private async Task AnswerAsync(string status, string body)
        {
            try
            {
                using var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                var stream = client.GetStream();
                var seen = new StringBuilder();
                var buffer = new byte[8192];
                // The whole call: its head names the length of what follows.
                while (!seen.ToString().Contains("\r\n\r\n{", StringComparison.Ordinal) && await stream.ReadAsync(buffer, _stop.Token) is > 0 and var read)
                    seen.Append(Encoding.ASCII.GetString(buffer, 0, read));
                await WriteAsync(stream, status, body);
                if (body is "reset")
                    client.LingerState = new LingerOption(true, 0);
                _answered.TrySetResult();
                if (body is "silent" or "promised" or "none")
                    await Task.Delay(Timeout.Infinite, _stop.Token);
            }
            catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
            {
                _answered.TrySetResult();
            }
        }

        private async Task WriteAsync(Stream stream, string status, string body)
        {
            var head = body switch
            {
                "promised" => $"HTTP/1.1 {status}\r\nContent-Length: 5000000000\r\n\r\nbegun",
                "silent" or "cut" or "reset" => $"HTTP/1.1 {status}\r\nContent-Length: 100\r\n\r\nbegun",
                "malformed" => $"HTTP/1.1 {status}\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nbegun\r\nzz\r\n",
                "none" => $"HTTP/1.1 {status}\r\n\r\n",
                _ => $"HTTP/1.1 {status}\r\nTransfer-Encoding: chunked\r\n\r\n",
            };
            await stream.WriteAsync(Encoding.ASCII.GetBytes(head), _stop.Token);
            if (body is not ("huge" or "endless" or "drip"))
                return;
            var chunk = Encoding.ASCII.GetBytes(body == "drip" ? "1\r\nx\r\n" : $"10000\r\n{new string('x', 0x10000)}\r\n");
            for (var written = 0; body is "endless" or "drip" || written < 5 * 1024 * 1024; written += chunk.Length)
            {
                await stream.WriteAsync(chunk, _stop.Token);
                _answered.TrySetResult();
                if (body == "drip")
                    await Task.Delay(20, _stop.Token);
            }
        }
    }
}

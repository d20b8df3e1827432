using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Tapwork.Web.Sandbox;

/// <summary>Stands in for a mail server on a loopback port: takes every mail, after STARTTLS, and shows it under <c>/sandbox/mail</c>.</summary>
public sealed class SmtpStandIn(SandboxSettings settings, SandboxStore store, SandboxFaults faults, TimeProvider clock, ILogger<SmtpStandIn> logger) : BackgroundService
{
    /// <summary>Under which faults for mail are ordered, as <see cref="FaultPlan.Area"/>.</summary>
    public const string Area = "smtp";

    private readonly TaskCompletionSource<int> _port = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Where it listens; -1 when it could not.</summary>
    public Task<int> Port => _port.Task;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var certificate = SandboxCertificate.In(settings.Folder);
        using var listener = new TcpListener(IPAddress.Loopback, settings.SmtpPort);
        try
        {
            listener.Start();
        }
        catch (SocketException e)
        {
            logger.LogWarning("the mail stand-in does not run: port {Port} cannot be had ({Error}); set Sandbox:SmtpPort to another", settings.SmtpPort, e.SocketErrorCode);
            _port.SetResult(-1);
            return;
        }
        _port.SetResult(((IPEndPoint)listener.LocalEndpoint).Port);
        while (!stoppingToken.IsCancellationRequested)
            _ = TalkAsync(await listener.AcceptTcpClientAsync(stoppingToken), certificate, stoppingToken);
    }

    private async Task TalkAsync(TcpClient client, X509Certificate2 certificate, CancellationToken cancel)
    {
        using var connection = client;
        if (faults.IsDown(Area))
        {
            // A reset, as from a machine where nobody listens.
            client.LingerState = new LingerOption(true, 0);
            return;
        }
        try
        {
            await using var wire = new SmtpWire(client.GetStream());
            await new SmtpConversation(wire, certificate, store, faults, clock).RunAsync(cancel);
        }
        catch (Exception e) when (e is IOException or AuthenticationException or OperationCanceledException or SocketException)
        {
            // The other side went away: nothing was promised.
        }
    }
}

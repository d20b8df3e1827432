using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Tapwork.Core;
using Tapwork.Core.Accounts;
using Tapwork.Core.Integrations;
using Tapwork.Infrastructure.Accounts;
using Tapwork.Infrastructure.Auditing;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Integrations;

/// <summary>Tries a connection as it is configured, with a real, harmless call, and tells each step.</summary>
public sealed class ConnectionTest(Database database, IntegrationCatalogue catalogue, ConnectorList connectors, OutgoingAddresses addresses, TimeProvider clock)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>Name, TLS, authentication, answer; what cannot be tried after a failure is not there.</summary>
    public async Task<IReadOnlyList<TestStep>> RunAsync(Actor actor, Guid integrationId, CancellationToken cancel)
    {
        actor.MustBe(Role.Admin);
        var integration = await catalogue.FindNowAsync(integrationId, cancel) ?? throw new RuleViolation("integration.unknown");
        var connector = connectors.Find(integration.ConnectorKey) ?? throw new RuleViolation("integration.connector_unknown");
        await database.ActAsync(actor, clock.GetUtcNow(), db =>
        {
            db.Tell("integration.tested", nameof(Integration), integrationId, clock.GetUtcNow());
            return Task.CompletedTask;
        }, cancel);
        if (connector.AddressOf(integration) is not { } address)
            return [new TestStep("settings", false, "the settings are incomplete", TimeSpan.Zero)];
        using var patience = new CancellationTokenSource(Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, patience.Token);
        var steps = new List<TestStep>();
        if (await TakeAsync(steps, "name", () => NameAsync(address, either.Token), cancel)
            && (address.Scheme is not ("https" or "smtps") || await TakeAsync(steps, "tls", () => TlsAsync(address, either.Token), cancel)))
            await ProbeAsync(steps, connector, integration, either.Token, cancel);
        return steps;
    }

    private async Task ProbeAsync(List<TestStep> steps, IConnector connector, Integration integration, CancellationToken patience, CancellationToken cancel)
    {
        var started = clock.GetTimestamp();
        Probe probe;
        try
        {
            probe = await connector.ProbeAsync(integration, patience);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            probe = new Probe(null, false, $"no answer within {Patience.TotalSeconds:0} s");
        }
        var took = clock.GetElapsedTime(started);
        if (probe.IsKnown is { } isKnown)
            steps.Add(new TestStep("authentication", isKnown, isKnown ? "" : probe.Said, took));
        if (probe.IsKnown != false)
            steps.Add(new TestStep("answer", probe.IsAnswered, probe.Said, took));
    }

    private async Task<bool> TakeAsync(List<TestStep> steps, string name, Func<Task<string>> step, CancellationToken cancel)
    {
        var started = clock.GetTimestamp();
        try
        {
            var said = await step();
            steps.Add(new TestStep(name, true, said, clock.GetElapsedTime(started)));
            return true;
        }
        catch (Exception e) when (e is SocketException or AddressRefusedException or AuthenticationException or IOException or CertificateRefusedException
            || (e is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            steps.Add(new TestStep(name, false, e is OperationCanceledException ? $"no answer within {Patience.TotalSeconds:0} s" : e.Message, clock.GetElapsedTime(started)));
            return false;
        }
    }

    private async Task<string> NameAsync(Uri address, CancellationToken cancel)
    {
        using var socket = await addresses.ConnectAsync(address.DnsSafeHost, address.Port, address.Scheme == "http", cancel);
        return ((IPEndPoint)socket.RemoteEndPoint!).Address.ToString();
    }

    private async Task<string> TlsAsync(Uri address, CancellationToken cancel)
    {
        var socket = await addresses.ConnectAsync(address.DnsSafeHost, address.Port, false, cancel);
        await using var stream = new SslStream(new NetworkStream(socket, ownsSocket: true), false, (_, certificate, chain, errors) =>
            errors == SslPolicyErrors.None ? true : throw new CertificateRefusedException(certificate as X509Certificate2, chain, errors, clock.GetUtcNow()));
        await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = address.DnsSafeHost,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        }, cancel);
        var expires = ((X509Certificate2)stream.RemoteCertificate!).NotAfter.ToUniversalTime();
        return FormattableString.Invariant($"{stream.SslProtocol}, {expires:yyyy-MM-dd}");
    }
}

/// <param name="Name"><c>settings</c>, <c>name</c>, <c>tls</c>, <c>authentication</c> or <c>answer</c>.</param>
/// <param name="Said">The address found, the protocol and the certificate's last day, or what went wrong; secrets masked.</param>
public sealed record TestStep(string Name, bool IsPassed, string Said, TimeSpan Duration);

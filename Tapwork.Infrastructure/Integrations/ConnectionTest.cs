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
public sealed class ConnectionTest(
    Database database, IntegrationCatalogue catalogue, ConnectorList connectors, SettingsProtection protection, OutgoingAddresses addresses,
    PersonRateLimiter limiter, TimeProvider clock)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>Name, TLS, authentication, answer; what cannot be tried after a failure is not there.</summary>
    /// <exception cref="RuleViolation"><c>integration.tests_per_person_reached</c>: this person has called it too often lately.</exception>
    public async Task<IReadOnlyList<TestStep>> RunAsync(Actor actor, Guid integrationId, CancellationToken cancel)
    {
        actor.MustBe(Role.Admin);
        var integration = await catalogue.FindNowAsync(integrationId, cancel) ?? throw new RuleViolation("integration.unknown");
        var connector = connectors.Find(integration.ConnectorKey) ?? throw new RuleViolation("integration.connector_unknown");
        if (!limiter.TryAcquire(integration, actor))
            throw new RuleViolation("integration.tests_per_person_reached");
        await database.ActAsync(actor, clock.GetUtcNow(), db =>
        {
            db.Tell("integration.tested", nameof(Integration), integrationId, clock.GetUtcNow());
            return Task.CompletedTask;
        }, cancel);
        if (AddressOf(connector, integration) is not { } address)
            return [new TestStep("settings", false, "", TimeSpan.Zero, WrongIn(connector, integration))];
        using var patience = new CancellationTokenSource(Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, patience.Token);
        var steps = new List<TestStep>();
        if (await TakeAsync(steps, "name", address, () => NameAsync(address, either.Token), cancel)
            && (address.Scheme is not ("https" or "smtps") || await TakeAsync(steps, "tls", address, () => TlsAsync(address, connector.PinnedCertificateOf(integration), either.Token), cancel)))
            await ProbeAsync(steps, connector, integration, either.Token, cancel);
        return steps;
    }

    // A host that no address can be made of.
    private static Uri? AddressOf(IConnector connector, Integration integration)
    {
        try
        {
            return connector.AddressOf(integration);
        }
        catch (UriFormatException)
        {
            return null;
        }
    }

    // A rule of our own says what is wrong; the framework's say only that something is.
    private Violation WrongIn(IConnector connector, Integration integration) =>
        protection.ViolationsOf(connector.Descriptor.Settings, integration.Settings).FirstOrDefault(v => v.Rule != SettingsProtection.Invalid) ?? ConnectionFaults.SettingsIncomplete;

    private async Task ProbeAsync(List<TestStep> steps, IConnector connector, Integration integration, CancellationToken patience, CancellationToken cancel)
    {
        var started = clock.GetTimestamp();
        var (probe, told) = (new Probe(null, false, ""), (Violation?)null);
        try
        {
            probe = await connector.ProbeAsync(integration, patience);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            told = ConnectionFaults.Silent(Patience);
        }
        catch (UriFormatException)
        {
            told = ConnectionFaults.SettingsIncomplete;
        }
        var took = clock.GetElapsedTime(started);
        if (probe.IsKnown is { } isKnown)
            steps.Add(new TestStep("authentication", isKnown, isKnown ? "" : probe.Said, took, isKnown ? null : new Violation("connection.not_known", null, probe.Said)));
        if (probe.IsKnown != false)
            steps.Add(new TestStep("answer", probe.IsAnswered, probe.Said, took, told ?? (probe.IsAnswered ? null : new Violation("connection.answer", null, probe.Said))));
    }

    private async Task<bool> TakeAsync(List<TestStep> steps, string name, Uri address, Func<Task<string>> step, CancellationToken cancel)
    {
        var started = clock.GetTimestamp();
        try
        {
            var said = await step();
            steps.Add(new TestStep(name, true, said, clock.GetElapsedTime(started)));
            return true;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            steps.Add(new TestStep(name, false, "", clock.GetElapsedTime(started), ConnectionFaults.Silent(Patience)));
            return false;
        }
        catch (Exception e) when (ConnectionFaults.Of(e, address) is { } told)
        {
            steps.Add(new TestStep(name, false, e.Message, clock.GetElapsedTime(started), told));
            return false;
        }
    }

    private async Task<string> NameAsync(Uri address, CancellationToken cancel)
    {
        using var socket = await addresses.ConnectAsync(address.DnsSafeHost, address.Port, address.Scheme == "http", cancel);
        return ((IPEndPoint)socket.RemoteEndPoint!).Address.ToString();
    }

    private async Task<string> TlsAsync(Uri address, string? pinned, CancellationToken cancel)
    {
        var socket = await addresses.ConnectAsync(address.DnsSafeHost, address.Port, false, cancel);
        await using var stream = new SslStream(new NetworkStream(socket, ownsSocket: true), false, (_, certificate, chain, errors) =>
            errors == SslPolicyErrors.None || PinnedCertificate.Is(certificate, pinned) ? true : throw new CertificateRefusedException(certificate as X509Certificate2, chain, errors, clock.GetUtcNow()));
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
/// <param name="Said">The address found, the protocol and the certificate's last day, or what the far side answered; secrets masked.</param>
/// <param name="Told">What went wrong, for people; null where nothing did.</param>
public sealed record TestStep(string Name, bool IsPassed, string Said, TimeSpan Duration, Violation? Told = null);

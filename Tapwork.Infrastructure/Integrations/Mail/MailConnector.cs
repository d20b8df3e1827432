using System.Net.Security;
using System.Resources;
using System.Security.Cryptography.X509Certificates;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Integrations;

namespace Tapwork.Infrastructure.Integrations.Mail;

/// <summary>
/// Sends one mail over SMTP. A mail server does not recognise a repeat, yet an unanswered mail is sent again, under the same Message-ID: a
/// double mail beats none. That is why it counts as idempotent here.
/// </summary>
internal sealed class MailConnector(SettingsProtection protection, OutgoingAddresses addresses, SeenCertificates certificates, MailComposer composer, TimeProvider clock) : IConnector
{
    public const string ConnectorKey = "mail";

    private static readonly TimeSpan GoodbyeAtMost = TimeSpan.FromSeconds(2);

    public ConnectorDescriptor Descriptor { get; } = new(
        ConnectorKey, typeof(MailSettings), new IntegrationPace("10s 1m 5m 30m 2h 8h 24h", 60, 2, false, RateLimit.None), new ResourceManager(typeof(MailConnector)))
    { IsSingle = true, Features = ["notifications", "invitations"] };

    public bool IsIdempotent => true;

    public async Task<SendResult> SendAsync(Integration integration, Delivery delivery, CancellationToken cancel)
    {
        MailSettings settings;
        try
        {
            settings = protection.Of<MailSettings>(integration);
        }
        catch (SettingsUnreadableException e)
        {
            return new SendResult(new DeliveryOutcome.Misconfigured(e.Message), new Exchange(null, null, null));
        }
        var (mail, instead) = await composer.ComposeAsync(settings, delivery, cancel);
        if (mail is null)
            return new SendResult(instead!, new Exchange(null, null, null));
        return await HandOverAsync(integration, settings, delivery, mail, cancel);
    }

    /// <summary>A mail server cannot be asked.</summary>
    public Task<bool?> HoldsAsync(Integration integration, Delivery delivery, CancellationToken cancel) => Task.FromResult<bool?>(null);

    public Uri? AddressOf(Integration integration) =>
        protection.Find<MailSettings>(integration) is { } settings ? new UriBuilder(settings.Security == MailSecurity.Tls ? "smtps" : "smtp", settings.Host, settings.Port).Uri : null;

    public string? PinnedCertificateOf(Integration integration) => protection.Find<MailSettings>(integration)?.CertificateSha256;

    /// <summary>Signs in, and takes leave without a mail.</summary>
    public async Task<Probe> ProbeAsync(Integration integration, CancellationToken cancel)
    {
        if (protection.Find<MailSettings>(integration) is not { } settings)
            return new Probe(null, false, "the settings are incomplete");
        using var client = ClientOf(integration, settings);
        try
        {
            await ConnectAsync(client, settings, cancel);
            await client.NoOpAsync(cancel);
            await SayGoodbyeAsync(client);
            return new Probe(true, true, "250");
        }
        catch (Exception e) when (!cancel.IsCancellationRequested)
        {
            return Probe.Of(MailFaults.Explain(e, isHandedOver: false));
        }
    }

    private async Task<SendResult> HandOverAsync(
        Integration integration, MailSettings settings, Delivery delivery, MimeMessage mail, CancellationToken cancel)
    {
        var request = Told(settings, delivery, mail);
        if (settings is { Security: MailSecurity.None, User.Length: > 0 })
            return new SendResult(new DeliveryOutcome.Misconfigured("a password is never sent without TLS"), new Exchange(request, null, null));
        using var client = ClientOf(integration, settings);
        var isHandedOver = false;
        try
        {
            await ConnectAsync(client, settings, cancel);
            isHandedOver = true;
            var answer = await client.SendAsync(mail, cancel);
            await SayGoodbyeAsync(client);
            return new SendResult(new DeliveryOutcome.Accepted(mail.MessageId), new Exchange(request, $"250 {answer}", 250));
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception e)
        {
            var code = MailFaults.CodeOf(e);
            return new SendResult(MailFaults.Explain(e, isHandedOver), new Exchange(request, code is null ? null : $"{code} {e.Message}", code));
        }
    }

    private SmtpClient ClientOf(Integration integration, MailSettings settings) => new()
    {
        Timeout = integration.TimeoutSeconds * 1000,
        // A server without a way to the internet could not ask, and would take every certificate for revoked.
        CheckCertificateRevocation = false,
        ServerCertificateValidationCallback = (_, certificate, _, errors) => Accepts(integration, settings, certificate, errors),
    };

    private bool Accepts(Integration integration, MailSettings settings, X509Certificate? certificate, SslPolicyErrors errors)
    {
        if (errors != SslPolicyErrors.None && !PinnedCertificate.Is(certificate, settings.CertificateSha256))
            return false;
        certificates.See(integration.Id, settings.Host, certificate);
        return true;
    }

    private async Task ConnectAsync(SmtpClient client, MailSettings settings, CancellationToken cancel)
    {
        var socket = await addresses.ConnectAsync(settings.Host, settings.Port, settings.Security == MailSecurity.None, cancel);
        await client.ConnectAsync(socket, settings.Host, settings.Port, settings.Security switch
        {
            MailSecurity.Tls => SecureSocketOptions.SslOnConnect,
            MailSecurity.None => SecureSocketOptions.None,
            _ => SecureSocketOptions.StartTls,
        }, cancel);
        if (settings.User is { Length: > 0 } user)
            await client.AuthenticateAsync(user, settings.Password ?? "", cancel);
    }

    // It was accepted: how the parting goes changes nothing.
    private async Task SayGoodbyeAsync(SmtpClient client)
    {
        using var patience = new CancellationTokenSource(GoodbyeAtMost, clock);
        try
        {
            await client.DisconnectAsync(quit: true, patience.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
        }
    }

    // Envelope and headers: the body holds a link with which a password could be chosen.
    private static string Told(MailSettings settings, Delivery delivery, MimeMessage mail) => $"""
        SMTP {settings.Host}:{settings.Port} {settings.Security}
        MAIL FROM:<{mail.From.Mailboxes.First().Address}>
        RCPT TO:<{mail.To.Mailboxes.First().Address}>

        From: {mail.From}
        To: {mail.To}
        Subject: {mail.Subject}
        Date: {mail.Date:O}
        Message-ID: <{mail.MessageId}>
        Template: {MailPayload.Read(delivery.Payload).Template}
        """;
}

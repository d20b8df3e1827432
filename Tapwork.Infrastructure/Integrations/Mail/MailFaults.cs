using System.Net.Sockets;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Dossiers;

namespace Tapwork.Infrastructure.Integrations.Mail;

/// <summary>What a failed conversation with a mail server means (reply codes as in RFC 5321 and RFC 4954).</summary>
internal static class MailFaults
{
    /// <param name="e">What was thrown.</param>
    /// <param name="isHandedOver">Whether the mail itself had begun to go out.</param>
    public static DeliveryOutcome Explain(Exception e, bool isHandedOver) => e switch
    {
        AddressRefusedException refused => new DeliveryOutcome.Misconfigured(refused.Message),
        SmtpCommandException answered => Answered(answered, isHandedOver),
        AuthenticationException { InnerException: SmtpCommandException { StatusCode: < (SmtpStatusCode)500 } passing } => Later(passing, isHandedOver),
        ServiceNotAuthenticatedException => new DeliveryOutcome.Misconfigured($"530 {e.Message}"),
        AuthenticationException => new DeliveryOutcome.Misconfigured($"sign-in to the mail server failed: {e.Message}"),
        SslHandshakeException { InnerException: IOException or SocketException } => Later(e, isHandedOver),
        SslHandshakeException => new DeliveryOutcome.Misconfigured($"TLS failed: {(e.InnerException ?? e).Message}"),
        NotSupportedException => new DeliveryOutcome.Misconfigured(e.Message),
        SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData } => new DeliveryOutcome.Misconfigured("the name of the mail server does not exist"),
        _ => Later(e, isHandedOver),
    };

    /// <summary>The server's reply code, when there was a reply.</summary>
    public static int? CodeOf(Exception e) => e switch
    {
        SmtpCommandException answered => (int)answered.StatusCode,
        ServiceNotAuthenticatedException => (int)SmtpStatusCode.AuthenticationRequired,
        { InnerException: SmtpCommandException answered } => (int)answered.StatusCode,
        _ => null,
    };

    private static DeliveryOutcome Answered(SmtpCommandException e, bool isHandedOver)
    {
        var (code, reason) = ((int)e.StatusCode, $"{(int)e.StatusCode} {e.Message}");
        if (code < 500)
            return new DeliveryOutcome.TryLater(reason, null, FaultClass.System, MayHaveArrived: false);
        if (MailRefusals.ConcernEveryMail(e, isHandedOver))
            return new DeliveryOutcome.Misconfigured(reason) { MayConcernThisOneOnly = isHandedOver && e.ErrorCode != SmtpErrorCode.SenderNotAccepted };
        return new DeliveryOutcome.Refused(reason, e.ErrorCode == SmtpErrorCode.RecipientNotAccepted ? [new FieldError("Email", e.Message)] : []);
    }

    private static DeliveryOutcome.TryLater Later(Exception e, bool isHandedOver) => new(e switch
    {
        SocketException socket => $"no connection: {socket.SocketErrorCode}",
        ServiceNotConnectedException or SmtpProtocolException or IOException => $"connection cut: {e.Message}",
        _ => e.Message,
    }, null, FaultClass.System, isHandedOver);
}

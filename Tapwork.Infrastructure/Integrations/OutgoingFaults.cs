using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Tapwork.Core;

namespace Tapwork.Infrastructure.Integrations;

/// <summary>What kept an answer from being heard.</summary>
public enum HttpFault
{
    None,

    /// <summary>The name does not exist, the address may not be called, or TLS failed: somebody has to set it right.</summary>
    Misconfigured,

    /// <summary>Down, slow to connect, cut: it may pass.</summary>
    Unreachable,

    TooLarge,
}

/// <summary>What came back of one call, or why nothing did.</summary>
/// <param name="Status">0 when nothing came.</param>
/// <param name="Body">At most 1 MiB.</param>
/// <param name="RetryAfter">How long the far side asked to wait, at most a day.</param>
/// <param name="Reason">One sentence when there is a fault.</param>
/// <param name="MayHaveArrived">The request was, or may have been, written out.</param>
public sealed record HttpAnswer(
    int Status, HttpResponseHeaders? Headers, string? ContentType, byte[] Body, TimeSpan? RetryAfter, HttpFault Fault, string? Reason, bool MayHaveArrived)
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    /// <summary>The body was not read to its end.</summary>
    public bool IsCut { get; init; }

    public bool IsSuccess => Fault == HttpFault.None && Status is >= 200 and < 300;

    internal static HttpAnswer Heard(HttpResponseMessage response, byte[] body, DateTimeOffset now) =>
        new((int)response.StatusCode, response.Headers, ContentTypeOf(response), body, WaitOf(response.Headers.RetryAfter, now), HttpFault.None, null, true);

    internal static HttpAnswer Unheard(HttpFault fault, string reason, bool mayHaveArrived, HttpResponseMessage? response = null) =>
        new((int)(response?.StatusCode ?? 0), response?.Headers, ContentTypeOf(response), [], null, fault, reason, mayHaveArrived);

    private static string? ContentTypeOf(HttpResponseMessage? response) =>
        response is not null && response.Content.Headers.NonValidated.TryGetValues("Content-Type", out var values) ? values.ToString() : null;

    private static TimeSpan? WaitOf(RetryConditionHeaderValue? header, DateTimeOffset now)
    {
        if ((header?.Delta ?? header?.Date - now) is not { } wait)
            return null;
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait < LongestWait ? wait : LongestWait;
    }
}

/// <summary>Tells what is set up wrong from what may pass.</summary>
internal static class OutgoingFaults
{
    public static HttpAnswer Explain(Exception e, Uri uri, bool mayHaveArrived) => Cause(e) switch
    {
        AddressRefusedException refused => Misconfigured(refused.Message),
        CertificateRefusedException refused => Misconfigured($"certificate of {uri.Host} refused: {refused.Message}"),
        AuthenticationException => Misconfigured($"no TLS 1.2 or better with {uri.Host}: {Innermost(e)}"),
        SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData } => Misconfigured($"name does not exist: {uri.Host}"),
        SocketException { SocketErrorCode: SocketError.TryAgain } => Unreachable($"name cannot be resolved now: {uri.Host}", false),
        SocketException socket when !mayHaveArrived => Unreachable($"no connection to {uri.Authority}: {socket.SocketErrorCode}", false),
        OperationCanceledException or TimeoutException when !mayHaveArrived => Unreachable($"no connection to {uri.Authority} in time", false),
        _ => Unreachable($"connection cut: {Innermost(e)}", mayHaveArrived),
    };

    private static HttpAnswer Misconfigured(string reason) => HttpAnswer.Unheard(HttpFault.Misconfigured, reason, mayHaveArrived: false);

    private static HttpAnswer Unreachable(string reason, bool mayHaveArrived) => HttpAnswer.Unheard(HttpFault.Unreachable, reason, mayHaveArrived);

    private static Exception? Cause(Exception? e) => e switch
    {
        null or AddressRefusedException or CertificateRefusedException or AuthenticationException or SocketException or TimeoutException => e,
        _ => Cause(e.InnerException) ?? e,
    };

    private static string Innermost(Exception e) => e.GetBaseException().Message;
}

/// <summary>The certificate shown is not to be trusted.</summary>
internal sealed class CertificateRefusedException : Exception
{
    public CertificateRefusedException(X509Certificate2? certificate, X509Chain? chain, SslPolicyErrors errors, DateTimeOffset now) : this(Why(certificate, chain, errors, now)) { }

    private CertificateRefusedException((string Message, Violation Told) why) : base(why.Message) => Told = why.Told;

    /// <summary>The same for people, in their language.</summary>
    public Violation Told { get; }

    private static (string, Violation) Why(X509Certificate2? certificate, X509Chain? chain, SslPolicyErrors errors, DateTimeOffset now)
    {
        if (certificate is null)
            return ("none was shown", new Violation("connection.certificate_missing"));
        var (from, until) = (certificate.NotBefore.ToUniversalTime(), certificate.NotAfter.ToUniversalTime());
        if (until < now.UtcDateTime)
            return (FormattableString.Invariant($"it expired on {until:yyyy-MM-dd HH:mm} UTC"), new Violation("connection.certificate_expired", null, Paris.DayOf(until)));
        if (from > now.UtcDateTime)
            return (FormattableString.Invariant($"it is valid only from {from:yyyy-MM-dd HH:mm} UTC"), new Violation("connection.certificate_early", null, Paris.DayOf(from)));
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
            return ("it was made out for another name", new Violation("connection.certificate_of_another"));
        return (chain?.ChainStatus.FirstOrDefault().StatusInformation is { Length: > 0 } why ? why.Trim() : "its issuer is not known", new Violation("connection.certificate_untrusted"));
    }
}

using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Tapwork.Infrastructure.Integrations;

/// <summary>
/// Calls to outside systems: one pool of connections for each integration, addresses checked where the connection is made (after every
/// change of the name's addresses too), redirects never followed, and at most 1 MiB of an answer read.
/// </summary>
public sealed class OutgoingHttp(OutgoingAddresses addresses, SeenCertificates certificates, TimeProvider clock) : IDisposable
{
    /// <summary>Bytes read of an answer.</summary>
    public const int MostRead = 1024 * 1024;

    /// <summary>The template of a call's path, e.g. <c>validation/pdl/{pdl}</c>: a trace bears it in place of the address. Without one it bears the host alone.</summary>
    public static readonly HttpRequestOptionsKey<string> Route = new("tapwork.route");

    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    // For a body that nobody waits for: long enough for an honest one, and an endless one holds no sender.
    private static readonly TimeSpan RecordTimeout = TimeSpan.FromSeconds(2);
    private readonly ConcurrentDictionary<Guid, Lazy<HttpMessageInvoker>> _pools = new();

    /// <summary>One call. What came, or what kept it from coming; throws only when cancelled.</summary>
    public Task<HttpAnswer> SendAsync(Guid integrationId, HttpRequestMessage request, CancellationToken cancel) =>
        SendAsync(integrationId, request, async response =>
        {
            var (body, isTooLarge) = await ReadAsync(response.Content, cancel);
            return isTooLarge
                ? HttpAnswer.Unheard(HttpFault.TooLarge, "answer too large: more than 1 MiB", mayHaveArrived: true, response)
                : HttpAnswer.Heard(response, body, clock.GetUtcNow());
        }, cancel);

    /// <summary>One call whose status is the whole answer. Once the headers came, nothing that happens to the body changes it; the body is read for the record, and cut.</summary>
    public Task<HttpAnswer> SendForStatusAsync(Guid integrationId, HttpRequestMessage request, CancellationToken cancel) =>
        SendAsync(integrationId, request, async response =>
        {
            var (body, isCut) = await ReadForRecordAsync(response.Content, cancel);
            return HttpAnswer.Heard(response, body, clock.GetUtcNow()) with { IsCut = isCut };
        }, cancel);

    private async Task<HttpAnswer> SendAsync(Guid integrationId, HttpRequestMessage request, Func<HttpResponseMessage, Task<HttpAnswer>> read, CancellationToken cancel)
    {
        var began = request.Content as OutgoingContent;
        try
        {
            using var response = await PoolOf(integrationId).SendAsync(request, cancel);
            return await read(response);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            return OutgoingFaults.Explain(e, request.RequestUri!, mayHaveArrived: began?.Began ?? false);
        }
    }

    public void Dispose()
    {
        foreach (var pool in _pools.Values.Where(p => p.IsValueCreated))
            pool.Value.Dispose();
    }

    private HttpMessageInvoker PoolOf(Guid integrationId) =>
        _pools.GetOrAdd(integrationId, static (id, self) => new Lazy<HttpMessageInvoker>(() => self.NewPool(id)), this).Value;

    private HttpMessageInvoker NewPool(Guid integrationId) => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        // A proxy would connect in our stead, past the check.
        UseProxy = false,
        AutomaticDecompression = DecompressionMethods.None,
        ConnectTimeout = ConnectTimeout,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
        MaxResponseHeadersLength = 64,
        MaxResponseDrainSize = 64 * 1024,
        ConnectCallback = ConnectAsync,
        SslOptions = new SslClientAuthenticationOptions
        {
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            RemoteCertificateValidationCallback = (connection, certificate, chain, errors) =>
                errors == SslPolicyErrors.None ? See(integrationId, connection, certificate) : throw new CertificateRefusedException(certificate as X509Certificate2, chain, errors, clock.GetUtcNow()),
        },
    });

    private bool See(Guid integrationId, object connection, X509Certificate? certificate)
    {
        certificates.See(integrationId, (connection as SslStream)?.TargetHostName ?? "", certificate);
        return true;
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancel)
    {
        var isPlain = context.InitialRequestMessage.RequestUri!.Scheme != Uri.UriSchemeHttps;
        return new NetworkStream(await addresses.ConnectAsync(context.DnsEndPoint.Host, context.DnsEndPoint.Port, isPlain, cancel), ownsSocket: true);
    }

    private async Task<(byte[] Body, bool IsCut)> ReadForRecordAsync(HttpContent content, CancellationToken cancel)
    {
        using var timeout = new CancellationTokenSource(RecordTimeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, timeout.Token);
        var (body, filled) = (new byte[4096], 0);
        try
        {
            await using var stream = await content.ReadAsStreamAsync(either.Token);
            while (await stream.ReadAsync(body.AsMemory(filled), either.Token) is > 0 and var read)
            {
                filled += read;
                if (filled == HttpTranscript.MaxBytes)
                    return (body, true);
                if (filled == body.Length)
                    Array.Resize(ref body, Math.Min(body.Length * 2, HttpTranscript.MaxBytes));
            }
            return (body[..filled], false);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            return (body[..filled], true);
        }
    }

    private static async Task<(byte[] Body, bool IsTooLarge)> ReadAsync(HttpContent content, CancellationToken cancel)
    {
        if (content.Headers.ContentLength > MostRead)
            return ([], true);
        await using var stream = await content.ReadAsStreamAsync(cancel);
        var buffer = new byte[content.Headers.ContentLength is { } length ? (int)length + 1 : 4096];
        var filled = 0;
        while (await stream.ReadAsync(buffer.AsMemory(filled), cancel) is > 0 and var read)
        {
            filled += read;
            if (filled > MostRead)
                return ([], true);
            if (filled == buffer.Length)
                Array.Resize(ref buffer, Math.Min(buffer.Length * 2, MostRead + 1));
        }
        return (buffer[..filled], false);
    }
}

/// <summary>JSON on its way out; tells whether its first byte may have left.</summary>
public sealed class OutgoingContent : HttpContent
{
    private readonly ReadOnlyMemory<byte> _body;

    public OutgoingContent(ReadOnlyMemory<byte> body, string mediaType = "application/json")
    {
        _body = body;
        Headers.TryAddWithoutValidation("Content-Type", mediaType);
    }

    public bool Began { get; private set; }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        Began = true;
        await stream.WriteAsync(_body, cancellationToken);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _body.Length;
        return true;
    }
}

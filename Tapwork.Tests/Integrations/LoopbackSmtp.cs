using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MimeKit;

namespace Tapwork.Tests.Integrations;

/// <summary>A mail server on a loopback port, as strict as it is told to be; keeps what it gets.</summary>
internal sealed class LoopbackSmtp : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentBag<Task> _conversations = [];
    private readonly Task _accepting;

    public LoopbackSmtp()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public ConcurrentQueue<MimeMessage> Mails { get; } = [];

    public ConcurrentQueue<string> Commands { get; } = [];

    /// <summary>What it answers instead of the usual, by the first word of the command; <c>DATA.</c> is the answer to the whole mail, an empty answer cuts the connection.</summary>
    public Dictionary<string, string> Answers { get; } = [];

    public bool OffersStartTls { get; init; }

    public X509Certificate2 Certificate { get; init; } = SelfSigned();

    public string Fingerprint => Certificate.GetCertHashString(HashAlgorithmName.SHA256);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_conversations);
        _stopping.Dispose();
        Certificate.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                _conversations.Add(TalkAsync(await _listener.AcceptTcpClientAsync(_stopping.Token)));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task TalkAsync(TcpClient client)
    {
        using var _ = client;
        Stream stream = client.GetStream();
        try
        {
            if (!await SayAsync(stream, Answers.GetValueOrDefault("GREETING", "220 loopback ready")))
                return;
            while (await ReadLineAsync(stream) is { } line)
            {
                Commands.Enqueue(line);
                var verb = line.Split(' ', ':')[0].ToUpperInvariant();
                if (!await SayAsync(stream, Answers.GetValueOrDefault(verb) ?? Usual(verb)))
                    return;
                if (verb == "QUIT")
                    return;
                if (verb == "STARTTLS")
                {
                    var secured = new SslStream(stream);
                    await secured.AuthenticateAsServerAsync(Certificate);
                    stream = secured;
                }
                else if (verb == "DATA" && !Answers.ContainsKey("DATA"))
                {
                    var mail = await ReadMailAsync(stream);
                    var answer = Answers.GetValueOrDefault("DATA.", "250 2.0.0 queued");
                    if (answer.StartsWith('2') || answer.Length == 0)
                        Mails.Enqueue(mail);
                    if (!await SayAsync(stream, answer))
                        return;
                }
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or System.Security.Authentication.AuthenticationException)
        {
        }
        finally
        {
            await stream.DisposeAsync();
        }
    }

    private string Usual(string verb) => verb switch
    {
        "EHLO" => OffersStartTls ? "250-loopback\r\n250-STARTTLS\r\n250 AUTH PLAIN" : "250-loopback\r\n250 AUTH PLAIN",
        "AUTH" => "235 2.7.0 signed in",
        "DATA" => "354 go on",
        "QUIT" => "221 bye",
        "STARTTLS" => "220 go on",
        _ => "250 ok",
    };

    private static async Task<bool> SayAsync(Stream stream, string answer)
    {
        if (answer.Length == 0)
            return false;
        await stream.WriteAsync(Encoding.ASCII.GetBytes(answer + "\r\n"));
        return true;
    }

    private async Task<string?> ReadLineAsync(Stream stream)
    {
        var line = new List<byte>();
        var one = new byte[1];
        while (await stream.ReadAsync(one, _stopping.Token) == 1)
        {
            if (one[0] == '\n')
                return Encoding.UTF8.GetString([.. line]).TrimEnd('\r');
            line.Add(one[0]);
        }
        return null;
    }

    private async Task<MimeMessage> ReadMailAsync(Stream stream)
    {
        var text = new StringBuilder();
        while (await ReadLineAsync(stream) is { } line && line != ".")
            text.Append(line.StartsWith("..", StringComparison.Ordinal) ? line[1..] : line).Append("\r\n");
        using var source = new MemoryStream(Encoding.UTF8.GetBytes(text.ToString()));
        return await MimeMessage.LoadAsync(source);
    }

    private static X509Certificate2 SelfSigned()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(Given.Now.AddYears(-1), Given.Now.AddYears(20));
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
    }
}

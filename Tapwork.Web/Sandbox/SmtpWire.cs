using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Tapwork.Web.Sandbox;

/// <summary>Lines of bytes, to and fro; Latin-1 keeps every byte as it came.</summary>
internal sealed class SmtpWire(Stream plain) : IAsyncDisposable
{
    /// <summary>Of a mail, in bytes; what is beyond is read and thrown away.</summary>
    public const int LargestMail = 10_000_000;

    private readonly byte[] _buffer = new byte[8192];
    private Stream _stream = plain;
    private int _at, _end;

    public bool IsSecure { get; private set; }

    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    public async Task SayAsync(string answer, CancellationToken cancel) => await _stream.WriteAsync(Encoding.ASCII.GetBytes(answer + "\r\n"), cancel);

    /// <summary>Goes over to TLS. What was sent in the clear beyond the command is forgotten: it could come from anybody.</summary>
    public async Task SecureAsync(X509Certificate2 certificate, CancellationToken cancel)
    {
        var secured = new SslStream(_stream);
        await secured.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate }, cancel);
        (_stream, IsSecure, _at, _end) = (secured, true, 0, 0);
    }

    /// <returns>The next line without its end; null when the connection ended.</returns>
    public async Task<string?> ReadLineAsync(CancellationToken cancel)
    {
        var line = new StringBuilder();
        while (true)
        {
            if (_at == _end)
            {
                (_at, _end) = (0, await _stream.ReadAsync(_buffer, cancel));
                if (_end == 0)
                    return null;
            }
            var end = Array.IndexOf(_buffer, (byte)'\n', _at, _end - _at);
            var until = end < 0 ? _end : end;
            if (line.Length <= LargestMail)
                line.Append(Encoding.Latin1.GetString(_buffer, _at, until - _at));
            _at = end < 0 ? _end : end + 1;
            if (end >= 0)
                return line is [.., '\r'] ? line.ToString(0, line.Length - 1) : line.ToString();
        }
    }

    /// <returns>The mail up to the lonely dot, doubled dots undone; null when it was too large.</returns>
    /// <exception cref="EndOfStreamException">The connection ended before the mail did.</exception>
    public async Task<byte[]?> ReadMailAsync(CancellationToken cancel)
    {
        using var mail = new MemoryStream();
        var length = 0L;
        while (await ReadLineAsync(cancel) is { } line)
        {
            if (line == ".")
                return length > LargestMail ? null : mail.ToArray();
            length += line.Length + 2;
            if (length <= LargestMail)
                mail.Write(Encoding.Latin1.GetBytes((line.StartsWith('.') ? line[1..] : line) + "\r\n"));
        }
        throw new EndOfStreamException();
    }
}

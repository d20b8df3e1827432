using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Tapwork.Infrastructure.Integrations;

namespace Tapwork.Tests.Integrations;

/// <summary>What a person is told of a connection that is tried.</summary>
public class ConnectionTestTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    // The one certificate that mails were sent under failed the test.
    [Fact]
    public async Task The_one_certificate_that_is_accepted_by_name_is_accepted_here_too()
    {
        using var certificate = SelfSigned();
        await using var server = new TlsServer(certificate);
        await using var hub = await HubFixture.StartAsync();
        var (id, _) = await hub.ConnectAsync("mail", ("Host", "127.0.0.1"), ("Port", $"{server.Port}"), ("Security", "Tls"), ("From", "tapwork@example.com"));
        (await StepAsync("tls")).Told!.Rule.ShouldBe("connection.certificate_of_another");
        await hub.Get<IntegrationDesk>().ConfigureAsync(hub.Admin, id, (await hub.IntegrationAsync(id)).Version,
            new Dictionary<string, string?> { ["CertificateSha256"] = certificate.GetCertHashString(HashAlgorithmName.SHA256) }, Cancel);
        (await StepAsync("tls")).IsPassed.ShouldBeTrue();

        async Task<TestStep> StepAsync(string name) => (await hub.Get<ConnectionTest>().RunAsync(hub.Admin, id, Cancel)).Single(s => s.Name == name);
    }

    [Theory]
    [InlineData("http://10.1.2.3/", "name", "connection.private_address")]
    [InlineData("http://127.0.0.1:9/", "name", "connection.refused")]
    [InlineData("http://nobody.invalid/", "name", "connection.name_unknown")]
    public async Task What_is_wrong_is_a_text_of_ours(string address, string step, string rule)
    {
        await using var hub = await HubFixture.StartAsync();
        var (id, _) = await hub.ConnectAsync("webhook", ("Url", address));
        var last = (await hub.Get<ConnectionTest>().RunAsync(hub.Admin, id, Cancel))[^1];
        (last.Name, last.IsPassed).ShouldBe((step, false));
        // Where no name can be resolved at all, it may be there tomorrow.
        last.Told!.Rule.ShouldBeOneOf(rule, rule == "connection.name_unknown" ? "connection.name_unresolved" : rule);
    }

    [Fact]
    public async Task A_host_that_is_none_is_told_as_incomplete_settings()
    {
        await using var hub = await HubFixture.StartAsync();
        var (id, _) = await hub.ConnectAsync("mail", ("Host", "mail server"), ("Port", "25"), ("Security", "StartTls"), ("From", "tapwork@example.com"));
        (await hub.Get<ConnectionTest>().RunAsync(hub.Admin, id, Cancel)).Single().Told.ShouldBe(ConnectionFaults.SettingsIncomplete);
    }

    [Fact]
    public async Task Who_refuses_us_is_quoted_in_a_sentence_of_ours()
    {
        await using var hub = await HubFixture.StartAsync();
        var (id, _) = await hub.ConnectAsync("partner", ("BaseUrl", hub.Server.Address.ToString()), ("Credential", "Bearer"), ("BearerToken", "b"));
        hub.Answer = (context, _) => SymphonicsPartner.JsonAsync(context, 401, "{}");
        (await hub.Get<ConnectionTest>().RunAsync(hub.Admin, id, Cancel))[^1].Told!.Rule.ShouldBe("connection.not_known");
        hub.Answer = (context, _) => SymphonicsPartner.JsonAsync(context, 503, "{}");
        (await hub.Get<ConnectionTest>().RunAsync(hub.Admin, id, Cancel))[^1].Told!.Rule.ShouldBe("connection.answer");
    }

    private static X509Certificate2 SelfSigned()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=elsewhere", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(Given.Now.AddYears(-1), Given.Now.AddYears(20));
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
    }

    /// <summary>Shakes hands, and cuts the connection.</summary>
    private sealed class TlsServer : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly Task _accepting;

        public TlsServer(X509Certificate2 certificate)
        {
            _listener.Start();
            _accepting = AcceptAsync(certificate);
        }

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public async ValueTask DisposeAsync()
        {
            _listener.Stop();
            await _accepting;
        }

        private async Task AcceptAsync(X509Certificate2 certificate)
        {
            while (true)
            {
                try
                {
                    using var client = await _listener.AcceptTcpClientAsync();
                    await using var stream = new SslStream(client.GetStream());
                    await stream.AuthenticateAsServerAsync(certificate);
                }
                catch (Exception e) when (e is SocketException or ObjectDisposedException)
                {
                    return;
                }
                catch (Exception e) when (e is IOException or System.Security.Authentication.AuthenticationException)
                {
                    // The far end would not have it.
                }
            }
        }
    }
}

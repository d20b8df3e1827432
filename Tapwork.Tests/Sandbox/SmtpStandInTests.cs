using System.Net;
using System.Net.Sockets;
using System.Text;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using Microsoft.Extensions.Logging.Abstractions;
using MimeKit;
using Tapwork.Tests.Integrations;
using Tapwork.Web.Sandbox;

namespace Tapwork.Tests.Sandbox;

public sealed class SmtpStandInTests : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tapwork-smtp-");
    private readonly SandboxFaults _faults = new();
    private readonly SandboxStore _store;
    private readonly SmtpStandIn _server;

    public SmtpStandInTests()
    {
        var settings = new SandboxSettings { Folder = _folder.FullName, SmtpPort = 0 };
        _store = new SandboxStore(settings, TimeProvider.System);
        _server = new SmtpStandIn(settings, _store, _faults, TimeProvider.System, NullLogger<SmtpStandIn>.Instance);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _server.StopAsync(default);
        _server.Dispose();
        _store.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_mail_arrives_as_it_was_written()
    {
        using var client = await ConnectAsync();
        await client.AuthenticateAsync("anybody", "anything", Cancel);
        await client.SendAsync(Mail("Été à Orléans", "one\r\n.\r\n..two\r\nœuvre", "<p>œuvre</p>"), Cancel);

        var kept = _store.Mails.Values.ShouldHaveSingleItem();
        kept.From.ShouldBe("tapwork@example.com");
        kept.To.ShouldBe("jeanne@example.com");
        kept.Subject.ShouldBe("Été à Orléans");
        kept.Text.ReplaceLineEndings("\n").TrimEnd().ShouldBe("one\n.\n..two\nœuvre");
        kept.Html!.TrimEnd().ShouldBe("<p>œuvre</p>");
    }

    [Fact]
    public async Task One_connection_brings_several_mails_and_a_repeat_is_counted_not_doubled()
    {
        using var client = await ConnectAsync();
        var mail = Mail("first");
        await client.SendAsync(mail, Cancel);
        await client.NoOpAsync(Cancel);
        await client.SendAsync(mail, Cancel);
        await client.SendAsync(Mail("second"), Cancel);
        await client.DisconnectAsync(quit: true, Cancel);

        _store.Mails.Values.Select(m => (m.Subject, m.Arrivals)).Order().ShouldBe([("first", 2), ("second", 1)]);
        _store.Arrivals.Count.ShouldBe(3);
    }

    [Fact]
    public async Task Nothing_is_taken_before_the_connection_is_secured()
    {
        using var client = await ConnectAsync(SecureSocketOptions.None);
        var refused = await Should.ThrowAsync<ServiceNotAuthenticatedException>(() => client.SendAsync(Mail("in the clear"), Cancel));
        refused.Message.ShouldContain("STARTTLS");
        _store.Mails.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_follows_the_wish_for_TLS_in_the_clear_is_forgotten()
    {
        await StartAsync();
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, await _server.Port, Cancel);
        await client.GetStream().WriteAsync("EHLO x\r\nSTARTTLS\r\nRSET\r\n"u8.ToArray(), Cancel);
        await using var secured = new System.Net.Security.SslStream(client.GetStream(), false, (_, _, _, _) => true);
        await ReadUntilAsync(client.GetStream(), "220 2.0.0 go on\r\n");
        await secured.AuthenticateAsClientAsync("localhost");
        await secured.WriteAsync("NOOP\r\nQUIT\r\n"u8.ToArray(), Cancel);
        using var reader = new StreamReader(secured, Encoding.ASCII);
        (await reader.ReadToEndAsync(Cancel)).ShouldBe("250 2.0.0 ok\r\n221 2.0.0 bye\r\n");
    }

    [Theory]
    [InlineData(Fault.Http500, SmtpStatusCode.ErrorInProcessing)]
    [InlineData(Fault.Rate429, SmtpStatusCode.ErrorInProcessing)]
    [InlineData(Fault.Http503, SmtpStatusCode.ServiceNotAvailable)]
    [InlineData(Fault.Refuse422, SmtpStatusCode.MailboxUnavailable)]
    [InlineData(Fault.Bad400, SmtpStatusCode.TransactionFailed)]
    [InlineData(Fault.Forbidden403, SmtpStatusCode.MailboxUnavailable)]
    internal async Task It_refuses_as_it_was_told_to_and_takes_the_next(Fault fault, SmtpStatusCode code)
    {
        _faults.Enqueue(fault, 1, SmtpStandIn.Area);
        using (var client = await ConnectAsync())
            (await Should.ThrowAsync<SmtpCommandException>(() => client.SendAsync(Mail("refused"), Cancel))).StatusCode.ShouldBe(code);
        _store.Mails.ShouldBeEmpty();

        using var next = await ConnectAsync();
        await next.SendAsync(Mail("taken"), Cancel);
        _store.Mails.Values.ShouldHaveSingleItem().Subject.ShouldBe("taken");
    }

    [Theory]
    [InlineData(Fault.CutBefore, 0)]
    [InlineData(Fault.CutAfter, 1)]
    internal async Task A_connection_cut_around_the_acceptance_keeps_what_was_accepted(Fault fault, int kept)
    {
        _faults.Enqueue(fault, 1, SmtpStandIn.Area);
        using var client = await ConnectAsync();
        await Should.ThrowAsync<Exception>(() => client.SendAsync(Mail("cut"), Cancel));
        _store.Mails.Count.ShouldBe(kept);
        _store.Arrivals.ShouldHaveSingleItem().Status.ShouldBeNull();
    }

    [Fact]
    public async Task A_slow_server_answers_in_the_end()
    {
        _faults.Plan = new FaultPlan { Area = SmtpStandIn.Area, DelayMilliseconds = 1, Rates = new Dictionary<Fault, double> { [Fault.SlowAfter] = 1 } };
        using var client = await ConnectAsync();
        await client.SendAsync(Mail("slow"), Cancel);
        _store.Arrivals.ShouldHaveSingleItem().Fault.ShouldBe(Fault.SlowAfter);
    }

    [Fact]
    public async Task Being_down_may_concern_mail_alone()
    {
        _faults.Plan = new FaultPlan { Down = true, Area = SmtpStandIn.Area };
        await Should.ThrowAsync<Exception>(() => ConnectAsync());
        _faults.For("/crm/interventions").ShouldBe(Fault.None);
        _faults.Plan = new FaultPlan { Down = true };
        _faults.For("/crm/interventions").ShouldBe(Fault.CutBefore);
        _faults.IsDown(SmtpStandIn.Area).ShouldBeTrue();
    }

    [Fact]
    public async Task A_fault_for_mail_spares_Symphonics()
    {
        await StartAsync();
        _faults.Enqueue(Fault.Http500, 1, SmtpStandIn.Area);
        _faults.For("/crm/interventions").ShouldBe(Fault.None);
        _faults.Enqueue(Fault.Bad400, 1);
        _faults.For(SmtpStandIn.Area).ShouldBe(Fault.Http500);
        _faults.For("/crm/interventions").ShouldBe(Fault.Bad400);
    }

    [Fact]
    public async Task A_mail_of_more_than_ten_megabytes_is_refused_announced_or_not()
    {
        using var client = await ConnectAsync();
        var large = Mail("large", new string('x', 11_000_000));
        await Should.ThrowAsync<SmtpCommandException>(() => client.SendAsync(large, Cancel));
        var answers = await SpeakAsync($"MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\n{new string('x', 11_000_000)}\r\n.\r\nQUIT\r\n");
        answers.ShouldContain("552 5.3.4 too large\r\n221");
        _store.Mails.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("RCPT TO:<a@example.com>\r\nQUIT\r\n", "503 5.5.1 no sender yet")]
    [InlineData("MAIL FROM:<a@example.com>\r\nDATA\r\nQUIT\r\n", "503 5.5.1 no recipient yet")]
    [InlineData("MAIL FROM:<a@example.com>\r\nRCPT TO:<nobody>\r\nQUIT\r\n", "501 5.1.3 bad address")]
    [InlineData("MAIL FROM:<a@example.com>\r\nRCPT TO:<unknown@example.com>\r\nQUIT\r\n", "550 5.1.1 no such mailbox")]
    [InlineData("MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nRSET\r\nDATA\r\nQUIT\r\n", "503 5.5.1 no recipient yet")]
    [InlineData("VRFY jeanne\r\nQUIT\r\n", "500 5.5.2 unknown command")]
    [InlineData("AUTH LOGIN\r\nYQ==\r\nYg==\r\nQUIT\r\n", "334 VXNlcm5hbWU6\r\n334 UGFzc3dvcmQ6\r\n235")]
    [InlineData("AUTH PLAIN\r\nAGEAYg==\r\nQUIT\r\n", "334 \r\n235")]
    public async Task It_speaks_the_protocol_as_strictly_as_a_real_server(string said, string heard) =>
        (await SpeakAsync(said)).ShouldContain(heard);

    [Fact]
    public async Task A_taken_port_costs_the_stand_in_only()
    {
        await StartAsync();
        var settings = new SandboxSettings { Folder = _folder.FullName, SmtpPort = await _server.Port };
        using var second = new SmtpStandIn(settings, _store, _faults, TimeProvider.System, NullLogger<SmtpStandIn>.Instance);
        await second.StartAsync(Cancel);
        (await second.Port).ShouldBe(-1);
        await second.ExecuteTask!;
    }

    // Found by the test below: the second of two that made it at once put its own in the place of the one already shown.
    [Fact]
    public async Task All_who_ask_for_the_certificate_at_once_get_the_same()
    {
        var folder = Path.Combine(_folder.FullName, "new");
        using var together = new Barrier(8);
        var hashes = await Task.WhenAll(Enumerable.Range(0, together.ParticipantCount).Select(_ => Task.Factory.StartNew(() =>
        {
            together.SignalAndWait(Cancel);
            using var certificate = SandboxCertificate.In(folder);
            return certificate.Thumbprint;
        }, Cancel, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        hashes.Distinct().Count().ShouldBe(1);
    }

    [Fact]
    public async Task The_mail_connector_delivers_to_it()
    {
        await StartAsync();
        await using var bench = await MailBench.CreateAsync();
        var jeanne = await bench.PersonAsync();
        using var certificate = SandboxCertificate.In(_folder.FullName);
        var sent = await bench.SendAsync(jeanne, new()
        {
            Host = "127.0.0.1",
            Port = await _server.Port,
            From = "Tapwork <tapwork@example.com>",
            CertificateSha256 = certificate.GetCertHashString(System.Security.Cryptography.HashAlgorithmName.SHA256),
        });
        sent.Outcome.ShouldBeOfType<Tapwork.Core.Deliveries.DeliveryOutcome.Accepted>();
        _store.Mails.Values.ShouldHaveSingleItem().To.ShouldBe(jeanne.Email);
    }

    private Task StartAsync() => _server.ExecuteTask is null ? _server.StartAsync(Cancel) : Task.CompletedTask;

    private async Task<SmtpClient> ConnectAsync(SecureSocketOptions security = SecureSocketOptions.StartTls)
    {
        await StartAsync();
        var client = new SmtpClient { CheckCertificateRevocation = false, ServerCertificateValidationCallback = (_, _, _, _) => true };
        await client.ConnectAsync("127.0.0.1", await _server.Port, security, Cancel);
        return client;
    }

    /// <summary>Says the words under TLS all at once and hears everything up to the end.</summary>
    private async Task<string> SpeakAsync(string words)
    {
        await StartAsync();
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, await _server.Port, Cancel);
        await client.GetStream().WriteAsync("STARTTLS\r\n"u8.ToArray(), Cancel);
        await ReadUntilAsync(client.GetStream(), "220 2.0.0 go on\r\n");
        await using var secured = new System.Net.Security.SslStream(client.GetStream(), false, (_, _, _, _) => true);
        await secured.AuthenticateAsClientAsync("localhost");
        await secured.WriteAsync(Encoding.ASCII.GetBytes(words), Cancel);
        using var reader = new StreamReader(secured, Encoding.ASCII);
        return await reader.ReadToEndAsync(Cancel);
    }

    private static async Task ReadUntilAsync(Stream stream, string end)
    {
        var heard = new StringBuilder();
        var one = new byte[1];
        while (!heard.ToString().EndsWith(end, StringComparison.Ordinal))
        {
            await stream.ReadExactlyAsync(one, Cancel);
            heard.Append((char)one[0]);
        }
    }

    private static MimeMessage Mail(string subject, string text = "hello", string? html = null)
    {
        var mail = new MimeMessage { Subject = subject, Body = new BodyBuilder { TextBody = text, HtmlBody = html }.ToMessageBody() };
        mail.From.Add(new MailboxAddress("Tapwork", "tapwork@example.com"));
        mail.To.Add(new MailboxAddress("Jeanne", "jeanne@example.com"));
        return mail;
    }
}

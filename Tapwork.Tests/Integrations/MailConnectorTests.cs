using System.Net;
using System.Net.Sockets;
using MimeKit;
using Tapwork.Core.Accounts;
using Tapwork.Core.Deliveries;
using Tapwork.Infrastructure.Integrations;
using Tapwork.Infrastructure.Integrations.Mail;

namespace Tapwork.Tests.Integrations;

public sealed class MailConnectorTests : IAsyncLifetime
{
    private readonly LoopbackSmtp _server = new() { OffersStartTls = true };
    private MailBench _bench = null!;

    public async ValueTask InitializeAsync() => _bench = await MailBench.CreateAsync();

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _bench.DisposeAsync();
    }

    [Fact]
    public async Task A_mail_arrives_in_the_person_s_language_in_two_forms()
    {
        var person = await _bench.PersonAsync(culture: "fr");
        var (outcome, exchange) = await SendAsync(person, Plain());
        outcome.ShouldBeOfType<DeliveryOutcome.Accepted>();
        exchange.Status.ShouldBe(250);
        var mail = _server.Mails.ShouldHaveSingleItem();
        mail.To.Mailboxes.Single().Address.ShouldBe(person.Email);
        mail.Subject!.ShouldContain("Symphonics");
        mail.TextBody!.ShouldContain("suspendus");
        mail.HtmlBody!.ShouldContain("href=\"https://tapwork.example/deliveries");
        mail.Headers["Auto-Submitted"]!.ShouldBe("auto-generated");
    }

    [Fact]
    public async Task It_goes_over_TLS_with_a_password_to_a_certificate_that_was_pinned()
    {
        var (outcome, _) = await SendAsync(await _bench.PersonAsync(), Secured() with { CertificateSha256 = _server.Fingerprint });
        outcome.ShouldBeOfType<DeliveryOutcome.Accepted>();
        _server.Commands.ShouldContain("STARTTLS");
        _server.Commands.ShouldContain(c => c.StartsWith("AUTH"));
        // The mail server's certificate was never watched: it is not called over HTTP.
        (await _bench.SightingsAsync()).ShouldHaveSingleItem().Until.ShouldBe(new DateTimeOffset(_server.Certificate.NotAfter.ToUniversalTime()));
    }

    [Fact]
    public async Task A_certificate_nobody_vouches_for_holds_the_integration()
    {
        var (outcome, _) = await SendAsync(await _bench.PersonAsync(), Secured());
        outcome.ShouldBeOfType<DeliveryOutcome.Misconfigured>();
        _server.Commands.ShouldNotContain(c => c.StartsWith("AUTH"));
        _server.Mails.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_server_without_STARTTLS_gets_neither_password_nor_mail()
    {
        await using var plain = new LoopbackSmtp();
        var (outcome, _) = await SendAsync(await _bench.PersonAsync(), Secured() with { Port = plain.Port });
        outcome.ShouldBeOfType<DeliveryOutcome.Misconfigured>();
        plain.Commands.ShouldNotContain(c => c.StartsWith("AUTH") || c.StartsWith("MAIL"));
    }

    [Fact]
    public async Task A_password_is_never_sent_in_the_clear()
    {
        var (outcome, _) = await SendAsync(await _bench.PersonAsync(), Plain() with { User = "u", Password = "p" });
        outcome.ShouldBeOfType<DeliveryOutcome.Misconfigured>();
        _server.Commands.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("RCPT", "550 5.1.1 no such user", "Refused")]
    [InlineData("RCPT", "450 4.2.1 mailbox busy", "TryLater")]
    [InlineData("DATA.", "554 5.6.0 content refused", "Refused")]
    [InlineData("DATA.", "451 4.3.0 try again", "TryLater")]
    [InlineData("DATA.", "", "TryLater")]
    [InlineData("MAIL", "553 5.1.8 sender not ours", "Misconfigured")]
    [InlineData("MAIL", "530 5.7.0 authentication required", "Misconfigured")]
    [InlineData("MAIL", "452 4.3.1 disk full", "TryLater")]
    [InlineData("GREETING", "554 5.3.2 not a mail server", "Misconfigured")]
    [InlineData("GREETING", "421 4.3.2 too busy", "TryLater")]
    [InlineData("GREETING", "", "TryLater")]
    public async Task Each_answer_has_its_outcome(string command, string answer, string outcome)
    {
        _server.Answers[command] = answer;
        var (got, exchange) = await SendAsync(await _bench.PersonAsync(), Plain());
        got.GetType().Name.ShouldBe(outcome);
        if (answer.Length > 0)
            exchange.Status.ShouldBe(int.Parse(answer[..3], System.Globalization.CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData("535 5.7.8 wrong password", "Misconfigured")]
    [InlineData("454 4.7.0 try again", "TryLater")]
    public async Task A_sign_in_that_fails_for_good_holds_the_integration(string answer, string outcome)
    {
        _server.Answers["AUTH"] = answer;
        var (got, _) = await SendAsync(await _bench.PersonAsync(), Secured() with { CertificateSha256 = _server.Fingerprint });
        got.GetType().Name.ShouldBe(outcome);
    }

    [Fact]
    public async Task A_refused_connection_is_tried_later_and_an_unknown_name_holds()
    {
        var person = await _bench.PersonAsync();
        (await SendAsync(person, Plain() with { Port = FreePort() })).Outcome.ShouldBeOfType<DeliveryOutcome.TryLater>();
        (await SendAsync(person, Plain() with { Host = "mail.invalid" })).Outcome.ShouldBeOfType<DeliveryOutcome.Misconfigured>();
    }

    [Fact]
    public async Task A_private_address_that_is_not_allowed_is_never_connected_to()
    {
        await using var strict = await MailBench.CreateAsync(allowed: []);
        var (outcome, _) = await strict.SendAsync(await strict.PersonAsync(), Plain());
        outcome.ShouldBeOfType<DeliveryOutcome.Misconfigured>();
        _server.Commands.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_repeat_bears_the_same_Message_ID_though_the_sender_has_changed_meanwhile()
    {
        var delivery = await _bench.DeliveryAsync(await _bench.PersonAsync());
        await _bench.SendAsync(delivery, Plain());
        await _bench.SendAsync(delivery, Plain() with { From = "Tapwork <autre@ailleurs.example>" });
        _server.Mails.Select(m => m.MessageId).Distinct().ShouldHaveSingleItem();
        _server.Mails.Count.ShouldBe(2);
    }

    [Fact]
    public async Task An_ended_account_gets_nothing()
    {
        var person = await _bench.PersonAsync(suspended: true);
        var (outcome, _) = await SendAsync(person, Plain());
        outcome.ShouldBeOfType<DeliveryOutcome.Pointless>().Reason.ShouldBe("account.not_active");
        _server.Commands.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_link_to_choose_a_password_works_and_is_kept_nowhere()
    {
        var person = await _bench.PersonAsync(withLogin: true);
        var delivery = await _bench.DeliveryAsync(person, MailTemplates.AccountRecovery);
        var (outcome, exchange) = await _bench.SendAsync(delivery, Plain());
        outcome.ShouldBeOfType<DeliveryOutcome.Accepted>();
        var token = Token(_server.Mails.Single());
        (await _bench.ChoosePasswordAsync(person.Id, token, "Corr3ct-horse-battery")).ShouldBeTrue();
        (await _bench.ChoosePasswordAsync(person.Id, token, "An0ther-horse-battery")).ShouldBeFalse("the link works once");
        $"{exchange.Request}{exchange.Response}{delivery.Payload}".ShouldNotContain(token);
    }

    [Fact]
    public async Task Who_has_a_password_is_not_invited()
    {
        var person = await _bench.PersonAsync(withLogin: true, password: "Corr3ct-horse-battery");
        var (outcome, _) = await _bench.SendAsync(await _bench.DeliveryAsync(person, MailTemplates.AccountCreated), Plain());
        outcome.ShouldBeOfType<DeliveryOutcome.Pointless>();
    }

    private async Task<SendResult> SendAsync(Person person, MailSettings settings) => await _bench.SendAsync(person, settings);

    private MailSettings Plain() => new() { Host = "127.0.0.1", Port = _server.Port, Security = MailSecurity.None, From = "Tapwork <tapwork@example.com>" };

    private MailSettings Secured() => Plain() with { Security = MailSecurity.StartTls, User = "tapwork", Password = "secret" };

    private static string Token(MimeMessage mail)
    {
        var link = mail.TextBody!.Split('\n').Single(l => l.StartsWith("https://", StringComparison.Ordinal)).Trim();
        return link[(link.IndexOf("token=", StringComparison.Ordinal) + 6)..];
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

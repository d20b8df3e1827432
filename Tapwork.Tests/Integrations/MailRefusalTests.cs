using Tapwork.Core;
using Tapwork.Core.Accounts;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Integrations;
using Tapwork.Infrastructure.Integrations;
using Tapwork.Infrastructure.Integrations.Mail;
using Tapwork.Tests.Deliveries;

namespace Tapwork.Tests.Integrations;

/// <summary>Whom a mail server's answer concerns: this mail, or every mail.</summary>
public sealed class MailRefusalTests : IAsyncLifetime
{
    private readonly LoopbackSmtp _server = new();
    private MailBench _bench = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _bench = await MailBench.CreateAsync();

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _bench.DisposeAsync();
    }

    [Theory]
    [InlineData("550 5.7.1 Unable to relay")]
    [InlineData("550 5.7.1 Unable to relay for jeanne1@example.com")]
    [InlineData("554 5.7.1 <jeanne1@example.com>: Relay access denied")]
    [InlineData("550 5.7.60 SMTP; Client does not have permissions to send as this sender")]
    [InlineData("554 5.2.252 SendAsDenied; tapwork@example.com not allowed to send as x")]
    [InlineData("550 5.7.26 Unauthenticated email is not accepted due to domain's DMARC policy")]
    [InlineData("550-5.7.26 This mail has been blocked because the sender is unauthenticated.\r\n550 5.7.26 Gmail requires SPF or DKIM")]
    [InlineData("550 5.7.606 Access denied, banned sending IP [203.0.113.9]")]
    [InlineData("504 5.5.2 <tapwork>: Helo command rejected: need fully-qualified hostname")]
    [InlineData("550 5.7.64 TenantAttribution; Relay Access Denied")]
    [InlineData("530 5.7.57 Client not authenticated to send mail")]
    [InlineData("535 5.7.8 authentication failed")]
    [InlineData("550 5.7.25 the sending IP has no PTR record")]
    [InlineData("550 5.7.23 <jeanne1@example.com>: Recipient address rejected: SPF fail - not authorized")]
    [InlineData("550 5.7.501 Access denied, spam abuse detected")]
    [InlineData("550 5.7.705 tenant has exceeded threshold")]
    [InlineData("550 5.7.750 sending from unregistered domains")]
    [InlineData("550 5.1.8 Access denied, bad outbound sender")]
    [InlineData("553 5.1.7 bad sender mailbox syntax")]
    [InlineData("550 5.1.90 daily limit for message recipients reached")]
    [InlineData("550 relay not permitted")]
    [InlineData("550 authentication required")]
    [InlineData("503 AUTH first")]
    [InlineData("554 Service unavailable; Client host [203.0.113.9] blocked using zen.spamhaus.org")]
    [InlineData("550 SPF check failed")]
    [InlineData("550 DKIM signature missing")]
    [InlineData("550 Sender verify failed")]
    [InlineData("571 Email from 203.0.113.9 is currently blocked")]
    [InlineData("550 5.3.5 system incorrectly configured")]
    [InlineData("502 5.5.1 command not implemented")]
    [InlineData("554 Message rejected: Email address is not verified. The following identities failed the check in region EU-WEST-1: tapwork@example.com")]
    [InlineData("554 Message rejected: Sending paused for this account. For more information, please check the inbox of the email address associated with your AWS account.")]
    [InlineData("554 Access denied: User `arn:aws:iam::123456789012:user/ses-smtp-user' is not authorized to perform `ses:SendRawEmail' on resource `arn:aws:ses:eu-west-1:123456789012:identity/example.com'")]
    [InlineData("550 5.4.6 Unusual sending activity detected. Please try after sometime")]
    [InlineData("550 Domain tapwork.example has exceeded the max emails per hour (153/150 (102%)) allowed.  Message discarded.")]
    [InlineData("502 5.7.0 Your SMTP account is not yet activated. Please contact us at contact@brevo.com to request activation")]
    [InlineData("553 5.7.2 [TSS09] All messages from 203.0.113.9 will be permanently deferred; Retrying will NOT succeed.")]
    [InlineData("553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)")]
    [InlineData("553 sorry, that domain isn't in my list of allowed rcpthosts")]
    [InlineData("550 Authentification requise")]
    [InlineData("550 Relais refuse")]
    [InlineData("554 5.2.0 STOREDRV.Submission.Exception:SendAsDeniedException.MapiExceptionSendAsDenied; Failed to process message due to a permanent exception")]
    [InlineData("550 5.4.5 Daily user sending limit exceeded. For more information on Gmail sending limits go to https://support.google.com/a/answer/166852")]
    [InlineData("550 5.4.5 Daily SMTP relay limit exceeded for customer")]
    [InlineData("550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain")]
    [InlineData("550 5.7.515 Access denied, sending domain example.com doesn't meet the required authentication level")]
    [InlineData("550 5.7.232 Your message can't be sent because your trial tenant has exceeded its daily limit")]
    [InlineData("550 The from address does not match a verified Sender Identity. Mail cannot be sent until this error is resolved.")]
    [InlineData("550 5.7.1 Unfortunately, messages from [203.0.113.9] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3140).")]
    [InlineData("550 mwinf5c04 ME Adresse IP source bloquee pour incident de spam. Client host blocked for spamming issues. OFR006_102")]
    [InlineData("550 5.1.0 Adresse d expediteur incorrecte. Invalid sender address. OFR004_104")]
    [InlineData("550 5.7.0 From address is not one of your addresses")]
    [InlineData("550 5.7.1 Unconfigured Sending Domain <example.com>")]
    [InlineData("553 5.7.1 <tapwork@example.com>: Sender address rejected: not owned by user tapwork")]
    [InlineData("554 5.7.1 <unknown[203.0.113.9]>: Client host rejected: Access denied")]
    [InlineData("554 Sandbox subdomains are for test purposes only. Please add your own domain or add the address to authorized recipients in Account Settings.")]
    [InlineData("554 Maximum credits exceeded")]
    [InlineData("550 5.7.1 Quota d'envoi depasse pour ce compte")]
    public async Task A_refusal_of_sender_relay_or_policy_holds_the_channel(string answer)
    {
        foreach (var command in (string[])["RCPT", "DATA", "DATA."])
        {
            var wrong = (await AnswersAsync(command, answer)).ShouldBeOfType<DeliveryOutcome.Misconfigured>($"{command}: {answer}");
            wrong.Reason.ShouldContain(answer[..3]);
        }
    }

    [Theory]
    [InlineData("RCPT", "550 5.1.1 no such user")]
    [InlineData("RCPT", "550 5.1.1 <relay@example.com>: Recipient address rejected: User unknown in relay recipient table")]
    [InlineData("RCPT", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found")]
    [InlineData("RCPT", "550 5.1.2 bad destination system")]
    [InlineData("RCPT", "501 5.1.3 bad address syntax")]
    [InlineData("RCPT", "550 5.1.6 mailbox has moved")]
    [InlineData("RCPT", "550 5.2.1 mailbox disabled")]
    [InlineData("RCPT", "552 5.2.2 mailbox full")]
    [InlineData("RCPT", "550 5.4.1 Recipient address rejected: Access denied")]
    [InlineData("RCPT", "550 5.4.4 unable to route: no mail hosts for domain")]
    [InlineData("RCPT", "550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required")]
    [InlineData("RCPT", "550 5.7.129 RESOLVER.RST.RestrictedToRecipientsPermission; not authorized")]
    [InlineData("RCPT", "550 5.7.124 sender not in allowed-senders list")]
    [InlineData("RCPT", "550 5.7.17 mailbox owner has changed")]
    [InlineData("RCPT", "554 5.7.1 <jeanne1@example.com>: Recipient address rejected: Access denied")]
    [InlineData("RCPT", "550 no such user here")]
    [InlineData("RCPT", "550 <relay@dmarc.example>: unknown, see https://relay.example/sender")]
    [InlineData("RCPT", "551 user not local")]
    [InlineData("RCPT", "553 mailbox name not allowed")]
    [InlineData("RCPT", "556 5.1.10 domain accepts no mail")]
    [InlineData("DATA", "554 5.5.6 invalid message content")]
    [InlineData("DATA.", "554 5.6.0 message content rejected")]
    [InlineData("DATA.", "552 5.3.4 message too big")]
    [InlineData("DATA.", "552 5.7.0 this attachment is not accepted")]
    [InlineData("DATA.", "554 Transaction failed")]
    [InlineData("MAIL", "552 message size exceeds fixed maximum message size")]
    [InlineData("MAIL", "552 5.3.4 message size exceeds limit")]
    [InlineData("MAIL", "550 5.3.4 message too big")]
    [InlineData("RCPT", "504 5.5.2 <jeanne@localhost>: Recipient address rejected: need fully-qualified address")]
    [InlineData("RCPT", "550 Invalid Recipient - https://community.mimecast.com/docs/DOC-1369#550")]
    [InlineData("RCPT", "550 5.1.1 The email account that you tried to reach does not exist. Please try double-checking the recipient's email address")]
    [InlineData("RCPT", "550 Envelope blocked - User Entry")]
    [InlineData("RCPT", "550-5.2.1 The email account that you tried to reach is disabled.\r\n550 5.2.1 https://support.google.com/mail/?p=DisabledUser")]
    [InlineData("RCPT", "554 delivery error: dd This user doesn't have a yahoo.com account (jeanne@yahoo.com) [-5]")]
    [InlineData("RCPT", "550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302).")]
    [InlineData("RCPT", "550 5.7.193 Access denied, recipient does not accept external messages (UserBlocked)")]
    [InlineData("RCPT", "550 5.7.13 STOREDRV.Submission; recipient blocked sender")]
    [InlineData("DATA.", "550 5.7.1 Message contains a virus (Eicar-Test-Signature)")]
    [InlineData("RCPT", "550 5.7.1 <jeanne1@example.com>: Recipient address rejected: Mailbox owner refuses to accept mail from this sender")]
    public async Task What_concerns_one_mail_is_refused(string command, string answer) =>
        (await AnswersAsync(command, answer)).ShouldBeOfType<DeliveryOutcome.Refused>($"{command}: {answer}");

    [Theory]
    [InlineData("RCPT", "450 4.7.1 Relay access denied")]
    [InlineData("RCPT", "451 4.7.500 server busy")]
    [InlineData("MAIL", "452 4.5.3 too many messages")]
    [InlineData("DATA.", "421 4.7.26 unauthenticated")]
    public async Task What_may_pass_is_tried_again_whatever_it_says(string command, string answer) =>
        (await AnswersAsync(command, answer)).ShouldBeOfType<DeliveryOutcome.TryLater>();

    [Theory]
    [InlineData("GREETING", "554 5.7.1 blocked using a block list")]
    [InlineData("GREETING", "521 does not accept mail")]
    [InlineData("EHLO", "550 5.7.1 Helo rejected")]
    [InlineData("MAIL", "550 5.7.1 sender not allowed")]
    [InlineData("MAIL", "553 sorry, that domain is not in my list of allowed senders")]
    public async Task A_refusal_before_the_recipient_concerns_all(string command, string answer)
    {
        if (command == "EHLO")
            _server.Answers["HELO"] = answer;
        (await AnswersAsync(command, answer)).ShouldBeOfType<DeliveryOutcome.Misconfigured>().MayConcernThisOneOnly.ShouldBeFalse();
    }

    // One mail whose recipient meets a policy of its own would hold the channel again at each try.
    [Fact]
    public async Task A_mail_that_held_the_channel_is_put_aside_once_others_got_through()
    {
        await using var bench = await DeliveryBench.CreateAsync();
        var own = (await bench.OrderAsync()).Single();
        var connector = new ToldConnector
        {
            Answer = d => d.Id == own ? new DeliveryOutcome.Misconfigured("550 5.7.1 policy") { MayConcernThisOneOnly = true } : ToldConnector.Accepted,
        };
        var app = bench.Start(connector);
        await app.SendDueAsync();
        (await bench.StateAsync()).HeldBecause.ShouldNotBeNull();
        await bench.OrderAsync(3);
        for (var probe = 0; probe < 3; probe++)
        {
            bench.Clock.Advance(DestinationState.ProbeEvery);
            await app.SendDueAsync();
        }
        (await bench.StateAsync()).HeldBecause.ShouldBeNull();
        (await bench.StatusesAsync()).ShouldBe([DeliveryStatus.Held, DeliveryStatus.Delivered, DeliveryStatus.Delivered, DeliveryStatus.Delivered]);
        var aside = await bench.ReadAsync(own);
        (aside.LastError, aside.FailedTries).ShouldBe(("550 5.7.1 policy", 0));
        (await bench.TopicsAsync()).Count(t => t == "integration.held").ShouldBe(1);
    }

    [Fact]
    public async Task As_long_as_nobody_gets_through_every_mail_is_kept_and_none_is_put_aside()
    {
        await using var bench = await DeliveryBench.CreateAsync();
        var isMended = false;
        var app = bench.Start(new ToldConnector
        {
            Answer = _ => isMended ? ToldConnector.Accepted : new DeliveryOutcome.Misconfigured("550 5.7.1 Unable to relay") { MayConcernThisOneOnly = true },
        });
        await bench.OrderAsync(3);
        for (var probe = 0; probe < 5; probe++)
        {
            await app.SendDueAsync();
            bench.Clock.Advance(DestinationState.ProbeEvery);
        }
        (await bench.StatusesAsync()).ShouldAllBe(s => s == DeliveryStatus.Pending || s == DeliveryStatus.Retrying);
        isMended = true;
        await app.SendDueAsync();
        await app.SendDueAsync();
        (await bench.StatusesAsync()).ShouldAllBe(s => s == DeliveryStatus.Delivered);
    }

    [Theory]
    [InlineData("a@x.fr, b@x.fr")]
    [InlineData("a@x.fr;b@x.fr")]
    [InlineData("tapwork")]
    [InlineData("<tapwork>")]
    [InlineData("Tapwork <tapwork>")]
    [InlineData("@x.fr")]
    [InlineData("tapwork@")]
    [InlineData("Tapwork tapwork@x.fr")]
    [InlineData("Tapwork <a@x.fr> <b@x.fr>")]
    [InlineData("Tapwork <a@x.fr>\r\nBcc: <b@x.fr>")]
    [InlineData("Tap\nwork <a@x.fr>")]
    [InlineData("team: a@x.fr, b@x.fr;")]
    public async Task A_sender_that_is_no_single_whole_address_is_refused_at_its_field(string from)
    {
        await using var hub = await HubFixture.StartAsync();
        var refusal = await Should.ThrowAsync<RuleViolation>(() => hub.ConnectAsync("mail", ("Host", "127.0.0.1"), ("From", from)));
        refusal.Violations.ShouldContain(v => v.Rule == "integration.sender_malformed" && v.Field == "From");
    }

    [Theory]
    [InlineData("tapwork@x.fr")]
    [InlineData("tapwork@localhost")]
    [InlineData("Tapwork <tapwork@x.fr>")]
    [InlineData("\"Durand, Jeanne\" <j@x.fr>")]
    [InlineData("Équipe Tapwork <tapwork@x.fr>")]
    public async Task A_sender_with_or_without_a_name_is_taken(string from)
    {
        await using var hub = await HubFixture.StartAsync();
        (await hub.ConnectAsync("mail", ("Host", "127.0.0.1"), ("From", from))).Id.ShouldNotBe(Guid.Empty);
    }

    [Theory]
    [InlineData("a@x.fr, b@x.fr")]
    [InlineData("tapwork")]
    public async Task A_sender_kept_from_earlier_fails_the_connection_test(string from)
    {
        await using var hub = await HubFixture.StartAsync();
        var (id, _) = await hub.ConnectAsync("mail", ("Host", "127.0.0.1"), ("From", "tapwork@x.fr"));
        await hub.ChangeAsync(async db =>
        {
            var integration = (await db.Integrations.FindAsync([id], Cancel))!;
            integration.Configure(integration.Settings.Replace("tapwork@x.fr", from, StringComparison.Ordinal), [], Given.Now);
        });
        var step = (await hub.Get<ConnectionTest>().RunAsync(hub.Admin, id, Cancel)).Single();
        (step.IsPassed, step.Told).ShouldBe((false, new Violation("integration.sender_malformed", "From")));
    }

    [Theory]
    [InlineData("a.@x.fr")]
    [InlineData("a\u200b@x.fr")]
    [InlineData("a\u0007@x.fr")]
    [InlineData("a@x.fr,b@x.fr")]
    [InlineData("a\ud800@x.fr")]
    public void An_address_no_mail_can_bear_is_refused_wherever_one_is_typed(string address)
    {
        var broken = new List<Violation>();
        Email.Read(address, "Email", broken);
        broken.ShouldContain(v => v.Rule == "email.malformed");
    }

    [Fact]
    public async Task A_recipient_s_address_that_no_mail_can_bear_is_refused_and_no_fault_of_ours()
    {
        var person = await _bench.PersonAsync();
        var about = (await _bench.DeliveryAsync(person)).Subject;
        var delivery = Delivery.Of(
            new DeliveryOrder(Guid.CreateVersion7(), 7, "mail:x", "integration.held", person.Id, new MailPayload(person.Id, MailTemplates.IntegrationHeld, about, "a.@x.fr").ToJson(), "mail-7", "x", "c1", new DeliverySearch(null, null, null, null, null)), Given.Now);
        (await _bench.SendAsync(delivery, Plain())).Outcome.ShouldBeOfType<DeliveryOutcome.Refused>();
    }

    private async Task<DeliveryOutcome> AnswersAsync(string command, string answer)
    {
        _server.Answers.Clear();
        if (command == "EHLO")
            _server.Answers["HELO"] = answer;
        _server.Answers[command] = answer;
        return (await _bench.SendAsync(await _bench.PersonAsync(), Plain())).Outcome;
    }

    private MailSettings Plain() => new() { Host = "127.0.0.1", Port = _server.Port, Security = MailSecurity.None, From = "Tapwork <tapwork@example.com>" };
}

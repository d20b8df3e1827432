using Microsoft.EntityFrameworkCore;
using Tapwork.Core;
using Tapwork.Core.Accounts;
using Tapwork.Core.Dossiers;
using Tapwork.Core.Monitoring;
using Tapwork.Infrastructure.Monitoring;
using Tapwork.Infrastructure.Notifications;
using Tapwork.Tests.Integrations;

namespace Tapwork.Tests.Monitoring;

/// <summary>Whom an alert's rule tells.</summary>
public class RecipientTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_is_named_is_told_once_with_an_account_or_without()
    {
        await using var hub = await StartedAsync("Owner@else.example");
        (await MailedAsync(hub, AlertRecipientsOf())).ShouldBe(["anne@example.com", "owner@else.example"], "as before: administrators and the owner, though that is no account");
        (await MailedAsync(hub, AlertRecipientsOf() with { Admins = false, Owner = false, MoreEmails = "duty@else.example; ANNE@example.com, duty@else.example left@example.com" }))
            .ShouldBe(["anne@example.com", "duty@else.example"], "each once, an account that has ended never");
        (await MailedAsync(hub, AlertRecipientsOf() with { Admins = false, Managers = true, Owner = false })).ShouldBe(["max@example.com"]);
    }

    [Fact]
    public async Task Somebody_without_an_account_is_told_by_mail_and_not_in_the_application()
    {
        await using var hub = await StartedAsync("owner@else.example");
        await MailedAsync(hub, AlertRecipientsOf() with { Admins = false });
        while (await hub.Get<NotificationReader>().ReadBatchAsync(Cancel) > 0)
        {
        }
        await using var db = hub.Open();
        (await db.Notifications.CountAsync(n => n.Kind.StartsWith("alert."), Cancel)).ShouldBe(0);
    }

    [Fact]
    public async Task A_change_of_the_recipients_is_in_the_trail()
    {
        await using var hub = await HubFixture.StartAsync();
        await hub.Get<AlertDesk>().ChangeAsync(hub.Admin, Rule(AlertRecipientsOf()), Cancel);
        await hub.Get<AlertDesk>().ChangeAsync(hub.Admin, Rule(AlertRecipientsOf() with { Owner = false, MoreEmails = "duty@else.example" }), Cancel);
        await using var db = hub.Open();
        var changes = (await db.AuditEntries.OrderBy(e => e.Id).LastAsync(e => e.RecordType == nameof(AlertRule), Cancel)).Changes;
        changes.ShouldContain("TellsOwner");
        changes.ShouldContain("duty@else.example");
    }

    [Theory]
    [InlineData("not an address", "email.malformed")]
    [InlineData("a@x.fr b@x.fr c@x.fr d@x.fr e@x.fr f@x.fr g@x.fr h@x.fr i@x.fr j@x.fr k@x.fr", "alert.too_many_emails")]
    [InlineData("", "alert.nobody_told")]
    public void What_cannot_be_told_is_refused(string emails, string rule) =>
        Should.Throw<RuleViolation>(() => AlertRule.Default(AlertKind.QueueAge).Change(true, 30, 15, new AlertRecipients(false, false, false, emails), null, null))
            .Violations.ShouldContain(v => v.Rule == rule && v.Field == "MoreEmails");

    [Fact]
    public async Task A_mail_to_an_address_alone_goes_there()
    {
        await using var bench = await MailBench.CreateAsync();
        await using var server = new LoopbackSmtp();
        (await bench.SendOutsideAsync("duty@else.example", server)).ShouldBe("duty@else.example");
    }

    private static AlertRecipients AlertRecipientsOf() => new(true, false, true, null);

    private static AlertRuleRow Rule(AlertRecipients tells) => new(AlertKind.QueueAge, true, 30, 15, tells, null, null);

    // Anne administrates, Max manages, somebody has left; a delivery has been due for 40 minutes.
    private static async Task<HubFixture> StartedAsync(string owner)
    {
        var hub = await HubFixture.StartAsync();
        var left = Person.Create("Leo Left", "left@example.com", Role.Admin, null, "fr", Given.Now);
        left.Suspend(Given.Now);
        await hub.ChangeAsync(db =>
        {
            db.AddRange(Person.Create("Max Manager", "max@example.com", Role.Manager, null, "fr", Given.Now), left);
            return Task.CompletedTask;
        });
        await hub.ConnectAsync("mail", ("Host", "127.0.0.1"), ("From", "tapwork@example.com"));
        var (id, _) = await hub.WebhookAsync();
        await hub.ChangeAsync(db => db.Integrations.Where(i => i.Id == id).ExecuteUpdateAsync(i => i.SetProperty(x => x.OwnerEmail, owner), Cancel));
        await hub.SubscribeAsync(id, null, DossierPrepared.Name);
        await hub.PrepareAsync();
        await hub.RouteAsync();
        hub.Clock.Advance(TimeSpan.FromMinutes(40));
        return hub;
    }

    // The addresses of the mails that an alert under this rule makes.
    private static async Task<List<string?>> MailedAsync(HubFixture hub, AlertRecipients tells)
    {
        await hub.Get<AlertDesk>().ChangeAsync(hub.Admin, Rule(tells), Cancel);
        await hub.ChangeAsync(async db =>
        {
            await db.Deliveries.Where(d => d.Purpose.StartsWith("mail:")).ExecuteDeleteAsync(Cancel);
            await db.Incidents.ExecuteDeleteAsync(Cancel);
        });
        await hub.Get<WatchJob>().RunAsync(Cancel);
        await hub.RouteAsync();
        await using var db = hub.Open();
        return await db.Deliveries.Where(d => d.Topic == "alert.queue_age").OrderBy(d => d.SearchEmail).Select(d => d.SearchEmail).ToListAsync(Cancel);
    }
}

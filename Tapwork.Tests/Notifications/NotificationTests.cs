using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Tapwork.Core.Accounts;
using Tapwork.Core.Companies;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Dossiers;
using Tapwork.Core.Integrations;
using Tapwork.Core.Notifications;
using Tapwork.Infrastructure.Events;
using Tapwork.Infrastructure.Integrations.Mail;
using Tapwork.Infrastructure.Notifications;
using Tapwork.Tests.Persistence;

namespace Tapwork.Tests.Notifications;

public sealed class NotificationTests : IAsyncLifetime
{
    private static readonly Actor Test = Actor.System("test");
    private TestDatabase _database = null!;
    private long _known;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _database = await TestDatabase.SqliteAsync();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task The_person_who_moved_it_last_is_told_of_a_refused_dossier_in_the_application_and_by_mail()
    {
        var (claire, _, _) = await OfficeAsync();
        var dossier = await RefusedDossierAsync(movedBy: claire);
        var mails = await TellAsync();
        var told = (await NotificationsAsync()).ShouldHaveSingleItem();
        told.PersonId.ShouldBe(claire.Id);
        told.Kind.ShouldBe("dossier.refused");
        told.About.ShouldBe("INT-2026-000001");
        told.Link.ShouldBe($"/interventions/{dossier.InterventionId}");
        var mail = mails.ShouldHaveSingleItem();
        mail.Purpose.ShouldBe($"mail:{claire.Id}:dossier_refused");
        mail.OrderingKey.ShouldBe(claire.Id.ToString());
    }

    [Fact]
    public async Task When_that_person_has_left_the_whole_office_is_told()
    {
        var (claire, marc, _) = await OfficeAsync();
        await RefusedDossierAsync(movedBy: claire);
        await ChangeAsync(claire.Id, p => p.Suspend(Given.Now));
        (await TellAsync()).Select(o => o.OrderingKey).ShouldBe([marc.Id.ToString()]);
        (await NotificationsAsync()).Select(n => n.PersonId).ShouldBe([marc.Id]);
    }

    [Fact]
    public async Task Administrators_are_told_of_an_integration_on_hold()
    {
        var (_, _, admin) = await OfficeAsync();
        await HoldAsync("Symphonics");
        (await TellAsync()).ShouldHaveSingleItem().Purpose.ShouldBe($"mail:{admin.Id}:integration_held");
        (await NotificationsAsync()).ShouldHaveSingleItem().About.ShouldBe("Symphonics");
    }

    [Fact]
    public async Task A_mail_server_on_hold_is_told_in_the_application_only()
    {
        await OfficeAsync();
        var mail = await HoldAsync("Courriel", MailConnector.ConnectorKey);
        (await TellAsync(mail)).ShouldBeEmpty();
        (await NotificationsAsync()).ShouldHaveSingleItem().About.ShouldBe("Courriel");
    }

    [Fact]
    public async Task A_mail_that_fails_is_told_to_administrators_and_never_by_another_mail()
    {
        var (claire, _, admin) = await OfficeAsync();
        await FailedMailAsync(claire);
        (await TellAsync()).ShouldBeEmpty();
        var told = (await NotificationsAsync()).ShouldHaveSingleItem();
        (told.PersonId, told.Kind, told.About).ShouldBe((admin.Id, NotificationReader.MailFailed, claire.Email));
    }

    [Fact]
    public async Task A_new_account_and_a_forgotten_password_are_told_to_the_person_by_mail_only()
    {
        var person = await PersonAsync("Luc Moreau", Role.Office, Given.Now);
        await ChangeAsync(person.Id, p => p.RequestRecovery(Given.Now));
        var mails = await TellAsync();
        mails.Select(m => m.Purpose).ShouldBe([$"mail:{person.Id}:account_created", $"mail:{person.Id}:account_recovery"], ignoreOrder: true);
        mails.Select(m => m.IdempotencyKey).Distinct().Count().ShouldBe(2);
        (await NotificationsAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Reading_the_same_events_twice_tells_nobody_twice()
    {
        var (claire, _, _) = await OfficeAsync();
        await RefusedDossierAsync(movedBy: claire);
        await TellAsync();
        await using (var db = _database.Open())
            await db.Cursors.Where(c => c.Name == "notifications").ExecuteUpdateAsync(c => c.SetProperty(x => x.Position, 0), Cancel);
        await TellAsync();
        (await NotificationsAsync()).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Nobody_reads_or_marks_anothers()
    {
        var (claire, marc, _) = await OfficeAsync();
        await RefusedDossierAsync(movedBy: claire);
        await TellAsync();
        var id = (await NotificationsAsync()).Single().Id;
        var (queries, desk) = (new NotificationQueries(_database.Database), new NotificationDesk(_database.Database, TimeProvider.System));
        (await queries.PageAsync(As(marc), null, null, Cancel)).Items.ShouldBeEmpty();
        await desk.MarkReadAsync(As(marc), id, Cancel);
        await desk.MarkAllReadAsync(As(marc), id, Cancel);
        (await queries.CountUnreadAsync(As(claire), Cancel)).ShouldBe(1);
        await desk.MarkAllReadAsync(As(claire), id, Cancel);
        (await queries.CountUnreadAsync(As(claire), Cancel)).ShouldBe(0);
        (await queries.PageAsync(As(claire), null, null, Cancel)).Items.Single().IsRead.ShouldBeTrue();
    }

    [Fact]
    public async Task What_came_while_the_list_was_open_stays_unread()
    {
        var (claire, _, _) = await OfficeAsync();
        await AddNotificationsAsync(claire, 3);
        var seen = (await NotificationsAsync()).Max(n => n.Id);
        await AddNotificationsAsync(claire, 2, from: 100);
        await new NotificationDesk(_database.Database, TimeProvider.System).MarkAllReadAsync(As(claire), seen, Cancel);
        (await new NotificationQueries(_database.Database).CountUnreadAsync(As(claire), Cancel)).ShouldBe(2);
    }

    [Fact]
    public async Task The_list_goes_on_page_by_page_without_gap_or_repeat()
    {
        var (claire, _, _) = await OfficeAsync();
        await AddNotificationsAsync(claire, NotificationQueries.PageSize + 7);
        var queries = new NotificationQueries(_database.Database);
        var first = await queries.PageAsync(As(claire), null, null, Cancel);
        var second = await queries.PageAsync(As(claire), first.Items[^1].Id, null, Cancel);
        second.HasOlder.ShouldBeFalse();
        var back = await queries.PageAsync(As(claire), null, second.Items[0].Id, Cancel);
        back.Items.Select(i => i.Id).ShouldBe(first.Items.Select(i => i.Id));
        (back.HasNewer, back.HasOlder).ShouldBe((false, true));
        var ids = first.Items.Concat(second.Items).Select(i => i.Id).ToList();
        ids.Count.ShouldBe(NotificationQueries.PageSize + 7);
        ids.ShouldBe(ids.Distinct().OrderDescending());
    }

    [Fact]
    public async Task Screens_hear_when_somebody_is_told_and_when_they_read_it()
    {
        var (claire, _, _) = await OfficeAsync();
        await AddNotificationsAsync(claire, 1);
        await new NotificationDesk(_database.Database, TimeProvider.System).MarkReadAsync(As(claire), (await NotificationsAsync()).Single().Id, Cancel);
        await using var db = _database.Open();
        (await db.Events.Where(e => e.Subject == claire.Id && e.Topic.StartsWith("notification.")).Select(e => e.Topic).ToListAsync(Cancel))
            .ShouldBe(["notification.created", "notification.read"], ignoreOrder: true);
    }

    // The relay, the reader and the mail route over everything that has happened.
    private async Task<IReadOnlyList<DeliveryOrder>> TellAsync(Integration? mail = null)
    {
        var cancel = Cancel;
        var relay = new EventRelay(_database.Database, _database.Services.Value.GetRequiredService<PositionSignal>());
        var reader = new NotificationReader(_database.Database, TimeProvider.System, NullLogger<NotificationReader>.Instance);
        while (await relay.GivePositionsAsync(cancel) > 0 || await reader.ReadBatchAsync(cancel) > 0)
        {
        }
        await using var db = _database.Open();
        var route = new MailRoute(TimeProvider.System);
        var events = await db.Events.Where(e => route.Topics.Contains(e.Topic) && e.Id > _known).ToListAsync(cancel);
        return await route.OrdersAsync(db, mail ?? Integration.Register("REQ-I-900", "Courriel", MailConnector.ConnectorKey, Given.Now), events, cancel);
    }

    private async Task<(Person Claire, Person Marc, Person Admin)> OfficeAsync()
    {
        var people = (await PersonAsync("Claire Martin", Role.Office), await PersonAsync("Marc Petit", Role.Office), await PersonAsync("Ada Roux", Role.Admin));
        await using var db = _database.Open();
        _known = await db.Events.MaxAsync(e => e.Id, Cancel);
        return people;
    }

    private async Task<Person> PersonAsync(string name, Role role, DateTimeOffset? now = null)
    {
        var person = Person.Create(name, $"{name.Replace(' ', '.')}@Example.com", role, null, "fr", now ?? Given.Now);
        await WriteAsync(person);
        return person;
    }

    private Task ChangeAsync(Guid id, Action<Person> change) =>
        _database.Database.WriteAsync(Test, async db => change(await db.People.SingleAsync(p => p.Id == id, Cancel)), Cancel);

    private async Task<Dossier> RefusedDossierAsync(Person movedBy)
    {
        var company = Company.Register("Chauffage Durand", "73282932000074", Given.Now);
        var intervention = Given.Intervention(company.Id).ReadyToComplete();
        intervention.CompleteInstallation(As(movedBy), Given.Now);
        var dossier = Dossier.Prepare(intervention, DossierContent.Of(intervention, "Régulation", "Chauffage Durand"), null, Given.Now);
        await WriteAsync(company, intervention, dossier);
        await _database.Database.WriteAsync(Test, async db =>
            (await db.Dossiers.SingleAsync(d => d.Id == dossier.Id, Cancel)).Refuse("PDL unknown", [], Given.Now), Cancel);
        return dossier;
    }

    private async Task<Integration> HoldAsync(string name, string connector = "symphonics")
    {
        var integration = Integration.Register("REQ-I-001", name, connector, Given.Now);
        var state = DestinationState.For(integration.Id);
        await WriteAsync(integration, state);
        await _database.Database.WriteAsync(Test, async db =>
            (await db.Destinations.SingleAsync(d => d.IntegrationId == integration.Id, Cancel)).Record(new DeliveryOutcome.Misconfigured("401"), Given.Now), Cancel);
        return integration;
    }

    private async Task FailedMailAsync(Person to)
    {
        var integration = Integration.Register("REQ-I-002", "Courriel", MailConnector.ConnectorKey, Given.Now);
        var delivery = Delivery.Of(
            new DeliveryOrder(
                integration.Id, 1, $"mail:{to.Id}:dossier_refused", "dossier.refused", Guid.CreateVersion7(), "{}", "k", to.Id.ToString(), "c",
                new DeliverySearch(null, null, null, to.Email, null)), Given.Now);
        delivery.Claim(Guid.NewGuid(), Given.Now);
        await WriteAsync(integration, delivery);
        await _database.Database.WriteAsync(Test, async db =>
            (await db.Deliveries.SingleAsync(Cancel)).Record(new DeliveryOutcome.Refused("550 no such user", []), RetrySchedule.Default, true, 0, Given.Now), Cancel);
    }

    private Task AddNotificationsAsync(Person person, int count, long from = 1) => WriteAsync(
        [.. Enumerable.Range(0, count).Select(n => Notification.Tell(person.Id, from + n, "dossier.refused", "INT-2026-000001", "/", Given.Now))]);

    private Task WriteAsync(params object[] records) =>
        _database.Database.WriteAsync(Test, db => { db.AddRange(records); return Task.CompletedTask; }, Cancel);

    private async Task<List<Notification>> NotificationsAsync()
    {
        await using var db = _database.Open();
        return await db.Notifications.OrderBy(n => n.Id).ToListAsync(Cancel);
    }

    private static Actor As(Person person) => new(person.Id, person.Name, person.Role, null, null, null, "c1");
}

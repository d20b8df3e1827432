using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Tapwork.Core;
using Tapwork.Core.Accounts;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Dossiers;
using Tapwork.Core.Integrations;
using Tapwork.Infrastructure.Deliveries;
using Tapwork.Infrastructure.Events;
using Tapwork.Infrastructure.Integrations;
using Tapwork.Infrastructure.Interventions;
using Tapwork.Infrastructure.Persistence;
using Tapwork.Tests.Deliveries;
using Tapwork.Tests.Persistence;

namespace Tapwork.Tests.Integrations;

/// <summary>To no destination does an older revision of a dossier go after a newer one.</summary>
public class RevisionOrderTests
{
    private static readonly DossierPart[] Everything = Enum.GetValues<DossierPart>();
    private static readonly Actor Pump = Actor.System("pump");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<DatabaseProvider> Both => TestDatabases.Data;

    public static MatrixTheoryData<DatabaseProvider, DeliveryStatus> Waiting => new(
        [DatabaseProvider.Sqlite, DatabaseProvider.PostgreSql],
        [DeliveryStatus.Pending, DeliveryStatus.Retrying, DeliveryStatus.Held, DeliveryStatus.Refused, DeliveryStatus.Dead, DeliveryStatus.Uncertain]);

    // Only what waited for Symphonics was withdrawn.
    [Theory]
    [MemberData(nameof(Waiting))]
    public async Task What_waits_of_the_old_revision_is_withdrawn_with_the_routing_of_the_new_one(DatabaseProvider provider, DeliveryStatus status)
    {
        await using var hub = await HubFixture.StartAsync(provider: provider);
        var id = await PartnerAsync(hub, DossierPrepared.Name);
        var old = await hub.PrepareAsync();
        await hub.RouteAsync();
        await PutAsync(hub, status);
        var revised = await hub.ReviseAsync(old);
        await hub.RouteAsync();
        var (first, second) = await TwoAsync(hub, id);
        (first.Status, first.LastError, first.SupersededBy).ShouldBe((DeliveryStatus.Cancelled, Delivery.Superseded, revised.Id));
        (second.Subject, second.Status, second.ReplacesId).ShouldBe((revised.Id, DeliveryStatus.Pending, first.Id));
        (await ReplayAsync(hub, first.Id)).ShouldBe(Delivery.Superseded);
        await hub.SendAsync();
        Keys(hub).ShouldBe([revised.ExternalId]);
        await using var db = hub.Open();
        (await db.Events.CountAsync(e => e.Topic == DeliveryCancelled.Name, Cancel)).ShouldBe(1);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_delivered_old_revision_is_not_replayed_alone_in_a_selection_or_by_a_filter(DatabaseProvider provider)
    {
        await using var hub = await HubFixture.StartAsync(provider: provider);
        var id = await PartnerAsync(hub, DossierPrepared.Name);
        var old = await hub.PrepareAsync();
        await hub.RouteAsync();
        await hub.SendAsync();
        var revised = await hub.ReviseAsync(old);
        await hub.RouteAsync();
        await hub.SendAsync();
        var (first, second) = await TwoAsync(hub, id);
        (first.Status, second.Status).ShouldBe((DeliveryStatus.Delivered, DeliveryStatus.Delivered));
        var desk = hub.Get<DeliveryDesk>();
        (await ReplayAsync(hub, first.Id)).ShouldBe(Delivery.Superseded);
        (await desk.ReplayAsync(hub.Admin, [first.Id, second.Id], Cancel)).ShouldBe(new ReplayCount(1, 1));
        await hub.SendAsync();
        (await desk.ReplayAllAsync(hub.Admin, new DeliveryFilter(IntegrationId: id, Status: DeliveryStatus.Delivered), null, Cancel)).ShouldBe(new ReplayCount(1, 1));
        await hub.SendAsync();
        Keys(hub).ShouldBe([old.ExternalId, .. Enumerable.Repeat(revised.ExternalId, 3)]);
    }

    public static MatrixTheoryData<DatabaseProvider, string> Ends => new(
        [DatabaseProvider.Sqlite, DatabaseProvider.PostgreSql], ["Accepted", "TryLater", "Refused", "Misconfigured", "Withheld", "LeaseLost"]);

    [Theory]
    [MemberData(nameof(Ends))]
    public async Task The_new_one_waits_while_the_old_one_is_being_sent_which_is_then_over_however_it_ends(DatabaseProvider provider, string end)
    {
        await using var hub = await HubFixture.StartAsync(provider: provider);
        var id = await PartnerAsync(hub, DossierPrepared.Name);
        var old = await hub.PrepareAsync();
        await hub.RouteAsync();
        var claimed = (await ClaimAsync(hub, id)).ShouldHaveSingleItem();
        var revised = await hub.ReviseAsync(old);
        await hub.RouteAsync();
        // There is a call for it in the budget.
        hub.Clock.Advance(TimeSpan.FromSeconds(5));
        (await ClaimAsync(hub, id)).ShouldBeEmpty("the old one is on the wire");
        (await hub.Get<DeliveryQueries>().FindAsync(hub.Admin, (await TwoAsync(hub, id)).New.Id, Cancel))!.WaitsBehind.ShouldBe(claimed.Id);

        if (end == "LeaseLost")
        {
            hub.Clock.Advance(TimeSpan.FromMinutes(2));
            (await hub.Get<DeliveryClaims>().RecoverAsync(_ => true, Cancel)).ShouldBe(1);
        }
        else
            await hub.Get<DeliveryRecorder>().RecordAsync([new SentDelivery(claimed, await hub.IntegrationAsync(id), true, false, OutcomeOf(end), new Exchange(null, null, null), Given.Now, TimeSpan.Zero)], Cancel);
        var (first, _) = await TwoAsync(hub, id);
        first.Status.ShouldBe(end == "Accepted" ? DeliveryStatus.Delivered : DeliveryStatus.Cancelled);
        hub.Clock.Advance(DestinationState.ProbeEvery);
        await hub.SendAsync();
        Keys(hub).ShouldBe([revised.ExternalId]);
        (await ReplayAsync(hub, first.Id)).ShouldBe(Delivery.Superseded);
    }

    [Fact]
    public async Task Of_two_revisions_that_are_routed_together_only_the_newer_is_sent()
    {
        await using var hub = await HubFixture.StartAsync();
        var id = await PartnerAsync(hub, DossierPrepared.Name);
        var newer = await hub.ReviseAsync(await hub.ReviseAsync(await hub.PrepareAsync()));
        await hub.RouteAsync();
        (await hub.DeliveriesAsync(id)).Select(d => d.Status).ShouldBe([DeliveryStatus.Cancelled, DeliveryStatus.Cancelled, DeliveryStatus.Pending]);
        await hub.SendAsync();
        Keys(hub).ShouldBe([newer.ExternalId]);
    }

    // The partner asked for accepted dossiers, and the old one was accepted last.
    [Theory]
    [MemberData(nameof(Both))]
    public async Task An_old_revision_that_is_ready_after_the_new_one_was_sent_stays_behind(DatabaseProvider provider)
    {
        await using var hub = await HubFixture.StartAsync(provider: provider);
        var id = await PartnerAsync(hub, DossierAccepted.Name);
        var old = await hub.PrepareAsync();
        var revised = await hub.ReviseAsync(old);
        await AcceptAsync(hub, revised);
        await hub.SendAsync();
        await AcceptAsync(hub, old);
        await hub.SendAsync();
        Keys(hub).ShouldBe([revised.ExternalId]);
        (await hub.DeliveriesAsync(id)).Select(d => (d.Subject, d.Status, d.LastError)).ShouldBe(
            [(revised.Id, DeliveryStatus.Delivered, null), (old.Id, DeliveryStatus.Cancelled, Delivery.Superseded)]);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Catching_up_sends_a_newly_allowed_partner_the_newest_revision_only(DatabaseProvider provider)
    {
        await using var hub = await HubFixture.StartAsync(provider: provider);
        var (id, _) = await hub.ConnectAsync("partner", ("BaseUrl", hub.Server.Address.ToString()), ("Credential", "Bearer"), ("BearerToken", "b"));
        await hub.SubscribeAsync(id, null, DossierPrepared.Name);
        var revised = await hub.ReviseAsync(await hub.PrepareAsync());
        await hub.RouteAsync();
        await hub.Get<SubscriptionDesk>().AuthoriseAsync(hub.Admin, id, Everything, "contrat", null, Cancel);
        (await hub.Get<CatchUp>().SendMissedAsync(hub.Admin, id, Given.Now.AddDays(-1), null, Cancel)).ShouldBe(1);
        await hub.SendAsync();
        Keys(hub).ShouldBe([revised.ExternalId]);
    }

    // Withheld when it was ready, and sent when it was allowed: by then the new one had gone.
    [Fact]
    public async Task Catching_up_leaves_an_old_revision_behind_when_the_new_one_has_gone()
    {
        await using var hub = await HubFixture.StartAsync();
        var (id, _) = await hub.ConnectAsync("partner", ("BaseUrl", hub.Server.Address.ToString()), ("Credential", "Bearer"), ("BearerToken", "b"));
        await hub.SubscribeAsync(id, null, DossierPrepared.Name);
        var old = await hub.PrepareAsync();
        await hub.RouteAsync();
        await hub.Get<SubscriptionDesk>().AuthoriseAsync(hub.Admin, id, Everything, "contrat", null, Cancel);
        var revised = await hub.ReviseAsync(old);
        await hub.RouteAsync();
        await hub.SendAsync();
        (await hub.Get<CatchUp>().PreviewAsync(hub.Admin, id, Given.Now.AddDays(-1), 10, Cancel)).Rows.Select(r => r.Key).ShouldBe([revised.ExternalId]);
        (await hub.Get<CatchUp>().SendMissedAsync(hub.Admin, id, Given.Now.AddDays(-1), null, Cancel)).ShouldBe(0);
        await hub.SendAsync();
        Keys(hub).ShouldBe([revised.ExternalId]);
    }

    [Fact]
    public async Task What_was_withheld_at_the_send_is_not_let_go_after_the_new_one()
    {
        await using var hub = await HubFixture.StartAsync();
        var id = await PartnerAsync(hub, DossierPrepared.Name);
        var authorisation = await AuthorisationAsync(hub);
        var old = await hub.PrepareAsync();
        await hub.RouteAsync();
        await hub.Get<SubscriptionDesk>().RevokeAsync(hub.Admin, id, authorisation, Cancel);
        await hub.SendAsync();
        (await hub.DeliveriesAsync(id)).Single().Status.ShouldBe(DeliveryStatus.Held);
        await hub.Get<SubscriptionDesk>().AuthoriseAsync(hub.Admin, id, Everything, "contrat", null, Cancel);
        var revised = await hub.ReviseAsync(old);
        await hub.RouteAsync();
        await hub.SendAsync();
        (await ReplayAsync(hub, (await TwoAsync(hub, id)).Old.Id)).ShouldBe(Delivery.Superseded);
        Keys(hub).ShouldBe([revised.ExternalId]);
    }

    [Fact]
    public async Task A_revision_the_partner_was_not_given_is_skipped_over()
    {
        await using var hub = await HubFixture.StartAsync();
        var id = await PartnerAsync(hub, DossierAccepted.Name);
        var first = await hub.PrepareAsync();
        await AcceptAsync(hub, first);
        var third = await hub.ReviseAsync(await hub.ReviseAsync(first));
        await AcceptAsync(hub, third);
        var (old, replacing) = await TwoAsync(hub, id);
        (replacing.Subject, replacing.ReplacesId, old.Status).ShouldBe((third.Id, old.Id, DeliveryStatus.Cancelled));
    }

    // Nothing of the version before says which of them is the newest.
    [Theory]
    [MemberData(nameof(Both))]
    public async Task What_an_earlier_version_left_of_an_old_revision_is_marked_by_the_upgrade(DatabaseProvider provider)
    {
        await using var hub = await HubFixture.StartAsync(provider: provider);
        var partner = await PartnerAsync(hub, DossierPrepared.Name);
        var old = await hub.PrepareAsync();
        await hub.RouteAsync();
        var newer = await hub.ReviseAsync(old);
        await hub.RouteAsync();
        await hub.ChangeAsync(db => db.Deliveries.Where(d => d.Subject == old.Id)
            .ExecuteUpdateAsync(d => d.SetProperty(x => x.Status, DeliveryStatus.Retrying).SetProperty(x => x.LastError, (string?)null), Cancel));
        await using (var db = hub.Open())
        {
            await db.GetService<IMigrator>().MigrateAsync("AlertsAndRollUps", Cancel);
            await db.GetService<IMigrator>().MigrateAsync(null, Cancel);
        }
        (await hub.DeliveriesAsync(partner)).Select(d => (d.Subject, d.SupersededBy, d.Status))
            .ShouldBe([(old.Id, newer.Id, DeliveryStatus.Cancelled), (newer.Id, null, DeliveryStatus.Pending)], ignoreOrder: true);
    }

    // The late one between them took the newest with it.
    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_revision_that_is_late_leaves_the_newer_one_alone(DatabaseProvider provider)
    {
        await using var hub = await HubFixture.StartAsync(provider: provider);
        var id = await PartnerAsync(hub, DossierAccepted.Name);
        var first = await hub.PrepareAsync();
        await AcceptAsync(hub, first);
        var second = await hub.ReviseAsync(first);
        var third = await hub.ReviseAsync(second);
        await AcceptAsync(hub, third);
        await AcceptAsync(hub, second);
        (await hub.DeliveriesAsync(id)).Select(d => (d.Subject, d.Status, d.SupersededBy)).ShouldBe(
            [(first.Id, DeliveryStatus.Cancelled, third.Id), (third.Id, DeliveryStatus.Pending, null), (second.Id, DeliveryStatus.Cancelled, third.Id)]);
        await hub.SendAsync();
        Keys(hub).ShouldBe([third.ExternalId]);
    }

    // A partner that does not get the new one still gets the old one: it would have nothing.
    [Fact]
    public async Task What_a_destination_gets_no_newer_one_of_and_other_records_go_on()
    {
        await using var hub = await HubFixture.StartAsync();
        var accepted = await PartnerAsync(hub, DossierAccepted.Name);
        var prepared = await PartnerAsync(hub, DossierPrepared.Name);
        var (old, other) = (await hub.PrepareAsync(), await hub.PrepareAsync());
        await AcceptAsync(hub, old);
        var revised = await hub.ReviseAsync(old);
        await hub.RouteAsync();
        (await hub.DeliveriesAsync(accepted)).Single().Status.ShouldBe(DeliveryStatus.Pending);
        (await hub.DeliveriesAsync(prepared)).Select(d => (d.Subject, d.Status)).ShouldBe(
            [(old.Id, DeliveryStatus.Cancelled), (other.Id, DeliveryStatus.Pending), (revised.Id, DeliveryStatus.Pending)]);
    }

    [Fact]
    public async Task An_event_about_an_old_revision_is_told_again_whatever_came_after_it()
    {
        await using var hub = await HubFixture.StartAsync();
        var (id, _) = await hub.WebhookAsync();
        await hub.SubscribeAsync(id, null, DossierPrepared.Name);
        await hub.ReviseAsync(await hub.PrepareAsync());
        await hub.RouteAsync();
        await hub.SendAsync();
        var (first, _) = await TwoAsync(hub, id);
        (await ReplayAsync(hub, first.Id)).ShouldBeNull();
        await hub.SendAsync();
        hub.Server.Arrivals.Count.ShouldBe(3);
    }

    // The replay had been read before the new one was routed, and was saved after it.
    [Fact]
    public async Task A_replay_that_meets_the_routing_of_the_new_one_is_refused()
    {
        await using var hub = await HubFixture.StartAsync(provider: DatabaseProvider.PostgreSql);
        var id = await PartnerAsync(hub, DossierPrepared.Name);
        var old = await hub.PrepareAsync();
        await hub.RouteAsync();
        await hub.SendAsync();
        await hub.ReviseAsync(old);
        await Should.ThrowAsync<DbUpdateConcurrencyException>(() => hub.Get<Database>().WriteAsync(Pump, async db =>
        {
            var delivery = await db.Deliveries.SingleAsync(d => d.Subject == old.Id, Cancel);
            await Elsewhere(hub.RouteAsync);
            delivery.Replay(Given.Now);
        }, Cancel));
        var (first, _) = await TwoAsync(hub, id);
        (first.Status, first.SupersededBy is null).ShouldBe((DeliveryStatus.Delivered, false));
    }

    // The same with the outcome of a send: the old one went on to its next try.
    [Fact]
    public async Task An_outcome_that_meets_the_routing_of_the_new_one_leaves_no_next_try()
    {
        await using var hub = await HubFixture.StartAsync(provider: DatabaseProvider.PostgreSql);
        var id = await PartnerAsync(hub, DossierPrepared.Name);
        var old = await hub.PrepareAsync();
        await hub.RouteAsync();
        var claimed = (await ClaimAsync(hub, id)).Single();
        await hub.ReviseAsync(old);
        await Should.ThrowAsync<DbUpdateConcurrencyException>(() => hub.Get<Database>().WriteAsync(Pump, async db =>
        {
            var delivery = await db.Deliveries.SingleAsync(d => d.Id == claimed.Id, Cancel);
            await Elsewhere(hub.RouteAsync);
            delivery.Record(OutcomeOf("TryLater"), RetrySchedule.Default, true, 0.5, Given.Now);
        }, Cancel));
    }

    // Catching up made the old one while the router made the new one: neither saw the other's.
    [Fact]
    public async Task The_router_waits_for_a_catching_up_under_way_and_sees_what_it_made()
    {
        await using var hub = await HubFixture.StartAsync(provider: DatabaseProvider.PostgreSql);
        var (id, _) = await hub.ConnectAsync("partner", ("BaseUrl", hub.Server.Address.ToString()), ("Credential", "Bearer"), ("BearerToken", "b"));
        await hub.SubscribeAsync(id, null, DossierPrepared.Name);
        var old = await hub.PrepareAsync();
        await hub.RouteAsync();
        await hub.Get<SubscriptionDesk>().AuthoriseAsync(hub.Admin, id, Everything, "contrat", null, Cancel);
        await hub.ReviseAsync(old);
        await hub.Get<EventRelay>().GivePositionsAsync(Cancel);
        Task routing;
        await using (var db = hub.Open())
        {
            // As the page of a catching-up does; its rows are not committed yet.
            await using var transaction = await db.Database.BeginTransactionAsync(Cancel);
            await db.LockRoutingAsync(Cancel);
            routing = Elsewhere(hub.RouteAsync);
            while (!routing.IsCompleted && !await IsSomebodyWaitingAsync(hub))
                await Task.Delay(10, Cancel);
            db.Deliveries.Add(Delivery.Of(new DeliveryOrder(
                id, (await db.Events.OrderBy(e => e.Id).FirstAsync(e => e.Subject == old.Id, Cancel)).Id, "partner", DossierPrepared.Name, old.Id, "{}", old.ExternalId,
                old.InterventionId.ToString(), "c", new DeliverySearch(null, null, null, null, null), Revision: 1), Given.Now));
            await db.SaveChangesAsync(Cancel);
            await transaction.CommitAsync(Cancel);
        }
        await routing;
        var (first, second) = await TwoAsync(hub, id);
        (first.Status, second.Status, second.ReplacesId).ShouldBe((DeliveryStatus.Cancelled, DeliveryStatus.Pending, first.Id));
    }

    [Fact]
    public async Task With_a_cancelled_intervention_what_waits_for_partners_ends_too()
    {
        await using var hub = await HubFixture.StartAsync();
        var id = await PartnerAsync(hub, DossierPrepared.Name);
        var dossier = await hub.PrepareAsync();
        await hub.RouteAsync();
        await hub.ChangeAsync(async db =>
        {
            (await db.Dossiers.SingleAsync(Cancel)).Refuse("422", [], Given.Now);
            (await db.Interventions.SingleAsync(Cancel)).Follow(await db.Dossiers.SingleAsync(Cancel), Given.Office, Given.Now);
        });
        await hub.Get<InterventionWorkflow>().CancelAsync(hub.Admin, dossier.InterventionId, "Le client renonce", Cancel);
        (await hub.DeliveriesAsync(id)).Single().Status.ShouldBe(DeliveryStatus.Cancelled);
    }

    [Fact]
    public async Task The_delivery_s_page_names_the_newer_revision()
    {
        await using var hub = await HubFixture.StartAsync();
        var id = await PartnerAsync(hub, DossierPrepared.Name);
        var revised = await hub.ReviseAsync(await hub.PrepareAsync());
        await hub.RouteAsync();
        var (first, second) = await TwoAsync(hub, id);
        var sheet = (await hub.Get<DeliveryQueries>().FindAsync(hub.Admin, first.Id, Cancel)).ShouldNotBeNull();
        (sheet.SupersededBy, sheet.ReplacedById, sheet.LastError).ShouldBe((revised.ExternalId, second.Id, Delivery.Superseded));
    }

    private static DeliveryOutcome OutcomeOf(string name) => name switch
    {
        "Accepted" => ToldConnector.Accepted,
        "TryLater" => ToldConnector.Unanswered,
        "Refused" => ToldConnector.Refused,
        "Misconfigured" => ToldConnector.Misconfigured,
        _ => new DeliveryOutcome.Withheld("authorisation.missing"),
    };

    private static async Task<Guid> PartnerAsync(HubFixture hub, string topic)
    {
        var (id, _) = await hub.ConnectAsync("partner", ("BaseUrl", hub.Server.Address.ToString()), ("Credential", "Bearer"), ("BearerToken", "b"));
        await hub.Get<SubscriptionDesk>().AuthoriseAsync(hub.Admin, id, Everything, "contrat", null, Cancel);
        await hub.SubscribeAsync(id, null, topic);
        return id;
    }

    private static async Task<Guid> AuthorisationAsync(HubFixture hub)
    {
        await using var db = hub.Open();
        return await db.Authorisations.Select(a => a.Id).SingleAsync(Cancel);
    }

    private static async Task AcceptAsync(HubFixture hub, Dossier dossier)
    {
        await hub.ChangeAsync(async db => (await db.Dossiers.SingleAsync(d => d.Id == dossier.Id, Cancel)).Accept("SYM-1", Given.Now));
        await hub.RouteAsync();
    }

    private static async Task PutAsync(HubFixture hub, DeliveryStatus status)
    {
        await using var db = hub.Open();
        await db.Deliveries.ExecuteUpdateAsync(d => d.SetProperty(x => x.Status, status), Cancel);
    }

    private static async Task<IReadOnlyList<Delivery>> ClaimAsync(HubFixture hub, Guid id) =>
        (await hub.Get<DeliveryClaims>().ClaimAsync(await hub.IntegrationAsync(id), true, 10, Cancel)).Deliveries;

    private static async Task<(Delivery Old, Delivery New)> TwoAsync(HubFixture hub, Guid id)
    {
        var deliveries = await hub.DeliveriesAsync(id);
        deliveries.Count.ShouldBe(2);
        return (deliveries[0], deliveries[1]);
    }

    // By what rule it was refused; null when it was not.
    private static async Task<string?> ReplayAsync(HubFixture hub, long id)
    {
        try
        {
            await hub.Get<DeliveryDesk>().ReplayAsync(hub.Admin, id, Cancel);
            return null;
        }
        catch (RuleViolation e)
        {
            return e.Rule;
        }
    }

    private static List<string> Keys(HubFixture hub) => [.. hub.Server.Arrivals.Select(a => a.Headers["Idempotency-Key"].ToString())];

    private static Task Elsewhere(Func<Task> work)
    {
        using (ExecutionContext.SuppressFlow())
            return Task.Run(work, Cancel);
    }

    private static async Task<bool> IsSomebodyWaitingAsync(HubFixture hub)
    {
        await using var db = hub.Open();
        return (await db.Database.SqlQueryRaw<int>("""
            SELECT count(*)::int AS "Value" FROM pg_stat_activity WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0
            """).ToListAsync(Cancel))[0] > 0;
    }
}

using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tapwork.Core;
using Tapwork.Core.Accounts;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Dossiers;
using Tapwork.Core.Integrations;
using Tapwork.Core.Interventions;
using Tapwork.Core.Monitoring;
using Tapwork.Infrastructure.Deliveries;
using Tapwork.Infrastructure.Events;
using Tapwork.Infrastructure.Integrations;
using Tapwork.Infrastructure.Interventions;
using Tapwork.Infrastructure.Monitoring;
using Tapwork.Infrastructure.Persistence;
using Tapwork.Tests.Integrations;

namespace Tapwork.Tests.Events;

/// <summary>A route that throws on a dossier must not lose it.</summary>
public class ParkedEventTests
{
    private readonly FailingRoute _route = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_dossier_on_which_a_route_throws_twice_is_sent_by_itself_once_the_route_works()
    {
        await using var hub = await StartAsync();
        var symphonics = await SymphonicsAsync(hub);
        _route.IsFailing = true;
        var dossier = await hub.PrepareAsync();
        await hub.RouteAsync();
        (await ParkedAsync(hub)).Select(p => (p.Tries, p.NeedsAttention)).ShouldBe([(1, false)]);
        _route.IsFailing = false;

        await RetryAsync(hub, TimeSpan.FromMinutes(1));
        (await ParkedAsync(hub)).ShouldBeEmpty();
        (await hub.DeliveriesAsync(symphonics)).Single().Subject.ShouldBe(dossier.Id);
        await using var db = hub.Open();
        (await db.Events.SingleAsync(e => e.Topic == DossierPrepared.Name, Cancel)).Deliveries.ShouldBe(1);
    }

    // The job gave nothing up and told nobody; the dossier stood at "sending" and could be neither corrected nor cancelled.
    [Fact]
    public async Task One_that_keeps_failing_alarms_people_and_lets_go_of_its_dossier_until_they_process_it_again()
    {
        await using var hub = await StartAsync();
        var symphonics = await SymphonicsAsync(hub);
        _route.IsFailing = true;
        await hub.PrepareAsync();
        await hub.RouteAsync();
        for (var i = 1; i < ParkedEvent.TriesBeforeAlert; i++)
        {
            (await IncidentsAsync(hub)).ShouldBeEmpty();
            (await InterventionAsync(hub)).IsDossierStalled.ShouldBeFalse();
            await RetryAsync(hub, TimeSpan.FromMinutes(13));
        }
        (await IncidentsAsync(hub)).Single().About.ShouldBe(DeliveryRouter.ReaderName);
        (await InterventionAsync(hub)).IsCorrectable.ShouldBeTrue();
        var report = await hub.Get<Reconciliation>().RunAsync(hub.Admin, 10, Cancel);
        report.Findings.Where(f => f.Count > 0).Select(f => f.Rule).ShouldBe(["event.parked", "event.no_integration", "dossier.without_delivery"], ignoreOrder: true);

        var row = (await hub.Get<ParkedEventQueries>().ListAsync(hub.Admin, Cancel)).Single();
        (row.Tries, row.IsWaiting, row.Reference).ShouldBe((ParkedEvent.TriesBeforeAlert, false, (await InterventionAsync(hub)).Reference));
        var refusal = await Should.ThrowAsync<RuleViolation>(() => hub.Get<ParkedEventCommands>().ProcessAgainAsync(hub.Admin, row.Id, Cancel));
        (refusal.Rule, refusal.Violations[0].Args[0]).ShouldBe(("event.failed_again", FailingRoute.Words));
        _route.IsFailing = false;
        await hub.Get<ParkedEventCommands>().ProcessAgainAsync(hub.Admin, row.Id, Cancel);

        (await hub.DeliveriesAsync(symphonics)).Count.ShouldBe(1);
        var intervention = await InterventionAsync(hub);
        (intervention.DossierState, intervention.IsDossierStalled).ShouldBe((DossierState.Sending, false));
        (await IncidentsAsync(hub)).Single().ClosedAt.ShouldNotBeNull();
        await using var db = hub.Open();
        (await db.AuditEntries.Where(a => a.Action == "event.processed_again").Select(a => a.ActorId).ToListAsync(Cancel)).ShouldBe([hub.Admin.PersonId, hub.Admin.PersonId]);
    }

    [Fact]
    public async Task Process_again_is_tried_by_the_job_for_a_day_and_then_left_to_people()
    {
        await using var hub = await StartAsync();
        await SymphonicsAsync(hub);
        _route.IsFailing = true;
        await hub.PrepareAsync();
        await hub.RouteAsync();
        for (var i = 0; i < 8; i++)
            await RetryAsync(hub, TimeSpan.FromHours(30));
        var parked = (await ParkedAsync(hub)).Single();
        (parked.Tries, parked.NextTryAt).ShouldBe((9, null));
        _route.IsFailing = false;
        await RetryAsync(hub, TimeSpan.FromDays(2));
        (await ParkedAsync(hub)).Count.ShouldBe(1);
        await hub.Get<ParkedEventCommands>().ProcessAgainAsync(hub.Admin, parked.Id, Cancel);
        (await ParkedAsync(hub)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_later_event_of_the_same_record_waits_its_turn_and_other_records_do_not()
    {
        await using var hub = await StartAsync();
        var symphonics = await SymphonicsAsync(hub);
        var first = await hub.PrepareAsync();
        _route.FailsOn = first.Id;
        var other = await hub.PrepareAsync();
        await hub.ChangeAsync(async db => (await db.Dossiers.SingleAsync(d => d.Id == first.Id, Cancel)).Accept("SYM-1", Given.Now));
        await hub.RouteAsync();
        (await ParkedAsync(hub)).Select(p => (p.Tries, p.Error)).ShouldBe([(1, FailingRoute.Words), (0, "")]);
        (await hub.DeliveriesAsync(symphonics)).Single().Subject.ShouldBe(other.Id);
        var rows = await hub.Get<ParkedEventQueries>().ListAsync(hub.Admin, Cancel);
        rows.Select(r => r.IsWaiting).ShouldBe([false, true]);
        (await Should.ThrowAsync<RuleViolation>(() => hub.Get<ParkedEventCommands>().SkipAsync(hub.Admin, rows[1].Id, Cancel))).Rule.ShouldBe("event.waits_for_earlier");

        // While the head fails the one behind it is not tried; once it succeeds both go, in order.
        _route.Seen.Clear();
        await RetryAsync(hub, TimeSpan.FromMinutes(1));
        _route.Seen.ShouldBe([DossierPrepared.Name]);
        _route.FailsOn = null;
        _route.Seen.Clear();
        await RetryAsync(hub, TimeSpan.FromMinutes(10));
        _route.Seen.ShouldBe([DossierPrepared.Name, DossierAccepted.Name]);
        (await ParkedAsync(hub)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_correction_takes_the_place_of_a_dossier_that_could_not_be_routed()
    {
        await using var hub = await StartAsync();
        var symphonics = await SymphonicsAsync(hub);
        await FailForGoodAsync(hub);
        var id = (await InterventionAsync(hub)).Id;
        _route.IsFailing = false;
        await CatalogueAsync(hub);
        await hub.Get<InterventionWorkflow>().CorrectAndResendAsync(hub.Admin, id, Cancel);
        await hub.RouteAsync();
        await RetryAsync(hub, TimeSpan.FromDays(1));
        (await hub.DeliveriesAsync(symphonics)).Single().IdempotencyKey.ShouldEndWith("-r2");
        await using var db = hub.Open();
        (await db.Events.Where(e => e.Topic == DossierPrepared.Name).OrderBy(e => e.Id).Select(e => e.RoutingNote).ToListAsync(Cancel)).ShouldBe([EventRecord.Skipped, null]);
        (await db.AuditEntries.CountAsync(a => a.Action == "event.skipped", Cancel)).ShouldBe(1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Of_a_cancelled_intervention_or_one_in_maintenance_nothing_is_sent_when_the_route_works_again(bool isCancelled)
    {
        await using var hub = await StartAsync();
        var symphonics = await SymphonicsAsync(hub);
        await FailForGoodAsync(hub);
        var (workflow, id) = (hub.Get<InterventionWorkflow>(), (await InterventionAsync(hub)).Id);
        await (isCancelled ? workflow.CancelAsync(hub.Admin, id, "double saisie", Cancel) : workflow.RequireMaintenanceAsync(hub.Admin, id, Cancel));
        _route.IsFailing = false;
        await RetryAsync(hub, TimeSpan.FromDays(1));
        (await hub.DeliveriesAsync(symphonics)).ShouldBeEmpty();
        (await ParkedAsync(hub)).ShouldBeEmpty();
    }

    // It was logged at each try, and nobody was told.
    [Fact]
    public async Task A_parked_event_that_is_gone_is_counted_as_a_failure()
    {
        await using var hub = await StartAsync();
        await SymphonicsAsync(hub);
        _route.IsFailing = true;
        await hub.PrepareAsync();
        await hub.RouteAsync();
        var before = (await ParkedAsync(hub))[0];
        await hub.ChangeAsync(db => db.Events.Where(e => e.Position == before.Position).ExecuteDeleteAsync(Cancel));
        await RetryAsync(hub, TimeSpan.FromHours(1));
        (await ParkedAsync(hub)).Single(p => p.Id == before.Id).Tries.ShouldBe(before.Tries + 1);
    }

    [Fact]
    public async Task Catching_up_sends_a_parked_event_and_processing_it_later_sends_it_to_the_others_only()
    {
        await using var hub = await StartAsync();
        var symphonics = await SymphonicsAsync(hub);
        var (endpoint, _) = await hub.WebhookAsync();
        await hub.SubscribeAsync(endpoint, null, DossierPrepared.Name);
        _route.IsFailing = true;
        await hub.PrepareAsync();
        await hub.RouteAsync();
        var since = Given.Now.AddDays(-1);
        (await hub.Get<CatchUp>().PreviewAsync(hub.Admin, endpoint, since, 10, Cancel)).Count.ShouldBe(1);
        (await hub.Get<CatchUp>().SendMissedAsync(hub.Admin, endpoint, since, null, Cancel)).ShouldBe(1);
        _route.IsFailing = false;
        await RetryAsync(hub, TimeSpan.FromMinutes(1));
        (await hub.DeliveriesAsync(endpoint)).Count.ShouldBe(1);
        (await hub.DeliveriesAsync(symphonics)).Count.ShouldBe(1);
        (await ParkedAsync(hub)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Skipping_one_lets_go_what_waits_behind_it_and_keeps_who_did_it()
    {
        await using var hub = await StartAsync();
        await SymphonicsAsync(hub);
        var dossier = await hub.PrepareAsync();
        _route.FailsOn = dossier.Id;
        await hub.RouteAsync();
        var row = (await hub.Get<ParkedEventQueries>().ListAsync(hub.Admin, Cancel)).Single();
        var installer = new Actor(hub.Admin.PersonId, "x", Role.Installer, null, "127.0.0.1", "test", "c1");
        (await Should.ThrowAsync<RuleViolation>(() => hub.Get<ParkedEventCommands>().SkipAsync(installer, row.Id, Cancel))).Rule.ShouldBe("account.not_allowed");
        await hub.Get<ParkedEventCommands>().SkipAsync(hub.Admin, row.Id, Cancel);
        (await ParkedAsync(hub)).ShouldBeEmpty();
        (await Should.ThrowAsync<RuleViolation>(() => hub.Get<ParkedEventCommands>().SkipAsync(hub.Admin, row.Id, Cancel))).Rule.ShouldBe("event.not_parked");
        await using var db = hub.Open();
        (await db.AuditEntries.SingleAsync(a => a.Action == "event.skipped", Cancel)).ActorId.ShouldBe(hub.Admin.PersonId);
    }

    // Readers other than the router park as well: an outcome that could not be carried into its dossier.
    [Fact]
    public async Task An_outcome_that_could_not_be_digested_reaches_its_dossier_by_the_job()
    {
        await using var hub = await StartAsync();
        var symphonics = await SymphonicsAsync(hub);
        await hub.PrepareAsync();
        await hub.RouteAsync();
        hub.Answer = (context, arrival) => SymphonicsPartner.JsonAsync(
            context, arrival.Path.EndsWith("token", StringComparison.Ordinal) ? 200 : 201, arrival.Path.EndsWith("token", StringComparison.Ordinal) ? """{"access_token":"t","expires_in":300}"""
                : $$"""{"id":"SYM-1","status":"received","external_id":"{{hub.DeliveriesAsync(symphonics).Result.Single().IdempotencyKey}}"}""");
        // Its row is out of reach for the reader, as a fault of the model would make it.
        await hub.ChangeAsync(db => db.Database.ExecuteSqlRawAsync("""CREATE TRIGGER fail BEFORE UPDATE ON "Dossiers" BEGIN SELECT RAISE(ABORT, 'no such luck'); END""", Cancel));
        await hub.SendAsync();
        await hub.Get<EventRelay>().GivePositionsAsync(Cancel);
        var outcomes = hub.Get<IEnumerable<EventReader>>().Single(r => r.Name == "dossier-outcomes");
        await outcomes.ReadBatchAsync(Cancel);
        (await ParkedAsync(hub)).Single().Reader.ShouldBe("dossier-outcomes");
        await hub.ChangeAsync(db => db.Database.ExecuteSqlRawAsync("DROP TRIGGER fail", Cancel));
        await RetryAsync(hub, TimeSpan.FromMinutes(1));
        (await InterventionAsync(hub)).Status.ShouldBe(InterventionStatus.Published);
    }

    private Task<HubFixture> StartAsync() => HubFixture.StartAsync(services => services.AddSingleton<IRoute>(_route));

    private async Task FailForGoodAsync(HubFixture hub)
    {
        _route.IsFailing = true;
        await hub.PrepareAsync();
        await hub.RouteAsync();
        for (var i = 1; i < ParkedEvent.TriesBeforeAlert; i++)
            await RetryAsync(hub, TimeSpan.FromMinutes(13));
    }

    private static async Task<Guid> SymphonicsAsync(HubFixture hub) => (await hub.ConnectAsync(
        "symphonics", ("BaseUrl", hub.Server.Address.ToString()), ("ClientId", "client"), ("ClientSecret", "secret"), ("WebhookSecret", "webhook-secret"))).Id;

    private static Task CatalogueAsync(HubFixture hub) => hub.ChangeAsync(db =>
    {
        db.Operations.Add(Core.Catalogue.Operation.Add("BAR-TH-173", "Régulation pièce par pièce", needsQuote: false, new DateOnly(2026, 12, 31)));
        return Task.CompletedTask;
    });

    private static async Task RetryAsync(HubFixture hub, TimeSpan after)
    {
        hub.Clock.Advance(after);
        await hub.Get<RetryParkedEventsJob>().RunAsync(Cancel);
    }

    private static async Task<List<ParkedEvent>> ParkedAsync(HubFixture hub)
    {
        await using var db = hub.Open();
        return await db.ParkedEvents.AsNoTracking().OrderBy(p => p.Position).ToListAsync(Cancel);
    }

    private static async Task<Intervention> InterventionAsync(HubFixture hub)
    {
        await using var db = hub.Open();
        return await db.Interventions.AsNoTracking().SingleAsync(Cancel);
    }

    private static async Task<List<Incident>> IncidentsAsync(HubFixture hub)
    {
        await hub.Get<WatchJob>().RunAsync(Cancel);
        await using var db = hub.Open();
        return await db.Incidents.AsNoTracking().Where(i => i.Kind == AlertKind.ParkedEvents).ToListAsync(Cancel);
    }

    /// <summary>A further route of Symphonics' integrations that orders nothing and fails as told.</summary>
    private sealed class FailingRoute : IRoute
    {
        public const string Words = "no such luck";

        public bool IsFailing { get; set; }

        public Guid? FailsOn { get; set; }

        public List<string> Seen { get; } = [];

        public string ConnectorKey => "symphonics";

        public IReadOnlySet<string> Topics { get; } = new HashSet<string> { DossierPrepared.Name, DossierAccepted.Name };

        public Task<IReadOnlyList<DeliveryOrder>> OrdersAsync(TapworkDbContext db, Integration integration, IReadOnlyList<EventRecord> events, CancellationToken cancel)
        {
            Seen.AddRange(events.Select(e => e.Topic));
            return IsFailing || events.Any(e => e.Subject == FailsOn) ? throw new FormatException(Words) : Task.FromResult<IReadOnlyList<DeliveryOrder>>([]);
        }
    }
}

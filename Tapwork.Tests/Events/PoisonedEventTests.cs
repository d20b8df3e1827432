using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.DependencyInjection;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Dossiers;
using Tapwork.Core.Integrations;
using Tapwork.Core.Interventions;
using Tapwork.Infrastructure.Deliveries;
using Tapwork.Infrastructure.Dossiers;
using Tapwork.Infrastructure.Events;
using Tapwork.Infrastructure.Integrations;
using Tapwork.Infrastructure.Interventions;
using Tapwork.Infrastructure.Persistence;
using Tapwork.Tests.Integrations;

namespace Tapwork.Tests.Events;

/// <summary>An event that fails for good must hold neither its intervention nor another record or reader.</summary>
public sealed class PoisonedEventTests
{
    private readonly PickyRoute _route = new();
    private int _failures;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_dossier_behind_another_event_of_its_intervention_can_be_corrected_or_cancelled(bool isPreparedLater)
    {
        await using var hub = await StartAsync();
        await SymphonicsAsync(hub);
        _route.Fails = e => e.Topic.StartsWith("intervention.", StringComparison.Ordinal);
        await hub.PrepareAsync();
        if (isPreparedLater)
            // The event of the dossier comes to wait when people have been alerted already.
            await hub.ChangeAsync(db => db.Events.Where(e => e.Topic == DossierPrepared.Name).ExecuteUpdateAsync(e => e.SetProperty(x => x.Topic, "later"), Cancel));
        await hub.RouteAsync();
        await FailForGoodAsync(hub);
        if (isPreparedLater)
        {
            await hub.ChangeAsync(async db => db.Events.Add(new EventRecord
            {
                Topic = DossierPrepared.Name,
                Subject = await db.Dossiers.Select(d => d.Id).SingleAsync(Cancel),
                At = hub.Clock.GetUtcNow(),
                CorrelationId = "c-late",
                Json = (await db.Events.AsNoTracking().SingleAsync(e => e.Topic == "later", Cancel)).Json,
            }));
            await hub.RouteAsync();
        }
        var intervention = await InterventionAsync(hub);
        (intervention.DossierState, intervention.IsDossierStalled, intervention.IsCorrectable).ShouldBe((DossierState.Sending, true, true));
        await hub.Get<InterventionWorkflow>().CancelAsync(hub.Admin, intervention.Id, "double saisie", Cancel);
    }

    // What is dropped with a correction is the old dossier, not the news of it.
    [Fact]
    public async Task A_correction_drops_no_news_of_the_former_revision()
    {
        await using var hub = await StartAsync();
        await SymphonicsAsync(hub);
        var (endpoint, _) = await hub.WebhookAsync();
        await hub.SubscribeAsync(endpoint, null, DossierRejected.Name);
        AnswerDossiers(hub, 201, """{"id":"SYM-1"}""");
        var dossier = await hub.PrepareAsync();
        await hub.RouteAsync();
        await hub.SendAsync();
        await hub.RouteAsync();
        await hub.Get<DossierOutcomes>().ReadBatchAsync(Cancel);
        await hub.RouteAsync();
        _route.Fails = e => e.Topic == DossierRejected.Name;
        await hub.ChangeAsync(async db =>
        {
            var rejected = await db.Dossiers.SingleAsync(x => x.Id == dossier.Id, Cancel);
            rejected.Hear(new PartnerStatusUpdate("rejected", hub.Clock.GetUtcNow()), "photo floue", hub.Clock.GetUtcNow());
            (await db.Interventions.SingleAsync(Cancel)).Follow(rejected, Given.Office, hub.Clock.GetUtcNow());
        });
        await hub.RouteAsync();
        await hub.ChangeAsync(db => Task.FromResult(db.Operations.Add(Core.Catalogue.Operation.Add("BAR-TH-173", "Régulation pièce par pièce", needsQuote: false, new DateOnly(2026, 12, 31)))));
        await hub.Get<InterventionWorkflow>().CorrectAndResendAsync(hub.Admin, (await InterventionAsync(hub)).Id, Cancel);
        _route.Fails = _ => false;
        await hub.RouteAsync();
        await RetryAsync(hub, TimeSpan.FromHours(25));
        (await hub.DeliveriesAsync(endpoint)).Select(d => d.Topic).ShouldContain(DossierRejected.Name);
    }

    [Fact]
    public async Task A_refusal_that_cannot_be_carried_into_its_dossier_lets_go_of_the_intervention()
    {
        await using var hub = await StartAsync();
        await SymphonicsAsync(hub);
        AnswerDossiers(hub, 422, """{"error":{"message":"no"}}""");
        await hub.PrepareAsync();
        await hub.RouteAsync();
        await hub.SendAsync();
        await hub.ChangeAsync(db => db.Events.Where(e => e.Topic == DeliveryRefused.Name).ExecuteUpdateAsync(e => e.SetProperty(x => x.Json, "{\"deliveryId\":\"odd\"}"), Cancel));
        await hub.RouteAsync();
        await hub.Get<DossierOutcomes>().ReadBatchAsync(Cancel);
        await FailForGoodAsync(hub);
        (await InterventionAsync(hub)).IsCorrectable.ShouldBeTrue();
        var row = (await hub.Get<ParkedEventQueries>().ListAsync(hub.Admin, Cancel)).Single(r => r.Reader == "dossier-outcomes");
        await hub.Get<ParkedEventCommands>().SkipAsync(hub.Admin, row.Id, Cancel);
        (await InterventionAsync(hub)).IsCorrectable.ShouldBeTrue();
    }

    // Before the fifth try as well: nothing comes of it any more.
    [Fact]
    public async Task Skipping_a_dossier_s_own_event_lets_go_of_its_intervention()
    {
        await using var hub = await StartAsync();
        await SymphonicsAsync(hub);
        _route.Fails = e => e.Topic == DossierPrepared.Name;
        await hub.PrepareAsync();
        await hub.RouteAsync();
        var row = (await hub.Get<ParkedEventQueries>().ListAsync(hub.Admin, Cancel)).Single();
        await hub.Get<ParkedEventCommands>().SkipAsync(hub.Admin, row.Id, Cancel);
        (await InterventionAsync(hub)).IsCorrectable.ShouldBeTrue();
    }

    // One column that nobody can read must not keep its event from being parked.
    [Fact]
    public async Task A_damaged_dossier_stops_no_reader()
    {
        await using var hub = await StartAsync();
        await SymphonicsAsync(hub);
        AnswerDossiers(hub, 201, """{"id":"SYM-1"}""");
        var dossier = await hub.PrepareAsync();
        await hub.RouteAsync();
        await hub.SendAsync();
        await hub.ChangeAsync(db => db.Database.ExecuteSqlAsync($"UPDATE \"Dossiers\" SET \"AtPartners\" = {"{odd"}", Cancel));
        await hub.Get<EventRelay>().GivePositionsAsync(Cancel);
        while (await hub.Get<DossierOutcomes>().ReadBatchAsync(Cancel) > 0)
        {
        }
        await using var db = hub.Open();
        (await db.ParkedEvents.Select(p => p.Record).ToListAsync(Cancel)).ShouldBe([dossier.InterventionId]);
    }

    // Caught up, refused, and the parked event succeeds afterwards.
    [Fact]
    public async Task What_was_refused_meanwhile_is_not_on_its_way_again()
    {
        await using var hub = await StartAsync();
        var symphonics = await SymphonicsAsync(hub);
        AnswerDossiers(hub, 422, """{"error":{"message":"no"}}""");
        _route.Fails = e => e.Topic == DossierPrepared.Name;
        await hub.PrepareAsync();
        await hub.RouteAsync();
        _route.Fails = _ => false;
        (await hub.Get<CatchUp>().SendMissedAsync(hub.Admin, symphonics, Given.Now.AddDays(-1), null, Cancel)).ShouldBe(1);
        await hub.SendAsync();
        await hub.Get<EventRelay>().GivePositionsAsync(Cancel);
        await hub.Get<DossierOutcomes>().ReadBatchAsync(Cancel);
        (await InterventionAsync(hub)).DossierState.ShouldBe(DossierState.Refused);
        await RetryAsync(hub, TimeSpan.FromMinutes(1));
        (await InterventionAsync(hub)).DossierState.ShouldBe(DossierState.Refused);
    }

    // A photo that is gone, a regular expression that takes too long, a row that always conflicts.
    [Theory]
    [InlineData(typeof(FileNotFoundException))]
    [InlineData(typeof(TimeoutException))]
    [InlineData(typeof(DbUpdateConcurrencyException))]
    [InlineData(typeof(InvalidOperationException))]
    public async Task A_fault_of_one_event_stops_no_other_record_whatever_it_looks_like(Type fault)
    {
        await using var hub = await StartAsync();
        var symphonics = await SymphonicsAsync(hub);
        var first = await hub.PrepareAsync();
        var other = await hub.PrepareAsync();
        _route.Fault = () => (Exception)Activator.CreateInstance(fault, "a photo is gone")!;
        _route.Fails = e => e.Subject == first.Id;
        await hub.Get<EventRelay>().GivePositionsAsync(Cancel);
        for (var i = 0; i < 10; i++)
        {
            try
            {
                await hub.Get<DeliveryRouter>().ReadBatchAsync(Cancel);
            }
            catch (DbUpdateConcurrencyException)
            {
                // Another's save, as it seems: asked again.
            }
        }
        (await hub.DeliveriesAsync(symphonics)).Select(d => d.Subject).ShouldBe([other.Id]);
        await using var db = hub.Open();
        (await db.ParkedEvents.CountAsync(Cancel)).ShouldBe(1);
    }

    [Fact]
    public async Task Trouble_of_one_reader_keeps_no_other_from_its_retries()
    {
        await using var hub = await StartAsync();
        await SymphonicsAsync(hub);
        _route.Fails = e => e.Topic == DossierPrepared.Name;
        await hub.PrepareAsync();
        await hub.RouteAsync();
        await hub.ChangeAsync(async db =>
        {
            var happened = await db.Events.AsNoTracking().FirstAsync(e => e.Position != null, Cancel);
            db.ParkedEvents.Add(ParkedEvent.Waiting("notifications", happened, happened.Subject, Given.Now));
            db.ParkedEvents.Add(ParkedEvent.Waiting("dossier-outcomes", happened, happened.Subject, Given.Now));
        });
        // Of events that were removed by hand.
        await hub.ChangeAsync(db => db.Database.ExecuteSqlRawAsync("""UPDATE "ParkedEvents" SET "Position" = 999999 WHERE "Reader" <> 'router'""", Cancel));
        _route.Fails = _ => false;
        await RetryAsync(hub, TimeSpan.FromHours(1));
        await using var db = hub.Open();
        (await db.ParkedEvents.Select(p => p.Reader).ToListAsync(Cancel)).ShouldNotContain(DeliveryRouter.ReaderName);
    }

    // Letting go threw within the transaction that counts the fifth failure: it was never counted, nobody was alerted, and later events had no turn.
    [Theory]
    [InlineData("""UPDATE "Dossiers" SET "AtPartners" = '{odd' WHERE "Id" = '""", """UPDATE "Dossiers" SET "AtPartners" = '{}'""")]
    [InlineData("""CREATE TRIGGER fail BEFORE UPDATE ON "Dossiers" WHEN OLD."Id" = '""", "DROP TRIGGER fail")]
    public async Task What_cannot_be_let_go_of_is_alerted_holds_up_no_other_and_is_let_go_of_later(string damage, string repair)
    {
        await using var hub = await StartAsync();
        await SymphonicsAsync(hub);
        AnswerDossiers(hub, 422, """{"error":{"message":"no"}}""");
        var (first, second) = (await hub.PrepareAsync(), await hub.PrepareAsync());
        await hub.RouteAsync();
        while ((await DossierDeliveriesAsync(hub)).Any(d => d.Status == DeliveryStatus.Pending))
            await hub.SendAsync();
        await DamageOutcomesAsync(hub, "[]");
        await ExecuteAsync(hub, damage + first.Id.ToString().ToUpperInvariant() + (damage.StartsWith("CREATE", StringComparison.Ordinal) ? "' BEGIN SELECT RAISE(ABORT, 'no such luck'); END" : "'"));
        await hub.Get<EventRelay>().GivePositionsAsync(Cancel);
        await ReadOutcomesAsync(hub);
        await FailForGoodAsync(hub);
        (await ParkedAsync(hub)).ShouldAllBe(p => p.NeedsAttention);
        (await StalledAsync(hub)).ShouldBe([second.InterventionId]);
        await ExecuteAsync(hub, repair);
        await RetryAsync(hub, TimeSpan.FromMinutes(1));
        (await StalledAsync(hub)).ShouldBe([first.InterventionId, second.InterventionId], ignoreOrder: true);
    }

    [Fact]
    public async Task A_parked_event_whose_failure_cannot_be_noted_holds_up_no_other()
    {
        await using var hub = await StartAsync();
        var symphonics = await SymphonicsAsync(hub);
        _route.Fails = e => e.Topic == DossierPrepared.Name;
        var (first, second) = (await hub.PrepareAsync(), await hub.PrepareAsync());
        await hub.RouteAsync();
        foreach (var act in (string[])["UPDATE", "DELETE"])
            await ExecuteAsync(hub, $"""CREATE TRIGGER no{act} BEFORE {act} ON "ParkedEvents" WHEN OLD."Record" = '{first.InterventionId.ToString().ToUpperInvariant()}' BEGIN SELECT RAISE(ABORT, 'no such luck'); END""");
        _route.Fails = _ => false;
        await Should.ThrowAsync<AggregateException>(() => RetryAsync(hub, TimeSpan.FromMinutes(1)));
        (await hub.DeliveriesAsync(symphonics)).Select(d => d.Subject).ShouldBe([second.Id]);
        (await ParkedAsync(hub)).Select(p => p.Record).ShouldBe([first.InterventionId]);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{\"deliveryId\":\"odd\"}")]
    [InlineData("null")]
    public async Task The_outcome_of_another_partner_does_not_stall_a_dossier_that_is_on_its_way_to_Symphonics(string json)
    {
        await using var hub = await StartAsync();
        await SymphonicsAsync(hub);
        var (partner, _) = await hub.ConnectAsync("partner", ("BaseUrl", hub.Server.Address.ToString()), ("Credential", "Bearer"), ("BearerToken", "b"));
        await hub.Get<SubscriptionDesk>().AuthoriseAsync(hub.Admin, partner, Enum.GetValues<DossierPart>(), "contrat", null, Cancel);
        await hub.SubscribeAsync(partner, null, DossierPrepared.Name);
        hub.Answer = (context, arrival) => arrival.Path.EndsWith("token", StringComparison.Ordinal) ? SymphonicsPartner.JsonAsync(context, 200, """{"access_token":"t","expires_in":300}""")
            : SymphonicsPartner.JsonAsync(context, arrival.Path.StartsWith("/dossiers", StringComparison.Ordinal) ? 422 : 503, "{}");
        await hub.PrepareAsync();
        await hub.RouteAsync();
        await hub.SendAsync();
        await DamageOutcomesAsync(hub, json);
        await hub.RouteAsync();
        await ReadOutcomesAsync(hub);
        (await ParkedAsync(hub)).ShouldHaveSingleItem();
        await FailForGoodAsync(hub);
        (await ParkedAsync(hub)).ShouldHaveSingleItem().NeedsAttention.ShouldBeTrue();
        (await StalledAsync(hub)).ShouldBeEmpty();
    }

    // A statement that takes too long with one record's data looks like a database in trouble.
    [Fact]
    public async Task An_event_on_which_alone_the_database_times_out_is_parked_counted_and_stops_no_other()
    {
        await using var hub = await StartAsync();
        var symphonics = await SymphonicsAsync(hub);
        var (first, other) = (await hub.PrepareAsync(), await hub.PrepareAsync());
        _route.Fault = () => new Npgsql.NpgsqlException("Exception while reading from stream", new TimeoutException());
        _route.Fails = e => e.Subject == first.Id;
        await hub.Get<EventRelay>().GivePositionsAsync(Cancel);
        for (var read = false; !read;)
        {
            try
            {
                read = await hub.Get<DeliveryRouter>().ReadBatchAsync(Cancel) > 0;
            }
            catch (Npgsql.NpgsqlException)
            {
                _failures.ShouldBeLessThan(30);
                _failures++;
            }
        }
        _failures.ShouldBeGreaterThanOrEqualTo(10);
        (await hub.DeliveriesAsync(symphonics)).Select(d => d.Subject).ShouldBe([other.Id]);
        await FailForGoodAsync(hub);
        (await ParkedAsync(hub)).ShouldHaveSingleItem().NeedsAttention.ShouldBeTrue();
        (await StalledAsync(hub)).ShouldBe([first.InterventionId]);
    }

    private static async Task<List<Delivery>> DossierDeliveriesAsync(HubFixture hub)
    {
        await using var db = hub.Open();
        return await db.Deliveries.AsNoTracking().Where(d => d.Purpose == DossierOutcomes.Purpose).ToListAsync(Cancel);
    }

    private static async Task<List<ParkedEvent>> ParkedAsync(HubFixture hub)
    {
        await using var db = hub.Open();
        return await db.ParkedEvents.AsNoTracking().OrderBy(p => p.Position).ToListAsync(Cancel);
    }

    private static async Task<List<Guid>> StalledAsync(HubFixture hub)
    {
        await using var db = hub.Open();
        return await db.Interventions.Where(i => i.IsDossierStalled).Select(i => i.Id).ToListAsync(Cancel);
    }

    private static Task DamageOutcomesAsync(HubFixture hub, string json) =>
        hub.ChangeAsync(db => db.Events.Where(e => e.Topic == DeliveryRefused.Name).ExecuteUpdateAsync(e => e.SetProperty(x => x.Json, json), Cancel));

    private static Task ExecuteAsync(HubFixture hub, string statement) => hub.ChangeAsync(async db =>
    {
        // Braces are the values' own.
        await db.Database.OpenConnectionAsync(Cancel);
        await using var command = db.Database.GetDbConnection().CreateCommand();
        command.Transaction = db.Database.CurrentTransaction?.GetDbTransaction();
        command.CommandText = statement;
        await command.ExecuteNonQueryAsync(Cancel);
    });

    private static async Task ReadOutcomesAsync(HubFixture hub)
    {
        while (await hub.Get<DossierOutcomes>().ReadBatchAsync(Cancel) > 0)
        {
        }
    }

    private Task<HubFixture> StartAsync() => HubFixture.StartAsync(services => services.AddSingleton<IRoute>(_route));

    private static async Task<Guid> SymphonicsAsync(HubFixture hub) => (await hub.ConnectAsync(
        "symphonics", ("BaseUrl", hub.Server.Address.ToString()), ("ClientId", "client"), ("ClientSecret", "secret"), ("WebhookSecret", "webhook-secret"))).Id;

    private static void AnswerDossiers(HubFixture hub, int status, string body) => hub.Answer = (context, arrival) => arrival.Path.EndsWith("token", StringComparison.Ordinal)
        ? SymphonicsPartner.JsonAsync(context, 200, """{"access_token":"t","expires_in":300}""") : SymphonicsPartner.JsonAsync(context, status, body);

    private static async Task FailForGoodAsync(HubFixture hub)
    {
        for (var i = 1; i < ParkedEvent.TriesBeforeAlert; i++)
            await RetryAsync(hub, TimeSpan.FromMinutes(13));
    }

    private static async Task RetryAsync(HubFixture hub, TimeSpan after)
    {
        hub.Clock.Advance(after);
        await hub.Get<RetryParkedEventsJob>().RunAsync(Cancel);
    }

    private static async Task<Intervention> InterventionAsync(HubFixture hub)
    {
        await using var db = hub.Open();
        return await db.Interventions.AsNoTracking().SingleAsync(Cancel);
    }

    /// <summary>A further route of Symphonics' integrations that orders nothing and fails as told.</summary>
    private sealed class PickyRoute : IRoute
    {
        public Func<EventRecord, bool> Fails { get; set; } = _ => false;

        public Func<Exception> Fault { get; set; } = () => new FormatException("no such luck");

        public string ConnectorKey => "symphonics";

        public IReadOnlySet<string> Topics { get; } = new HashSet<string> { DossierPrepared.Name, DossierAccepted.Name, DossierRejected.Name, "intervention.entered", "intervention.changed" };

        public Task<IReadOnlyList<DeliveryOrder>> OrdersAsync(TapworkDbContext db, Integration integration, IReadOnlyList<EventRecord> events, CancellationToken cancel) =>
            events.Any(Fails) ? throw Fault() : Task.FromResult<IReadOnlyList<DeliveryOrder>>([]);
    }
}

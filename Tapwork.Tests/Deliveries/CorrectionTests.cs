using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Tapwork.Core;
using Tapwork.Core.Accounts;
using Tapwork.Core.Catalogue;
using Tapwork.Core.Companies;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Interventions;
using Tapwork.Infrastructure;
using Tapwork.Infrastructure.Deliveries;
using Tapwork.Infrastructure.Dossiers;
using Tapwork.Infrastructure.Events;
using Tapwork.Infrastructure.Integrations;
using Tapwork.Infrastructure.Interventions;
using Tapwork.Infrastructure.Persistence;
using Tapwork.Tests.Persistence;

namespace Tapwork.Tests.Deliveries;

/// <summary>From "installation done" to a refused dossier, and from its correction to the next revision.</summary>
public sealed class CorrectionTests : IAsyncLifetime
{
    private static readonly Actor Test = Actor.System("test");
    private TestDatabase _database = null!;
    private ServiceProvider _services = null!;
    private Guid _intervention;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private InterventionWorkflow Workflow => _services.GetRequiredService<InterventionWorkflow>();

    public async ValueTask InitializeAsync()
    {
        _database = await TestDatabase.SqliteAsync();
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(_database.Settings).AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Symphonics:BaseUrl"] = "https://symphonics.example",
            ["Symphonics:ClientId"] = "client",
            ["Symphonics:ClientSecret"] = "secret",
            ["Symphonics:WebhookSecret"] = "secret",
        }).Build();
        _services = new ServiceCollection().AddSingleton<IConfiguration>(configuration).AddSingleton<TimeProvider>(new FakeTimeProvider(Given.Now)).AddLogging()
            .AddTapwork(configuration).BuildServiceProvider();
        await _services.GetRequiredService<IntegrationSeeding>().SeedAsync(Cancel);
        await WriteAsync(db =>
        {
            var company = db.Companies.Add(Company.Register("Thaléos", "73282932000074", Given.Now)).Entity;
            db.Operations.Add(Operation.Add("BAR-TH-173", "Régulation", false, null));
            _intervention = db.Interventions.Add(Given.Intervention(company.Id).ReadyToComplete()).Entity.Id;
            return Task.CompletedTask;
        });
        await Workflow.CompleteInstallationAsync(Test, _intervention, Cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task The_delivery_of_a_correction_names_the_one_it_replaces_under_a_key_of_its_own()
    {
        await RefuseAsync();
        await Workflow.CorrectAndResendAsync(Test, _intervention, Cancel);
        var deliveries = await DeliveriesAsync();
        deliveries.Select(d => d.Status).ShouldBe([DeliveryStatus.Cancelled, DeliveryStatus.Pending]);
        deliveries[1].ReplacesId.ShouldBe(deliveries[0].Id);
        deliveries[0].ReplacesId.ShouldBeNull();
        deliveries[0].IdempotencyKey.ShouldEndWith("-r1");
        deliveries[1].IdempotencyKey.ShouldEndWith("-r2");
        deliveries.Select(d => d.OrderingKey).Distinct().ShouldBe([_intervention.ToString()]);
    }

    [Fact]
    public async Task What_is_on_its_way_is_not_corrected()
    {
        await DeliveriesAsync();
        (await Should.ThrowAsync<RuleViolation>(() => Workflow.CorrectAndResendAsync(Test, _intervention, Cancel))).Message.ShouldContain("nothing_to_correct");
        (await DeliveriesAsync()).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_refused_dossier_that_is_replayed_is_no_longer_there_to_correct()
    {
        var refused = await RefuseAsync();
        await _services.GetRequiredService<DeliveryDesk>().ReplayAsync(Test, refused, Cancel);
        await Should.ThrowAsync<RuleViolation>(() => Workflow.CorrectAndResendAsync(Test, _intervention, Cancel));
        (await DeliveriesAsync()).ShouldHaveSingleItem().Status.ShouldBe(DeliveryStatus.Pending);
    }

    // The refused dossier of a cancelled intervention could still be replayed, and be accepted.
    [Fact]
    public async Task With_a_cancelled_intervention_its_refused_dossier_is_sent_by_nobody_any_more()
    {
        var refused = await RefuseAsync();
        await Workflow.CancelAsync(Test, _intervention, "Le client renonce", Cancel);
        (await DeliveriesAsync()).ShouldHaveSingleItem().Status.ShouldBe(DeliveryStatus.Cancelled);
        (await Should.ThrowAsync<RuleViolation>(() => _services.GetRequiredService<DeliveryDesk>().ReplayAsync(Test, refused, Cancel))).Rule.ShouldBe("delivery.cancelled");
        (await Should.ThrowAsync<RuleViolation>(() => Workflow.CorrectAndResendAsync(Test, _intervention, Cancel))).Rule.ShouldBe("intervention.nothing_to_correct");
    }

    [Fact]
    public async Task The_outcome_of_a_revision_that_was_replaced_no_longer_moves_the_intervention()
    {
        await RefuseAsync();
        await Workflow.CorrectAndResendAsync(Test, _intervention, Cancel);
        await DeliveriesAsync();
        await using var db = _database.Open();
        var intervention = await db.Interventions.SingleAsync(Cancel);
        (intervention.DossierRevision, intervention.DossierState, intervention.Status)
            .ShouldBe((2, Core.Dossiers.DossierState.Sending, InterventionStatus.InstallationDone));
    }

    private async Task<long> RefuseAsync()
    {
        var id = (await DeliveriesAsync()).Single().Id;
        await WriteAsync(async db =>
        {
            var delivery = await db.Deliveries.SingleAsync(d => d.Id == id, Cancel);
            delivery.Record(new DeliveryOutcome.Refused("422", []), RetrySchedule.Default, isIdempotent: true, 0.5, Given.Now);
        });
        await DeliveriesAsync();
        return id;
    }

    // Everything that reads events has read them all.
    private async Task<List<Delivery>> DeliveriesAsync()
    {
        while (await _services.GetRequiredService<EventRelay>().GivePositionsAsync(Cancel) > 0
            || await _services.GetRequiredService<DeliveryRouter>().ReadBatchAsync(Cancel) > 0
            || await _services.GetRequiredService<DossierOutcomes>().ReadBatchAsync(Cancel) > 0)
        {
        }
        await using var db = _database.Open();
        return await db.Deliveries.AsNoTracking().Where(d => d.Purpose == DossierOutcomes.Purpose).OrderBy(d => d.Id).ToListAsync(Cancel);
    }

    private Task WriteAsync(Func<TapworkDbContext, Task> work) => _services.GetRequiredService<Database>().WriteAsync(Test, work, Cancel);
}

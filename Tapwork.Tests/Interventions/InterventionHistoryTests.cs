using Tapwork.Core.Accounts;
using Tapwork.Core.Catalogue;
using Tapwork.Core.Companies;
using Tapwork.Core.Interventions;
using Tapwork.Infrastructure.Auditing;
using Tapwork.Infrastructure.Interventions;
using Tapwork.Tests.Persistence;

namespace Tapwork.Tests.Interventions;

public sealed class InterventionHistoryTests : IAsyncLifetime
{
    private TestDatabase _database = null!;
    private Actor _office = null!, _installer = null!;
    private Guid _id;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _database = await TestDatabase.SqliteAsync();
        await _database.Database.WriteAsync(Actor.System("test"), async db =>
        {
            var company = Company.Register("Éco-Chaleur Lyon", "73282932000074", Given.Now);
            var office = Person.Create("Claire Martin", "claire@example.com", Role.Office, null, "fr", Given.Now);
            var installer = Person.Create("Karim Benali", "karim@example.com", Role.Installer, company.Id, "fr", Given.Now);
            _office = Given.Office with { PersonId = office.Id };
            _installer = new Actor(installer.Id, installer.Name, Role.Installer, company.Id, null, null, "c2");
            var intervention = Given.Intervention(company.Id);
            intervention.AssignTo(installer.Id, Given.Now);
            _id = intervention.Id;
            db.AddRange(company, office, installer, intervention, Operation.Add("BAR-TH-173", "Régulation", true, null));
            await Task.CompletedTask;
        }, Cancel);
        var workflow = new InterventionWorkflow(_database.Database, new Microsoft.Extensions.Time.Testing.FakeTimeProvider(Given.Now));
        await workflow.StartAsync(_office, _id, Cancel);
        var seen = await new InterventionQueries(_database.Database).FindAsync(_office, _id, Cancel);
        await workflow.ChangeAsync(_office, _id, seen!.Version, Given.Details() with { City = "Villeurbanne", Equipment = [new Equipment("Sonde", null, null, 2)] }, Cancel);
    }

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task The_office_reads_events_and_changes_in_one_order_with_names_and_values()
    {
        var history = await new InterventionHistory(_database.Database, new AuditedFields(_database.Database)).ReadAsync(_office, _id, Cancel);
        history.Select(h => h.At).ShouldBe(history.Select(h => h.At).OrderDescending());
        history.Single(h => h.What == "intervention.assigned").Words["installer"].ShouldBe("Karim Benali");
        history.Single(h => h.What == "intervention.moved").Who.ShouldBe("Claire Martin");
        var change = history.Single(h => h.Kind == HistoryKind.Change);
        change.Who.ShouldBe("Claire Martin");
        change.Changes.ShouldBe([new FieldChange("City", "Lyon", "Villeurbanne"), new FieldChange("Equipment", "1 × Thermostat connecté T200 SN-1", "2 × Sonde")], ignoreOrder: true);
        history.ShouldNotContain(h => h.What == "intervention.changed", "told by what was changed");
    }

    [Fact]
    public async Task An_installer_reads_events_only_and_only_of_their_own()
    {
        var history = new InterventionHistory(_database.Database, new AuditedFields(_database.Database));
        var own = await history.ReadAsync(_installer, _id, Cancel);
        own.ShouldNotBeEmpty();
        own.ShouldAllBe(h => h.Kind == HistoryKind.Event);
        (await history.ReadAsync(_installer with { PersonId = Guid.CreateVersion7() }, _id, Cancel)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Installers_to_choose_from_are_the_company_s_own_who_may_sign_in()
    {
        var queries = new InterventionQueries(_database.Database);
        var company = (await queries.FindAsync(_office, _id, Cancel))!.CompanyId;
        (await queries.InstallersAsync(_office, company, Core.Paris.DayOf(Given.Now), Cancel)).Select(i => i.Name).ShouldBe(["Karim Benali"]);
        await Should.ThrowAsync<Core.RuleViolation>(() => queries.InstallersAsync(_installer, company, Core.Paris.DayOf(Given.Now), Cancel));
        await _database.Database.WriteAsync(Actor.System("test"), async db => (await db.People.FindAsync([_installer.PersonId], Cancel))!.Suspend(Given.Now), Cancel);
        (await queries.InstallersAsync(_office, company, Core.Paris.DayOf(Given.Now), Cancel)).ShouldBeEmpty();
    }
}

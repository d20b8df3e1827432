using Microsoft.EntityFrameworkCore;
using Tapwork.Core;
using Tapwork.Core.Accounts;
using Tapwork.Core.Companies;
using Tapwork.Core.Interventions;
using Tapwork.Infrastructure.Interventions;
using Tapwork.Infrastructure.Persistence;
using Tapwork.Tests.Integrations;

namespace Tapwork.Tests.Interventions;

public class InterventionChecksTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    // Anybody signed in could have any intervention checked by its id, at the cost of the partner's calls.
    [Fact]
    public async Task Only_who_sees_an_intervention_has_it_checked_and_only_while_the_account_is_active()
    {
        await using var partner = await SymphonicsPartner.AnswersAsync(async (context, arrival) =>
        {
            if (!arrival.Path.StartsWith("/validation/", StringComparison.Ordinal))
                return false;
            await SymphonicsPartner.JsonAsync(context, 200, """{"valid":true,"exists":true}""");
            return true;
        });
        var database = partner.Get<Database>();
        Person installer = null!, office = null!;
        var id = await database.WriteAsync(Actor.System("test"), db =>
        {
            var company = db.Companies.Add(Company.Register("Thaléos", "73282932000074", Given.Now)).Entity;
            installer = db.People.Add(Person.Create("Hugo Petit", "hugo@example.com", Role.Installer, company.Id, "fr", Given.Now)).Entity;
            office = db.People.Add(Person.Create("Claire Martin", "claire@example.com", Role.Office, null, "fr", Given.Now)).Entity;
            return Task.FromResult(db.Interventions.Add(Given.Intervention(company.Id)).Entity.Id);
        }, Cancel);
        var checks = partner.Get<InterventionChecks>();
        await checks.CheckAsync(ActorOf(installer), id, Cancel);
        partner.Server.Arrivals.ShouldBeEmpty();

        await database.WriteAsync(Actor.System("test"), async db => (await db.People.SingleAsync(p => p.Id == office.Id, Cancel)).Suspend(Given.Now), Cancel);
        (await Should.ThrowAsync<RuleViolation>(() => checks.CheckAsync(ActorOf(office), id, Cancel))).Rule.ShouldBe("account.not_active");
        (await ReadAsync(database, id)).PdlState.ShouldBe(PdlState.Unchecked);

        await checks.CheckAsync(Actor.System("test"), id, Cancel);
        (await ReadAsync(database, id)).PdlState.ShouldBe(PdlState.Valid);
    }

    private static Actor ActorOf(Person person) => new(person.Id, person.Name, person.Role, person.CompanyId, "127.0.0.1", "test", "c1");

    private static async Task<Intervention> ReadAsync(Database database, Guid id)
    {
        await using var db = database.Open(Actor.System("test"));
        return await db.Interventions.AsNoTracking().SingleAsync(i => i.Id == id, Cancel);
    }
}

using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Tapwork.Core;
using Tapwork.Core.Accounts;
using Tapwork.Core.Catalogue;
using Tapwork.Core.Companies;
using Tapwork.Core.Documents;
using Tapwork.Core.Interventions;
using Tapwork.Infrastructure.Accounts;
using Tapwork.Infrastructure.Interventions;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Sandbox;

/// <summary>What an empty Development database begins with: four accounts, two companies, a catalogue, and work in every state. Never in Production.</summary>
public sealed class DemoData(Database database, InterventionWorkflow workflow, IFileStore files, IPasswordHasher<Login> hasher, TimeProvider clock)
{
    public const string Password = "Tapwork-demo-2026";

    /// <summary>One account a role.</summary>
    public static readonly IReadOnlyList<DemoAccount> Accounts =
    [
        new("office@demo.tapwork.example", "Claire Martin", Role.Office),
        new("manager@demo.tapwork.example", "Hélène Garnier", Role.Manager),
        new("admin@demo.tapwork.example", "Thomas Lefèvre", Role.Admin),
        new("installer@demo.tapwork.example", "Karim Benali", Role.Installer),
    ];

    /// <summary>Reference of the intervention that waits for "installation done".</summary>
    public string ReadyReference => $"INT-{Paris.DayOf(clock.GetUtcNow()).Year}-000001";

    /// <summary>Fills the database if nobody has an account yet.</summary>
    public async Task SeedAsync(CancellationToken cancel)
    {
        var evidence = await DemoEvidence.StoreAsync(files, cancel);
        var finished = await database.WriteAsync(Actor.System("demo data"), async db =>
        {
            if (await db.People.AnyAsync(cancel))
                return null;
            var companies = AddCompanies(db);
            var people = AddPeople(db, companies[0].Id);
            AddCatalogue(db);
            return await AddWorkAsync(db, companies, people, evidence, cancel);
        }, cancel);
        foreach (var (office, id) in finished ?? [])
            await workflow.CompleteInstallationAsync(office, id, cancel);
    }

    private List<Company> AddCompanies(TapworkDbContext db)
    {
        var now = clock.GetUtcNow();
        List<Company> companies = [Company.Register("Éco-Chaleur Lyon", "73282932000074", now), Company.Register("Rhône Confort", "44306184100047", now)];
        db.Companies.AddRange(companies);
        return companies;
    }

    private Dictionary<Role, Actor> AddPeople(TapworkDbContext db, Guid company)
    {
        var actors = new Dictionary<Role, Actor>();
        foreach (var account in Accounts)
        {
            var person = Person.Create(account.Name, account.Email, account.Role, account.Role == Role.Installer ? company : null, "fr", clock.GetUtcNow());
            var login = new Login
            {
                Id = person.Id,
                UserName = person.Email,
                NormalizedUserName = person.Email.ToUpperInvariant(),
                Email = person.Email,
                NormalizedEmail = person.Email.ToUpperInvariant(),
                EmailConfirmed = true,
                LockoutEnabled = true,
                SecurityStamp = Guid.NewGuid().ToString("n"),
            };
            login.PasswordHash = hasher.HashPassword(login, Password);
            db.People.Add(person);
            db.Users.Add(login);
            actors[account.Role] = new Actor(person.Id, person.Name, person.Role, person.CompanyId, null, null, Actor.NewCorrelationId());
        }
        return actors;
    }

    // Real sheets with the days until which they may be engaged, as published in 2025.
    private static void AddCatalogue(TapworkDbContext db) => db.Operations.AddRange(
        Operation.Add("BAR-TH-173", "Régulation par programmation horaire pièce par pièce", true, new DateOnly(2026, 12, 31)),
        Operation.Add("BAR-TH-176", "Régulation d'un chauffe-eau électrique", true, new DateOnly(2028, 12, 31)),
        Operation.Add("BAR-TH-171", "Pompe à chaleur air/eau", true, null),
        Operation.Add("BAR-TH-148", "Chauffe-eau thermodynamique", true, null),
        Operation.Add("BAR-TH-158", "Émetteur électrique à régulation électronique", true, null),
        Operation.Add("BAR-EQ-115", "Afficheur de consommation", false, null));

    private async Task<List<(Actor, Guid)>> AddWorkAsync(
        TapworkDbContext db, List<Company> companies, Dictionary<Role, Actor> people, DemoEvidence evidence, CancellationToken cancel)
    {
        var faker = new Bogus.Faker("fr") { Random = new Bogus.Randomizer(20261124) };
        var now = clock.GetUtcNow();
        var (office, installer) = (people[Role.Office], people[Role.Installer]);
        var finished = new List<(Actor, Guid)>();
        var targets = DemoWork.Targets;
        for (var i = 0; i < targets.Count; i++)
        {
            var company = companies[i % 3 == 2 ? 1 : 0];
            var details = i == 0 ? DemoWork.Ready(now) : DemoWork.Some(faker, i, now);
            var year = Paris.DayOf(now).Year;
            var reference = $"INT-{year}-{await db.NextNumberAsync($"INT-{year}", cancel):000000}";
            var intervention = Intervention.Enter(reference, company.Id, details, details.OperationCode != "BAR-EQ-115", office, now.AddMinutes(i - targets.Count));
            if (company == companies[0])
                intervention.AssignTo(installer.PersonId, now);
            DemoWork.Bring(intervention, targets[i], office, evidence, now);
            db.Interventions.Add(intervention);
            await InterventionSearch.IndexAsync(db, intervention, cancel);
            if (targets[i] == InterventionStatus.InstallationDone)
                finished.Add((office, intervention.Id));
        }
        return finished;
    }
}

/// <summary>Stands on the sign-in page in Development.</summary>
public sealed record DemoAccount(string Email, string Name, Role Role);

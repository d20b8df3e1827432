using Tapwork.Core.Accounts;
using Tapwork.Core.Catalogue;
using Tapwork.Core.Companies;
using Tapwork.Core.Documents;
using Tapwork.Core.Interventions;
using Tapwork.Infrastructure.Interventions;
using Tapwork.Infrastructure.Persistence;
using Tapwork.Infrastructure.Sandbox;

namespace Tapwork.Benchmarks;

/// <summary>Made-up interventions, the same in every run, brought to "invoice sent" with all that "installation done" needs.</summary>
internal sealed class Workload
{
    private const int SavedAtOnce = 200;

    private Workload(Actor office, IReadOnlyList<Guid> interventions) => (Office, Interventions) = (office, interventions);

    public Actor Office { get; }

    public IReadOnlyList<Guid> Interventions { get; }

    /// <summary>Enters so many; when it is done the spine has read all that happened so far.</summary>
    public static async Task<Workload> EnterAsync(ProductHost product, int count)
    {
        var evidence = await DemoEvidence.StoreAsync(product.Get<IFileStore>(), CancellationToken.None);
        var now = TimeProvider.System.GetUtcNow();
        var company = Company.Register("Éco-Chaleur Lyon", "73282932000074", now);
        var person = Person.Create("Claire Martin", "office@demo.tapwork.example", Role.Office, null, "fr", now);
        var office = new Actor(person.Id, person.Name, person.Role, null, "127.0.0.1", "bench", Actor.NewCorrelationId());
        await product.Database.WriteAsync(Actor.System("bench"), db =>
        {
            db.Companies.Add(company);
            db.People.Add(person);
            db.Operations.AddRange(
                new[] { "BAR-TH-173", "BAR-TH-176", "BAR-TH-171", "BAR-TH-148", "BAR-TH-158", "BAR-EQ-115" }.Select(code => Operation.Add(code, $"Opération {code}", false, null)));
            return Task.CompletedTask;
        }, CancellationToken.None);
        var faker = new Bogus.Faker("fr") { Random = new Bogus.Randomizer(20261124) };
        var ids = new List<Guid>();
        foreach (var batch in Enumerable.Range(0, count).Chunk(SavedAtOnce))
            ids.AddRange(await product.Database.WriteAsync(office, db => EnterAsync(db, batch, faker, company.Id, evidence, office, now), CancellationToken.None));
        await product.StartAsync();
        await product.SettleAsync();
        return new Workload(office, ids);
    }

    /// <summary>"Installation done" for all of them, by the role class that people use.</summary>
    public Task FinishAsync(ProductHost product) => Parallel.ForEachAsync(
        Interventions, new ParallelOptions { MaxDegreeOfParallelism = 4 },
        async (id, cancel) => await product.Get<InterventionWorkflow>().CompleteInstallationAsync(Office, id, cancel));

    private static async Task<List<Guid>> EnterAsync(
        TapworkDbContext db, int[] numbers, Bogus.Faker faker, Guid company, DemoEvidence evidence, Actor office, DateTimeOffset now)
    {
        var ids = new List<Guid>();
        foreach (var number in numbers)
        {
            var intervention = Intervention.Enter($"INT-2026-{number + 1:000000}", company, DemoWork.Some(faker, number % 100, now), needsQuote: false, office, now);
            DemoWork.Bring(intervention, InterventionStatus.InvoiceSent, office, evidence, now);
            db.Interventions.Add(intervention);
            await InterventionSearch.IndexAsync(db, intervention, CancellationToken.None);
            ids.Add(intervention.Id);
        }
        return ids;
    }
}

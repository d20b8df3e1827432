using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Auditing;
using Tapwork.Infrastructure.Persistence;
using Tapwork.Tests.Persistence;
using Tapwork.Tests.Reliability;

namespace Tapwork.Tests.Auditing;

[Collection(ReliabilityCollection.Name)]
public sealed class KilledChangesTests(ITestOutputHelper output)
{
    private const int Changes = 2000;
    private const int EachLife = 170;

    [Theory]
    [Databases]
    public async Task No_change_is_without_its_entry_and_no_entry_without_its_change_though_the_process_is_killed_again_and_again(DatabaseProvider provider)
    {
        var cancel = TestContext.Current.CancellationToken;
        await using var database = await TestDatabase.CreateAsync(provider);
        await database.Database.WriteAsync(Actor.System("test"), db =>
        {
            db.People.AddRange(Enumerable.Range(0, 40).Select(n => Person.Create($"Person {n}", $"person{n}@tapwork.example", Role.Office, null, "fr", Given.Now)));
            return Task.CompletedTask;
        }, cancel);
        var random = new Random(23);
        var (changed, kills) = (0, 0);
        while (changed < Changes)
        {
            await using var process = ChildProcess.Start(Path.GetTempPath(), database.Settings, typeof(KilledChangesTests).Assembly.Location, ChangingProcess.Verb);
            var some = 0;
            while (some < EachLife)
                some = int.Parse(await process.SaysAsync(ChangingProcess.Says), CultureInfo.InvariantCulture);
            await Task.Delay(random.Next(0, 60), cancel);
            await process.KillAsync();
            (changed, kills) = (changed + some, kills + 1);
        }

        await database.Services.Value.GetRequiredService<AuditSealer>().SealAsync(cancel);
        var verdict = await database.Services.Value.GetRequiredService<AuditVerification>().ReadAsync(Actor.System("test"), null, cancel);
        verdict.Findings.ShouldBeEmpty();
        await using var db = database.Open();
        var versions = await db.People.ToDictionaryAsync(p => p.Id.ToString(), p => p.Version, cancel);
        var told = await db.AuditEntries.Where(e => e.RecordType == nameof(Person)).GroupBy(e => e.RecordId)
            .Select(g => new { g.Key, Last = g.Max(e => e.RecordVersion!.Value), Entries = g.LongCount() }).ToListAsync(cancel);
        told.ToDictionary(g => g.Key, g => g.Last).ShouldBe(versions, ignoreOrder: true);
        told.ShouldAllBe(g => g.Entries == g.Last);
        versions.Values.Sum().ShouldBeGreaterThan(Changes);
        kills.ShouldBeGreaterThanOrEqualTo(10);
        output.WriteLine($"{kills} kills, {versions.Values.Sum()} changes, {verdict.Entries} entries, sealed up to {verdict.Sequence}");
    }
}

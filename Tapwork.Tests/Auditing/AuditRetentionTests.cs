using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Tapwork.Core.Accounts;
using Tapwork.Core.Companies;
using Tapwork.Infrastructure;
using Tapwork.Infrastructure.Auditing;
using Tapwork.Infrastructure.Persistence;
using Tapwork.Tests.Persistence;

namespace Tapwork.Tests.Auditing;

/// <summary>What has had its term goes, and leaves a signed summary by which the chain still verifies.</summary>
public class AuditRetentionTests
{
    private static readonly Actor Someone = new(null, "visitor", null, null, "192.0.2.7", "Firefox", Actor.NewCorrelationId());

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<DatabaseProvider> Both => TestDatabases.Data;

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Each_class_goes_when_its_term_is_over_and_the_chain_still_verifies(DatabaseProvider provider)
    {
        await using var database = await TestDatabase.CreateAsync(provider);
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var services = Compose(database, clock);
        await LiveAsync(services, clock, days: 30);
        clock.Advance(TimeSpan.FromDays(370));
        // 30 sign-ins are older than a year; the changes stay.
        (await RetireAsync(services)).ShouldBe(30);
        (await RetireAsync(services)).ShouldBe(0);
        await SealAsync(services);
        await using (var db = database.Open())
        {
            (await db.AuditEntries.AnyAsync(e => e.Action == "account.signed_in", Cancel)).ShouldBeFalse();
            (await db.AuditEntries.CountAsync(e => e.Action == "created", Cancel)).ShouldBe(30);
            var summary = await db.AuditSummaries.SingleAsync(Cancel);
            (summary.Class, summary.Counts).ShouldBe((AuditClass.Access, """{"account.signed_in":30}"""));
            (await db.AuditEntries.SingleAsync(e => e.Action == AuditRetention.Action, Cancel)).Changes.ShouldContain("account.signed_in");
            (await db.AuditTokens.AnyAsync(t => !db.AuditEntries.Any(e => e.Id == t.EntryId), Cancel)).ShouldBeFalse();
        }
        (await VerifyAsync(services)).Findings.ShouldBeEmpty();
        clock.Advance(TimeSpan.FromDays(3654));
        // The changes, and the entry that told of the first retirement.
        (await RetireAsync(services)).ShouldBe(31);
        await SealAsync(services);
        // The records live on; what was told of their beginning has had its time.
        (await VerifyAsync(services)).Findings.ShouldBeEmpty();
    }

    [Fact]
    public async Task Whoever_takes_entries_away_by_hand_is_found_though_entries_were_retired_and_so_is_a_forged_summary()
    {
        await using var database = await TestDatabase.SqliteAsync();
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var services = Compose(database, clock);
        await LiveAsync(services, clock, days: 30);
        clock.Advance(TimeSpan.FromDays(370));
        await RetireAsync(services);
        await SealAsync(services);
        await using (var db = database.Open())
            (await db.AuditEntries.Where(e => e.Sequence == 20).ExecuteDeleteAsync(Cancel)).ShouldBe(1);
        (await VerifyAsync(services)).Findings.ShouldContain(f => f.Fault == AuditFault.Removed && f.Sequence == 20 && f.Count == 1);
        await using (var db = database.Open())
            await db.AuditSummaries.ExecuteUpdateAsync(s => s.SetProperty(x => x.Counts, "{}"), Cancel);
        (await VerifyAsync(services)).Findings.ShouldContain(f => f.Fault == AuditFault.ForgedSummary);
        await using (var db = database.Open())
            await db.AuditSummaries.ExecuteDeleteAsync(Cancel);
        (await VerifyAsync(services)).Findings.Count(f => f.Fault == AuditFault.Removed).ShouldBeGreaterThan(20);
    }

    [Fact]
    public async Task A_proof_over_retired_entries_holds_their_digests()
    {
        await using var database = await TestDatabase.SqliteAsync();
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var services = Compose(database, clock);
        await LiveAsync(services, clock, days: 10);
        clock.Advance(TimeSpan.FromDays(370));
        await RetireAsync(services);
        await SealAsync(services);
        using var to = new MemoryStream();
        await services.GetRequiredService<AuditExport>().WriteProofAsync(Actor.System("test"), new AuditFilter(RecordType: nameof(Company)), to, Cancel);
        var proof = System.Text.Json.JsonDocument.Parse(to.ToArray()).RootElement;
        var entries = proof.GetProperty("entries").EnumerateArray().ToList();
        entries.Select(e => e.GetProperty("sequence").GetInt64()).ShouldBe(Enumerable.Range(1, entries.Count).Select(n => (long)n));
        entries.Count(e => e.TryGetProperty("mac", out _)).ShouldBe(10);
        entries.Count(e => e.TryGetProperty("digest", out _)).ShouldBe(entries.Count - 10);
        await AuditProofTests.ShouldHoldAsync(System.Text.Encoding.UTF8.GetString(to.ToArray()));
    }

    // Every day somebody signs in and registers a company.
    private static async Task LiveAsync(ServiceProvider services, FakeTimeProvider clock, int days)
    {
        for (var day = 0; day < days; day++)
        {
            await services.GetRequiredService<Database>().WriteAsync(Someone, db =>
            {
                db.Companies.Add(Company.Register($"Société {day}", Given.Siret(day), clock.GetUtcNow()));
                db.Tell("account.signed_in", nameof(Person), Guid.CreateVersion7(), clock.GetUtcNow());
                return Task.CompletedTask;
            }, Cancel);
            await SealAsync(services);
            clock.Advance(TimeSpan.FromHours(1));
        }
    }

    private static ServiceProvider Compose(TestDatabase database, TimeProvider clock)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(database.Settings)
            .AddInMemoryCollection(new Dictionary<string, string?> { ["PublicBaseUrl"] = "https://tapwork.example" }).Build();
        return new ServiceCollection().AddLogging().AddSingleton<IConfiguration>(configuration).AddSingleton(clock).AddTapwork(configuration).BuildServiceProvider();
    }

    private static Task<int> RetireAsync(ServiceProvider services) => services.GetRequiredService<AuditRetention>().RetireAsync(Cancel);

    private static Task<int> SealAsync(ServiceProvider services) => services.GetRequiredService<AuditSealer>().SealAsync(Cancel);

    private static Task<AuditVerdict> VerifyAsync(ServiceProvider services) => services.GetRequiredService<AuditVerification>().ReadAsync(Actor.System("test"), null, Cancel);
}

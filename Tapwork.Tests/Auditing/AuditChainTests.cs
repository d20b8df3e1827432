using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tapwork.Core.Accounts;
using Tapwork.Core.Auditing;
using Tapwork.Core.Companies;
using Tapwork.Infrastructure.Auditing;
using Tapwork.Infrastructure.Persistence;
using Tapwork.Tests.Persistence;

namespace Tapwork.Tests.Auditing;

/// <summary>What is done to the trail by SQL is found and placed.</summary>
public class AuditChainTests
{
    private static readonly Actor Someone = new(Guid.CreateVersion7(), "Claire Martin", Role.Office, null, "192.0.2.7", "Firefox", Actor.NewCorrelationId());

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<DatabaseProvider> Both => TestDatabases.Data;

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_trail_that_nobody_touched_is_whole(DatabaseProvider provider)
    {
        await using var database = await TestDatabase.CreateAsync(provider);
        await ChangeAsync(database, 30);
        await SealAsync(database);
        await ChangeAsync(database, 5);
        var verdict = await VerifyAsync(database);
        verdict.Findings.ShouldBeEmpty();
        (verdict.IsWhole, verdict.Entries, verdict.Sequence).ShouldBe((true, 35, 30));
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Every_entry_says_what_it_said_after_it_was_read_back(DatabaseProvider provider)
    {
        await using var database = await TestDatabase.CreateAsync(provider);
        await database.Database.WriteAsync(Someone, db =>
        {
            db.Companies.Add(Company.Register("L’Énergie « verte » & fils \\ \"42\" 😀\u2028", Given.Siret(1), new DateTimeOffset(2026, 7, 14, 22, 30, 0, TimeSpan.FromHours(2)).AddTicks(1234567)));
            return Task.CompletedTask;
        }, Cancel);
        (await VerifyAsync(database)).Findings.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(DatabaseProvider.Sqlite, """UPDATE "AuditEntries" SET "Changes" = REPLACE("Changes", 'Société 7', 'Société 8') WHERE "Sequence" = 8""")]
    [InlineData(DatabaseProvider.Sqlite, """UPDATE "AuditEntries" SET "ActorName" = 'Paul' WHERE "Sequence" = 8""")]
    [InlineData(DatabaseProvider.Sqlite, """UPDATE "AuditEntries" SET "At" = "At" + 10 WHERE "Sequence" = 8""")]
    [InlineData(DatabaseProvider.Sqlite, """UPDATE "AuditEntries" SET "Ip" = NULL WHERE "Sequence" = 8""")]
    [InlineData(DatabaseProvider.Sqlite, """UPDATE "AuditEntries" SET "Changes" = 'nothing' WHERE "Sequence" = 8""")]
    [Servers("""UPDATE "AuditEntries" SET "Action" = 'changed' WHERE "Sequence" = 8""")]
    [Servers("""UPDATE "AuditEntries" SET "RecordId" = 'other' WHERE "Sequence" = 8""")]
    public async Task An_altered_entry_is_found(DatabaseProvider provider, string statement)
    {
        await using var database = await SealedAsync(provider, 20);
        await ExecuteAsync(database, statement);
        Told(await VerifyAsync(database)).ShouldBe([(AuditFault.Altered, 8L, 1L)]);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task An_entry_that_was_removed_before_it_was_sealed_is_missed_by_its_record(DatabaseProvider provider)
    {
        await using var database = await TestDatabase.CreateAsync(provider);
        var person = Person.Create("Claire Martin", "claire@tapwork.example", Role.Office, null, "fr", Given.Now);
        var id = person.Id;
        await database.Database.WriteAsync(Someone, db => Task.FromResult(db.People.Add(person)), Cancel);
        await SealAsync(database);
        await database.Database.WriteAsync(Someone, async db => (await db.People.SingleAsync(p => p.Id == id, Cancel)).Suspend(Given.Now), Cancel);
        await database.Database.WriteAsync(Someone, async db => (await db.People.SingleAsync(p => p.Id == id, Cancel)).Reactivate(), Cancel);
        await ExecuteAsync(database, """DELETE FROM "AuditEntries" WHERE "Sequence" IS NULL AND "RecordVersion" = 2""");
        await SealAsync(database);
        var hole = (await VerifyAsync(database)).Findings.ShouldHaveSingleItem();
        (hole.Fault, hole.Record, hole.Count).ShouldBe((AuditFault.Unrecorded, $"Person {id}", 1));
        await ExecuteAsync(database, """DELETE FROM "AuditEntries" WHERE "RecordVersion" = 3""");
        (await VerifyAsync(database)).Findings.ShouldContain(f => f.Fault == AuditFault.Unrecorded && f.Record == $"Person {id}" && f.Count == 2);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Removed_entries_are_found(DatabaseProvider provider)
    {
        await using var database = await SealedAsync(provider, 20);
        await ExecuteAsync(database, """DELETE FROM "AuditEntries" WHERE "Sequence" IN (5, 6, 12)""");
        Told(await VerifyAsync(database)).ShouldBe([(AuditFault.Removed, 5L, 2L), (AuditFault.Removed, 12L, 1L)]);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task An_entry_inserted_by_hand_is_found_before_and_after_sealing(DatabaseProvider provider)
    {
        await using var database = await SealedAsync(provider, 20);
        await ExecuteAsync(database, Copy(8, "NULL", "'made up'"));
        Told(await VerifyAsync(database)).ShouldBe([(AuditFault.Inserted, null, 1L)]);
        await SealAsync(database);
        Told(await VerifyAsync(database)).ShouldBe([(AuditFault.Altered, 21L, 1L)]);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_copy_of_an_entry_is_found(DatabaseProvider provider)
    {
        await using var database = await SealedAsync(provider, 20);
        await ExecuteAsync(database, Copy(8, "21", "\"ActorName\""));
        Told(await VerifyAsync(database)).ShouldBe([(AuditFault.Recomputed, 21L, 1L), (AuditFault.Repeated, 21L, 1L), (AuditFault.Unsigned, 21L, 1L)]);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_chain_made_anew_without_an_entry_is_found(DatabaseProvider provider)
    {
        await using var database = await SealedAsync(provider, 20);
        await using (var db = database.Open())
        {
            var entries = await db.AuditEntries.OrderBy(e => e.Sequence).ToListAsync(Cancel);
            var (sequence, hash) = (0L, AuditChain.Origin);
            await ExecuteAsync(database, """DELETE FROM "AuditEntries" WHERE "Sequence" = 8""");
            await ExecuteAsync(database, """UPDATE "AuditEntries" SET "Sequence" = -"Sequence" """);
            foreach (var entry in entries.Where(e => e.Sequence != 8))
            {
                hash = AuditChain.Link(hash, ++sequence, AuditChain.DigestOf(entry));
                var (id, at, made) = (entry.Id, sequence, hash);
                await db.AuditEntries.Where(e => e.Id == id).ExecuteUpdateAsync(e => e.SetProperty(x => x.Sequence, at).SetProperty(x => x.Hash, made), Cancel);
            }
        }
        Told(await VerifyAsync(database)).ShouldBe([(AuditFault.CutOff, 20L, 1L)]);
        // Nor does it help to take the head away.
        await ExecuteAsync(database, """DELETE FROM "AuditHeads" WHERE "Sequence" = 20""");
        Told(await VerifyAsync(database)).ShouldBe([(AuditFault.CutOff, 20L, 1L)]);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_tail_that_was_cut_off_is_found_though_its_heads_are_gone_too(DatabaseProvider provider)
    {
        await using var database = await SealedAsync(provider, 20);
        await ChangeAsync(database, 5);
        await SealAsync(database);
        await ExecuteAsync(database, """DELETE FROM "AuditEntries" WHERE "Sequence" > 20""");
        await ExecuteAsync(database, """DELETE FROM "AuditHeads" WHERE "Sequence" > 20""");
        Told(await VerifyAsync(database)).ShouldBe([(AuditFault.CutOff, 21L, 5L)]);
        // What is sealed later does not cover it up.
        await ChangeAsync(database, 7);
        await SealAsync(database);
        Told(await VerifyAsync(database)).ShouldBe([(AuditFault.NotAsKeptOutside, 25L, 1L)]);
    }

    [Fact]
    public async Task An_altered_head_is_found()
    {
        await using var database = await SealedAsync(DatabaseProvider.Sqlite, 20);
        await ExecuteAsync(database, """UPDATE "AuditHeads" SET "At" = "At" + 10 WHERE "Sequence" = 20""");
        Told(await VerifyAsync(database)).ShouldBe([(AuditFault.ForgedHead, 20L, 1L)]);
    }

    [Fact]
    public async Task What_an_earlier_key_has_made_stays_verified_after_a_new_one()
    {
        await using var database = await SealedAsync(DatabaseProvider.Sqlite, 20);
        var first = database.Services.Value.GetRequiredService<AuditKeys>().Current;
        var second = database.Services.Value.GetRequiredService<AuditKeys>().Rotate();
        await ChangeAsync(database, 5);
        await SealAsync(database);
        await using var db = database.Open();
        (await db.AuditEntries.Select(e => e.KeyId).Distinct().ToListAsync(Cancel)).ShouldBe([first.Id, second.Id], ignoreOrder: true);
        (await db.AuditEntries.SingleAsync(e => e.Action == "audit.key_rotated", Cancel)).Changes.ShouldContain(second.Id);
        (await VerifyAsync(database)).Findings.ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Erased_values_are_gone_and_the_chain_still_holds(DatabaseProvider provider)
    {
        await using var database = await SealedAsync(provider, 20);
        Guid id;
        await using (var db = database.Open())
            id = (await db.Companies.SingleAsync(c => c.Name == "Société 7", Cancel)).Id;
        var admin = await AdminAsync(database);
        (await database.Services.Value.GetRequiredService<AuditErasure>().EraseAsync(admin, nameof(Company), id.ToString(), new HashSet<string> { nameof(Company.Name) }, Cancel)).ShouldBe(1);
        await SealAsync(database);
        await using (var db = database.Open())
        {
            var left = await db.AuditEntries.SingleAsync(e => e.RecordType == nameof(Company) && e.RecordId == id.ToString() && e.Action == "created", Cancel);
            left.Changes.ShouldNotContain("Société 7");
            left.Changes.ShouldContain(Given.Siret(7));
        }
        (await VerifyAsync(database)).Findings.ShouldBeEmpty();
        // Whoever puts another name in its place is found out; so is who erases without saying so.
        await ExecuteAsync(database, """DELETE FROM "AuditEntries" WHERE "Action" = 'audit.values_erased'""");
        (await VerifyAsync(database)).Findings.ShouldContain(f => f.Fault == AuditFault.ErasedUnseen && f.Record == $"Company {id}");
        await ExecuteAsync(database, """UPDATE "AuditEntries" SET "Changes" = REPLACE("Changes", '"erased":"', '"erased":"A') WHERE "Sequence" = 8""");
        (await VerifyAsync(database)).Findings.ShouldContain(f => f.Fault == AuditFault.Altered && f.Sequence == 8);
    }

    [Fact]
    public async Task A_broken_trail_is_told_each_time_it_is_verified_and_a_whole_one_is_not()
    {
        await using var database = await SealedAsync(DatabaseProvider.Sqlite, 20);
        var verification = database.Services.Value.GetRequiredService<AuditVerification>();
        await verification.RunAsync(Actor.System("test"), null, Cancel);
        await using var db = database.Open();
        (await db.Events.AnyAsync(e => e.Topic == AuditBroken.Name, Cancel)).ShouldBeFalse();
        await ExecuteAsync(database, """UPDATE "AuditEntries" SET "ActorName" = 'Paul' WHERE "Sequence" = 8""");
        await verification.RunAsync(Actor.System("test"), null, Cancel);
        var reports = await db.AuditReports.OrderBy(r => r.Id).ToListAsync(Cancel);
        reports.Select(r => r.Found).ShouldBe([0, 1]);
        (await db.Events.SingleAsync(e => e.Topic == AuditBroken.Name, Cancel)).Subject.ShouldBe(reports[1].Id);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Two_sealers_at_once_make_one_chain(DatabaseProvider provider)
    {
        await using var database = await TestDatabase.CreateAsync(provider);
        await ChangeAsync(database, 50);
        var sealer = database.Services.Value.GetRequiredService<AuditSealer>();
        (await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => sealer.SealAsync(Cancel)))).Sum().ShouldBe(50);
        (await VerifyAsync(database)).Findings.ShouldBeEmpty();
    }

    private static async Task<TestDatabase> SealedAsync(DatabaseProvider provider, int entries)
    {
        var database = await TestDatabase.CreateAsync(provider);
        await ChangeAsync(database, entries);
        await SealAsync(database);
        return database;
    }

    private static async Task ChangeAsync(TestDatabase database, int times)
    {
        await using var reading = database.Open();
        var first = await reading.Companies.CountAsync(Cancel);
        for (var number = first; number < first + times; number++)
            await database.Database.WriteAsync(Someone, db =>
            {
                db.Companies.Add(Company.Register($"Société {number}", Given.Siret(number), Given.Now));
                return Task.CompletedTask;
            }, Cancel);
    }

    private static async Task<Actor> AdminAsync(TestDatabase database)
    {
        var person = Person.Create("Anne Admin", "anne@tapwork.example", Role.Admin, null, "fr", Given.Now);
        await database.Database.WriteAsync(Someone, db => Task.FromResult(db.People.Add(person)), Cancel);
        return new Actor(person.Id, person.Name, person.Role, null, "192.0.2.8", "Firefox", Actor.NewCorrelationId());
    }

    private static Task<int> SealAsync(TestDatabase database) => database.Services.Value.GetRequiredService<AuditSealer>().SealAsync(Cancel);

    private static Task<AuditVerdict> VerifyAsync(TestDatabase database) =>
        database.Services.Value.GetRequiredService<AuditVerification>().ReadAsync(Actor.System("test"), null, Cancel);

    // Of the chain; that the records' versions do not agree with it is told besides.
    private static List<(AuditFault, long?, long)> Told(AuditVerdict verdict) =>
        [.. verdict.Findings.Where(f => f.Fault != AuditFault.Unrecorded).Select(f => (f.Fault, f.Sequence, f.Count))];

    private static string Copy(long of, string sequence, string actorName)
    {
        string[] columns = ["At", "ActorId", "Role", "Ip", "UserAgent", "CorrelationId", "Cause", "Action", "RecordType", "RecordId", "RecordVersion", "Changes", "Salts", "KeyId", "Mac", "Hash"];
        var list = string.Join(", ", columns.Select(c => $"\"{c}\""));
        return $"""INSERT INTO "AuditEntries" ("ActorName", "Sequence", {list}) SELECT {actorName}, {sequence}, {list} FROM "AuditEntries" WHERE "Sequence" = {of}""";
    }

    private static async Task ExecuteAsync(TestDatabase database, string statement)
    {
        await using var db = database.Open();
        await db.Database.ExecuteSqlRawAsync(statement, Cancel);
    }
}

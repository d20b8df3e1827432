using System.Globalization;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Time.Testing;
using Tapwork.Core.Accounts;
using Tapwork.Core.Auditing;
using Tapwork.Infrastructure.Auditing;
using Tapwork.Infrastructure.Persistence;
using Tapwork.Tests.Persistence;
using Tapwork.Tests.Reliability;

namespace Tapwork.Tests.Auditing;

/// <summary>The heads outside the database: never filled in from it, written by one at a time, begun anew by an explicit act alone.</summary>
public sealed class HeadsFileTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<DatabaseProvider> Both => TestDatabases.Data;

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_missing_file_is_found_and_told_and_not_made_again_by_sealing(DatabaseProvider provider)
    {
        await using var database = await WithHeadsAsync(provider, 3);
        File.Delete(database.HeadsFile);
        await database.RegisterAsync(1);
        (await database.SealAsync()).ShouldBe(1);
        File.Exists(database.HeadsFile).ShouldBeFalse();
        (await database.FaultsAsync()).ShouldBe([(AuditFault.HeadsFileMissing, 4L)]);
        (await database.Get<AuditTrail>().StandingAsync(Actor.System("test"), Cancel)).Outside.ShouldBe(HeadsFileState.Missing);
        await database.Get<AuditVerification>().RunAsync(Actor.System("test"), null, Cancel);
        await using var db = database.Open();
        (await db.Events.AnyAsync(e => e.Topic == AuditBroken.Name, Cancel)).ShouldBeTrue();
    }

    [Theory]
    [InlineData("its last line", 5)]
    [InlineData("its last lines", 3)]
    [InlineData("half its last line", 5)]
    [InlineData("a line in the middle", 3)]
    [InlineData("its first line", 1)]
    [InlineData("everything", 1)]
    public async Task A_file_that_has_lost_something_is_found_and_not_filled_in_from_the_database(string lost, long first)
    {
        await using var database = await WithHeadsAsync(DatabaseProvider.Sqlite, 5);
        var lines = await LinesAsync(database);
        await WriteAsync(database, lost switch
        {
            "its last line" => Joined(lines[..4]),
            "its last lines" => Joined(lines[..2]),
            "half its last line" => Joined(lines[..4]) + lines[4][..100],
            "a line in the middle" => Joined([.. lines[..2], .. lines[3..]]),
            "its first line" => Joined(lines[1..]),
            _ => "",
        });
        (await database.FaultsAsync()).ShouldBe([(AuditFault.HeadsFileIncomplete, first)]);
        await database.RegisterAsync(1);
        (await database.SealAsync()).ShouldBe(1);
        (await database.FaultsAsync()).ShouldBe([(AuditFault.HeadsFileIncomplete, first)]);
    }

    [Fact]
    public async Task The_first_start_with_an_empty_trail_needs_no_command()
    {
        await using var database = await TestDatabase.SqliteAsync();
        (await database.FaultsAsync()).ShouldBeEmpty();
        await database.SealAsync();
        await database.RegisterAsync(2);
        await database.SealAsync();
        (await LinesAsync(database)).ShouldHaveSingleItem();
        (await database.FaultsAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_line_that_a_crash_left_unended_is_ended_when_its_head_was_committed()
    {
        await using var database = await WithHeadsAsync(DatabaseProvider.Sqlite, 3);
        await WriteAsync(database, Joined(await LinesAsync(database)).TrimEnd('\n'));
        (await database.FaultsAsync()).ShouldBeEmpty();
        (await database.Get<AuditTrail>().StandingAsync(Actor.System("test"), Cancel)).Outside.ShouldBe(HeadsFileState.Complete);
        await database.RegisterAsync(1);
        await database.SealAsync();
        (await SequencesAsync(database)).ShouldBe([1, 2, 3, 4]);
        (await database.FaultsAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_head_that_was_never_committed_is_taken_back()
    {
        await using var database = await WithHeadsAsync(DatabaseProvider.Sqlite, 3);
        await using (var db = database.Open())
        {
            var end = await db.AuditHeads.AsNoTracking().OrderByDescending(h => h.Sequence).FirstAsync(Cancel);
            var key = database.Get<AuditKeys>().Current;
            var next = new AuditHead { Sequence = 9, Hash = new byte[32], At = AuditChain.Kept(Given.Now), KeyId = key.Id, Signature = [] };
            next.Signature = key.Seal(AuditChain.MessageOf(next));
            (await database.Get<AuditHeadsFile>().PrepareAsync(end, next, Cancel)).ShouldBe(HeadsFileState.Complete);
        }
        (await database.FaultsAsync()).ShouldBeEmpty();
        await database.RegisterAsync(1);
        await database.SealAsync();
        (await SequencesAsync(database)).ShouldBe([1, 2, 3, 4]);
        (await database.FaultsAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Nothing_is_sealed_that_cannot_be_written_down_outside()
    {
        await using var database = await WithHeadsAsync(DatabaseProvider.Sqlite, 2);
        Directory.CreateDirectory(database.HeadsFile + ".aside");
        File.Move(database.HeadsFile + ".lock", database.HeadsFile + ".aside/lock");
        // A folder in the place of the lock: it cannot be opened, whoever runs the test.
        Directory.CreateDirectory(database.HeadsFile + ".lock");
        await database.RegisterAsync(1);
        await Should.ThrowAsync<UnauthorizedAccessException>(() => database.SealAsync());
        Directory.Delete(database.HeadsFile + ".lock");
        (await database.SealAsync()).ShouldBe(1);
        (await database.FaultsAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Who_writes_shuts_all_others_out()
    {
        await using var database = await WithHeadsAsync(DatabaseProvider.Sqlite, 2);
        var clock = new FakeTimeProvider(Given.Now);
        var other = new AuditHeadsFile(new AuditSettings { HeadsFile = database.HeadsFile }, clock);
        await using var db = database.Open();
        var end = await db.AuditHeads.AsNoTracking().OrderByDescending(h => h.Sequence).FirstAsync(Cancel);
        var before = await File.ReadAllTextAsync(database.HeadsFile, Cancel);
        Task<HeadsFileState> waiting;
        await using (new FileStream(database.HeadsFile + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None))
        {
            waiting = other.PrepareAsync(end, end, Cancel);
            waiting.IsCompleted.ShouldBeFalse();
            clock.Advance(TimeSpan.FromMinutes(1));
            await Should.ThrowAsync<IOException>(() => waiting);
        }
        (await File.ReadAllTextAsync(database.HeadsFile, Cancel)).ShouldBe(before);
        (await other.PrepareAsync(end, end, Cancel)).ShouldBe(HeadsFileState.Complete);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Two_processes_that_seal_at_once_leave_one_line_a_head(DatabaseProvider provider)
    {
        await using var database = await TestDatabase.CreateAsync(provider);
        await database.Database.WriteAsync(Actor.System("test"), db =>
        {
            db.People.AddRange(Enumerable.Range(0, 40).Select(n => Person.Create($"Person {n}", $"person{n}@tapwork.example", Role.Office, null, "fr", Given.Now)));
            return Task.CompletedTask;
        }, Cancel);
        var processes = Enumerable.Range(0, 2).Select(_ => ChildProcess.Start(Path.GetTempPath(), database.Settings, typeof(HeadsFileTests).Assembly.Location, ChangingProcess.Verb)).ToList();
        await Task.WhenAll(processes.Select(async process =>
        {
            while (int.Parse(await process.SaysAsync(ChangingProcess.Says), CultureInfo.InvariantCulture) < 100)
            {
            }
            await process.KillAsync();
            await process.DisposeAsync();
        }));
        await database.SealAsync();
        var sequences = await SequencesAsync(database);
        sequences.ShouldBe(sequences.Distinct().Order());
        await using var db = database.Open();
        sequences.ShouldBe(await db.AuditHeads.Where(h => h.Sequence > AuditHead.Origin).OrderBy(h => h.Sequence).Select(h => h.Sequence).ToListAsync(Cancel));
        (await database.FaultsAsync()).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_file_is_begun_anew_by_an_act_that_the_trail_tells(bool isMissing)
    {
        await using var database = await WithHeadsAsync(DatabaseProvider.Sqlite, 5);
        if (isMissing)
            File.Delete(database.HeadsFile);
        else
            await WriteAsync(database, Joined((await LinesAsync(database))[..3]));
        var (sequence, former, setAside) = await database.Get<AuditAnchoring>().AnchorAsync("test", 1, Given.Now, Cancel);
        (sequence, former).ShouldBe((5, isMissing ? null : 3L));
        File.Exists(setAside).ShouldBe(!isMissing);
        await database.RegisterAsync(1);
        await database.SealAsync();
        (await SequencesAsync(database)).ShouldBe([5, 7]);
        (await database.FaultsAsync()).ShouldBeEmpty();
        await using var db = database.Open();
        (await db.AuditEntries.SingleAsync(e => e.Action == AuditAnchoring.Action, Cancel)).Changes.ShouldContain("\"Sequence\":[" + (isMissing ? "null" : "3") + ",5]");
        // What it lost later is found as before.
        await WriteAsync(database, Joined((await LinesAsync(database))[1..]));
        (await database.FaultsAsync()).ShouldBe([(AuditFault.HeadsFileIncomplete, 1L)]);
    }

    [Fact]
    public async Task A_database_restored_from_a_backup_is_told_as_cut_off_until_the_file_is_begun_anew()
    {
        await using var database = await WithHeadsAsync(DatabaseProvider.Sqlite, 5);
        foreach (var statement in (string[])[
            """DELETE FROM "Companies" WHERE CAST("Id" AS TEXT) IN (SELECT UPPER("RecordId") FROM "AuditEntries" WHERE "Sequence" > 3)""",
            """DELETE FROM "AuditEntries" WHERE "Sequence" > 3""", """DELETE FROM "AuditHeads" WHERE "Sequence" > 3"""])
            await database.ExecuteAsync(statement);
        (await database.FaultsAsync()).ShouldBe([(AuditFault.CutOff, 4L)]);
        var (sequence, former, setAside) = await database.Get<AuditAnchoring>().AnchorAsync("test", 2, Given.Now, Cancel);
        (sequence, former).ShouldBe((3, 5L));
        (await File.ReadAllLinesAsync(setAside!, Cancel)).Length.ShouldBe(5);
        await database.SealAsync();
        (await database.FaultsAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_heads_of_an_empty_trail_are_an_empty_file()
    {
        await using var database = await TestDatabase.SqliteAsync();
        await database.Get<AuditAnchoring>().AnchorAsync("test", 0, Given.Now, Cancel);
        await database.SealAsync();
        (await SequencesAsync(database)).ShouldBe([1]);
        (await database.FaultsAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_new_is_verified_within_minutes_and_told_once()
    {
        await using var database = await WithHeadsAsync(DatabaseProvider.Sqlite, 5);
        var (verification, job) = (database.Get<AuditVerification>(), database.Get<VerifyRecentAuditJob>());
        await verification.RunAsync(Actor.System("test"), null, Cancel);
        await database.RegisterAsync(2);
        await database.SealAsync();
        await job.RunAsync(Cancel);
        await using var db = database.Open();
        (await db.AuditReports.CountAsync(Cancel)).ShouldBe(1);
        // From the head after the fifth on: the two, and the one that tells of the verification.
        (await verification.ReadRecentAsync(Actor.System("test"), 5, Cancel)).Entries.ShouldBe(3);
        File.Delete(database.HeadsFile);
        await job.RunAsync(Cancel);
        await job.RunAsync(Cancel);
        var report = await db.AuditReports.OrderByDescending(r => r.At).FirstAsync(Cancel);
        (await db.AuditReports.CountAsync(Cancel), report.Findings.Single().Fault).ShouldBe((2, AuditFault.HeadsFileMissing));
        // A report that nobody can believe leads back to the beginning: to the five, the two, and the two that tell of verifications.
        await database.ExecuteAsync("""UPDATE "AuditHeads" SET "At" = "At" + 10 WHERE "Sequence" = 5""");
        (await verification.ReadRecentAsync(Actor.System("test"), 5, Cancel)).Entries.ShouldBe(9);
    }

    // A report inserted by hand kept the verification silent until the night.
    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(-60, 1)]
    [InlineData(0, 0)]
    [InlineData(60, 0)]
    public async Task A_report_that_the_product_did_not_write_silences_nothing(int minutes, int found)
    {
        await using var database = await WithHeadsAsync(DatabaseProvider.Sqlite, 5);
        var job = database.Get<VerifyRecentAuditJob>();
        var at = TimeProvider.System.GetUtcNow().AddMinutes(minutes);
        await database.Database.WriteAsync(Actor.System("forged"), db => Task.FromResult(db.AuditReports.Add(
            new AuditReport { At = at, By = nameof(VerifyAuditJob), Entries = 5, Sequence = 5, Found = found, Findings = [] })), Cancel);
        await database.ExecuteAsync("""UPDATE "AuditEntries" SET "ActorName" = 'Paul' WHERE "Sequence" = 3""");
        await job.RunAsync(Cancel);
        await using var db = database.Open();
        (await db.AuditReports.CountAsync(r => r.By == "system", Cancel)).ShouldBe(1);
        (await db.Events.CountAsync(e => e.Topic == Core.Auditing.AuditBroken.Name, Cancel)).ShouldBe(1);
    }

    // A true report that says of more, or of a whole trail, what it was not written with.
    [Theory]
    [InlineData("""UPDATE "AuditReports" SET "Sequence" = 8""")]
    [InlineData("""UPDATE "AuditEntries" SET "Changes" = REPLACE("Changes", '[null,5]', '[null,8]') WHERE "Action" = 'audit.found_whole'""")]
    public async Task A_report_of_a_whole_trail_counts_for_as_far_as_it_went(string tamper)
    {
        await using var database = await WithHeadsAsync(DatabaseProvider.Sqlite, 5);
        await database.Get<AuditVerification>().RunAsync(Actor.System("test"), null, Cancel);
        await database.RegisterAsync(2);
        await database.SealAsync();
        await database.ExecuteAsync(tamper);
        await database.ExecuteAsync("""UPDATE "AuditEntries" SET "ActorName" = 'Paul' WHERE "Sequence" = 3""");
        (await database.Get<AuditVerification>().RunRecentAsync(Actor.System("test"), Cancel)).Findings.ShouldContain(f => f.Sequence == 3);
    }

    // The quarter-hourly verification is the first: it reads all of it, and the next ones go on from there.
    [Fact]
    public async Task A_first_verification_of_a_whole_trail_is_kept_once()
    {
        await using var database = await WithHeadsAsync(DatabaseProvider.Sqlite, 5);
        var verification = database.Get<AuditVerification>();
        (await verification.RunRecentAsync(Actor.System("test"), Cancel)).Entries.ShouldBe(5);
        await database.SealAsync();
        (await verification.RunRecentAsync(Actor.System("test"), Cancel)).Entries.ShouldBe(1);
        await using var db = database.Open();
        (await db.AuditReports.CountAsync(Cancel)).ShouldBe(1);
    }

    // One such row kept all others unsealed.
    [Theory]
    [InlineData(-1)]
    [InlineData(long.MaxValue)]
    public async Task A_moment_that_is_none_is_a_finding_and_stops_nothing(long ticks)
    {
        await using var database = await WithHeadsAsync(DatabaseProvider.Sqlite, 5);
        await database.RegisterAsync(2);
        await database.ExecuteAsync($"""UPDATE "AuditEntries" SET "At" = {ticks} WHERE "Id" = (SELECT MIN("Id") FROM "AuditEntries" WHERE "Sequence" IS NULL)""");
        await database.SealAsync();
        await using var db = database.Open();
        (await db.AuditEntries.CountAsync(e => e.Sequence == null, Cancel)).ShouldBe(0);
        (await database.FaultsAsync()).Select(f => f.Fault).ShouldBe([AuditFault.Altered]);
    }

    [Theory]
    [InlineData("""UPDATE "AuditReports" SET "At" = "At" + 1000""")]
    [InlineData("""UPDATE "AuditEntries" SET "RecordId" = 'x' WHERE "Action" = 'audit.found_broken'""")]
    [InlineData("""DELETE FROM "AuditEntries" WHERE "Action" = 'audit.found_broken'""")]
    public async Task A_true_report_silences_its_repeats_until_it_is_tampered_with(string tamper)
    {
        await using var database = await WithHeadsAsync(DatabaseProvider.Sqlite, 5);
        var job = database.Get<VerifyRecentAuditJob>();
        await database.ExecuteAsync("""UPDATE "AuditEntries" SET "ActorName" = 'Paul' WHERE "Sequence" = 3""");
        await job.RunAsync(Cancel);
        await job.RunAsync(Cancel);
        await database.SealAsync();
        await job.RunAsync(Cancel);
        await using var db = database.Open();
        (await db.AuditReports.CountAsync(Cancel)).ShouldBe(1);
        await database.ExecuteAsync(tamper);
        await job.RunAsync(Cancel);
        (await db.AuditReports.CountAsync(Cancel)).ShouldBe(2);
    }

    [Theory]
    [InlineData("alter", AuditFault.Altered)]
    [InlineData("copy", AuditFault.Repeated)]
    [InlineData("erase", AuditFault.ErasedUnseen)]
    [InlineData("remove", AuditFault.Removed)]
    public async Task What_is_done_to_new_entries_is_found_without_reading_the_older(string what, AuditFault fault)
    {
        await using var database = await WithHeadsAsync(DatabaseProvider.Sqlite, 5);
        await database.RegisterAsync(3);
        await database.SealAsync();
        await (what switch
        {
            "alter" => database.ExecuteAsync("""UPDATE "AuditEntries" SET "ActorName" = 'Paul' WHERE "Sequence" = 7"""),
            "copy" => database.CopyAsync(2),
            "erase" => database.EraseByHandAsync(7),
            _ => database.ExecuteAsync("""DELETE FROM "AuditEntries" WHERE "Sequence" = 7"""),
        });
        (await database.Get<AuditVerification>().ReadRecentAsync(Actor.System("test"), 5, Cancel)).Findings.Select(f => f.Fault).ShouldBe([fault]);
    }

    [Fact]
    public async Task Thousands_of_heads_are_compared_page_by_page_from_any_place()
    {
        await using var database = await TestDatabase.SqliteAsync();
        await ManyHeadsAsync(database, 4_600);
        (await database.FaultsAsync()).ShouldBeEmpty();
        var verification = database.Get<AuditVerification>();
        (await verification.ReadRecentAsync(Actor.System("test"), 4_321, Cancel)).ShouldSatisfyAllConditions(v => v.Findings.ShouldBeEmpty(), v => v.Entries.ShouldBe(279));
        var lines = await LinesAsync(database);
        await WriteAsync(database, Joined([.. lines[..2_998], .. lines[2_999..]]));
        (await database.FaultsAsync()).ShouldBe([(AuditFault.HeadsFileIncomplete, 2_999L)]);
        await WriteAsync(database, Joined([.. lines[..2_998], lines[2_997].Replace("\"sequence\":2998", "\"sequence\":2999", StringComparison.Ordinal), .. lines[2_999..]]));
        (await database.FaultsAsync()).ShouldBe([(AuditFault.ForgedHeadOutside, 2_999L)]);
        // Two that wrote at once in an earlier version.
        await WriteAsync(database, Joined([.. lines[..3_000], .. lines[2_990..]]));
        (await database.FaultsAsync()).ShouldBeEmpty();
    }

    private static async Task<TestDatabase> WithHeadsAsync(DatabaseProvider provider, int heads)
    {
        var database = await TestDatabase.CreateAsync(provider);
        for (var head = 0; head < heads; head++)
        {
            await database.RegisterAsync(1);
            await database.SealAsync();
        }
        return database;
    }

    // Sealed one by one, as the product would in some minutes.
    private static async Task ManyHeadsAsync(TestDatabase database, int count)
    {
        await database.Database.WriteAsync(Actor.System("test"), db =>
        {
            for (var number = 0; number < count; number++)
                db.Tell("account.signed_in", nameof(Person), Guid.CreateVersion7(), Given.Now);
            return Task.CompletedTask;
        }, Cancel);
        var (hash, key, heads) = (AuditChain.Origin, database.Get<AuditKeys>().Current, new List<AuditHead>());
        await database.Database.WriteAsync(Actor.System("test"), async db =>
        {
            foreach (var (index, entry) in (await db.AuditEntries.AsNoTracking().OrderBy(e => e.Id).ToListAsync(Cancel)).Index())
            {
                hash = AuditChain.Link(hash, index + 1, AuditChain.DigestOf(entry));
                var head = new AuditHead { Sequence = index + 1, Hash = hash, At = AuditChain.Kept(Given.Now), KeyId = key.Id, Signature = [] };
                head.Signature = key.Seal(AuditChain.MessageOf(head));
                heads.Add(head);
                var (id, sequence, link) = (entry.Id, index + 1, hash);
                await db.AuditEntries.Where(e => e.Id == id).ExecuteUpdateAsync(e => e.SetProperty(x => x.Sequence, sequence).SetProperty(x => x.Hash, link), Cancel);
            }
            db.AuditHeads.AddRange(heads);
        }, Cancel);
        await WriteAsync(database, Joined(heads.Select(h => JsonSerializer.Serialize(h, JsonSerializerOptions.Web))));
    }

    private static async Task<List<long>> SequencesAsync(TestDatabase database) =>
        [.. (await LinesAsync(database)).Select(l => JsonDocument.Parse(l).RootElement.GetProperty("sequence").GetInt64())];

    private static Task<string[]> LinesAsync(TestDatabase database) => File.ReadAllLinesAsync(database.HeadsFile, Cancel);

    private static Task WriteAsync(TestDatabase database, string text) => File.WriteAllTextAsync(database.HeadsFile, text, Cancel);

    private static string Joined(IEnumerable<string> lines) => string.Concat(lines.Select(l => l + "\n"));
}

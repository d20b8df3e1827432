using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tapwork.Core.Accounts;
using Tapwork.Core.Companies;
using Tapwork.Core.Integrations;
using Tapwork.Infrastructure.Auditing;
using Tapwork.Infrastructure.Persistence;
using Tapwork.Tests.Persistence;

namespace Tapwork.Tests.Auditing;

/// <summary>What managers find in the trail, page by page.</summary>
public class AuditTrailTests
{
    private static readonly string[] Words = ["Durand", "Dupont", "Élise", "elisabeth", "Müller", "Œuvre", "42", "4217", "Saint-Étienne", "du"];
    private static readonly string[] Ips = ["192.0.2.1", "192.0.2.2", "2001:db8::1"];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<DatabaseProvider> Both => TestDatabases.Data;

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Every_filter_shows_page_by_page_in_both_directions_what_looking_at_each_entry_would_show(DatabaseProvider provider)
    {
        await using var database = await TestDatabase.CreateAsync(provider);
        var manager = await ManagerAsync(database);
        await WriteAsync(database, 700);
        // Some are sealed, some are not: a page shows both.
        await SealAsync(database);
        await WriteAsync(database, 40, first: 700);
        await using var db = database.Open();
        var entries = await db.AuditEntries.AsNoTracking().ToListAsync(Cancel);
        entries.Count(e => e.Sequence is null).ShouldBe(40);
        var random = new Random(7);
        for (var turn = 0; turn < 120; turn++)
        {
            var filter = FilterOf(random, entries);
            var expected = entries.Where(e => Matches(e, filter)).OrderByDescending(e => e.At).ThenByDescending(e => e.Id).Select(e => e.Id).ToList();
            (await AllAsync(database, manager, filter)).SequenceEqual(expected).ShouldBeTrue(filter.ToString());
            if (expected.Count > AuditTrail.PageSize)
                (await BackAsync(database, manager, filter, expected[^1])).SequenceEqual(expected[..^1]).ShouldBeTrue(filter.ToString());
        }
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task What_many_bear_is_found_by_looking_and_by_walking_alike(DatabaseProvider provider)
    {
        await using var database = await TestDatabase.CreateAsync(provider);
        var manager = await ManagerAsync(database);
        // More different words with one beginning than are merged, and more entries with one word than are looked at.
        await TellAsync(database, 6000, n => ($"x{n} common", n % 1500 == 0 ? "rare" : "other", n % 3000 == 0 ? "192.0.2.9" : "192.0.2.8"));
        await SealAsync(database);
        var all = new AuditFilter(Action: "test.told");
        (await AllAsync(database, manager, all with { Search = "x1" })).Count.ShouldBe(1111);
        (await AllAsync(database, manager, new AuditFilter(Search: "common rare"))).Count.ShouldBe(4);
        (await AllAsync(database, manager, new AuditFilter(Search: "common", Ip: "192.0.2.9"))).Count.ShouldBe(2);
        (await AllAsync(database, manager, new AuditFilter(Search: "x common", Ip: "192.0.2.9"))).Count.ShouldBe(2);
        (await AllAsync(database, manager, new AuditFilter(Field: "What", Search: "rare"))).Count.ShouldBe(4);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task What_was_erased_is_no_longer_found_and_the_rest_is(DatabaseProvider provider)
    {
        await using var database = await TestDatabase.CreateAsync(provider);
        var (admin, company) = (await PersonAsync(database, Role.Admin), Company.Register("Énergie Lumière", Given.Siret(1), Given.Now));
        await database.Database.WriteAsync(admin, db => Task.FromResult(db.Companies.Add(company)), Cancel);
        await SealAsync(database);
        (await AllAsync(database, admin, new AuditFilter(Search: "lumi ener"))).ShouldHaveSingleItem();
        await database.Services.Value.GetRequiredService<AuditErasure>().EraseAsync(admin, nameof(Company), company.Id.ToString(), new HashSet<string> { nameof(Company.Name) }, Cancel);
        await SealAsync(database);
        (await AllAsync(database, admin, new AuditFilter(Search: "lumi"))).ShouldBeEmpty();
        (await AllAsync(database, admin, new AuditFilter(Search: Given.Siret(1)))).ShouldHaveSingleItem();
        await using var db = database.Open();
        (await db.AuditTokens.AnyAsync(t => t.Token.StartsWith("lumi"), Cancel)).ShouldBeFalse();
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task What_is_erased_while_it_is_sealed_leaves_no_word_behind(DatabaseProvider provider)
    {
        await using var database = await TestDatabase.CreateAsync(provider);
        var admin = await PersonAsync(database, Role.Admin);
        var erasure = database.Services.Value.GetRequiredService<AuditErasure>();
        for (var round = 0; round < 25; round++)
        {
            var company = Company.Register($"Lumière {round}", Given.Siret(round), Given.Now);
            await database.Database.WriteAsync(admin, db => Task.FromResult(db.Companies.Add(company)), Cancel);
            await Task.WhenAll(SealAsync(database), erasure.EraseAsync(admin, nameof(Company), company.Id.ToString(), new HashSet<string> { nameof(Company.Name) }, Cancel));
        }
        await SealAsync(database);
        await using var db = database.Open();
        (await db.AuditTokens.CountAsync(t => t.Token.StartsWith("lumi"), Cancel)).ShouldBe(0);
        (await db.AuditTokens.AnyAsync(t => t.Token == Given.Siret(24), Cancel)).ShouldBeTrue();
    }

    [Fact]
    public async Task A_page_before_an_entry_that_is_gone_is_the_latest_in_its_order()
    {
        await using var database = await TestDatabase.SqliteAsync();
        var manager = await ManagerAsync(database);
        await TellAsync(database, 3, n => ($"x{n}", "other", "192.0.2.1"));
        var page = await database.Services.Value.GetRequiredService<AuditTrail>().PageAsync(manager, new AuditFilter(Action: "test.told"), null, 999_999, Cancel);
        page.Rows.Select(r => r.Entry.RecordId).ShouldBe(["2", "1", "0"]);
        (page.HasPrevious, page.HasNext).ShouldBe((false, false));
    }

    [Fact]
    public async Task A_sensitive_value_is_read_by_its_role_only_on_the_page_in_the_table_and_in_the_proof_and_found_by_nobody()
    {
        await using var database = await TestDatabase.SqliteAsync();
        var (manager, admin) = (await ManagerAsync(database), await PersonAsync(database, Role.Admin));
        var integration = Integration.Register("REQ-I-009", "Partner", "symphonics", Given.Now);
        await database.Database.WriteAsync(admin, db => Task.FromResult(db.Integrations.Add(integration)), Cancel);
        await SealAsync(database);
        var filter = new AuditFilter(RecordType: nameof(Integration));
        var trail = database.Services.Value.GetRequiredService<AuditTrail>();
        string Seen(AuditPage page) => page.Rows.Single().Changes.Single(c => c.Field == nameof(Integration.RetrySchedule)).New.ToString();
        Seen(await trail.PageAsync(admin, filter, null, null, Cancel)).ShouldBe("5s 30s 2m 10m 1h 3h 8h 24h");
        Seen(await trail.PageAsync(manager, filter, null, null, Cancel)).ShouldBe("•••");
        (await AllAsync(database, admin, new AuditFilter(Search: "10m"))).ShouldBeEmpty();
        foreach (var (actor, isShown) in ((Actor, bool)[])[(admin, true), (manager, false)])
        {
            (await WrittenAsync((e, to) => e.WriteCsvAsync(actor, filter, to, Cancel), database)).Contains("30s 2m", StringComparison.Ordinal).ShouldBe(isShown);
            (await WrittenAsync((e, to) => e.WriteProofAsync(actor, filter, to, Cancel), database)).Contains("30s 2m", StringComparison.Ordinal).ShouldBe(isShown);
        }
    }

    [Fact]
    public async Task An_entry_that_somebody_made_unreadable_is_shown_and_exported_like_the_others()
    {
        await using var database = await TestDatabase.SqliteAsync();
        var manager = await ManagerAsync(database);
        await WriteAsync(database, 20);
        await using (var db = database.Open())
        {
            await db.AuditEntries.Where(e => e.Id == 2).ExecuteUpdateAsync(e => e.SetProperty(x => x.Changes, "{\"What\":[1"), Cancel);
            await db.AuditEntries.Where(e => e.Id == 3).ExecuteUpdateAsync(e => e.SetProperty(x => x.Changes, "[]").SetProperty(x => x.RecordId, "no/such").SetProperty(x => x.RecordType, "Kind"), Cancel);
        }
        await SealAsync(database);
        (await AllAsync(database, manager, new AuditFilter())).Count.ShouldBe(21);
        (await WrittenAsync((e, to) => e.WriteCsvAsync(manager, new AuditFilter(), to, Cancel), database)).ShouldContain("no/such");
        (await WrittenAsync((e, to) => e.WriteProofAsync(manager, new AuditFilter(Action: "created"), to, Cancel), database)).ShouldContain("\"digest\"");
        var admin = await PersonAsync(database, Role.Admin);
        (await database.Services.Value.GetRequiredService<AuditErasure>().EraseAsync(admin, "Kind", "no/such", null, Cancel)).ShouldBe(0);
    }

    [Fact]
    public async Task A_table_holds_a_line_a_value_escapes_what_a_spreadsheet_would_carry_out_and_is_told()
    {
        await using var database = await TestDatabase.SqliteAsync();
        var manager = await ManagerAsync(database);
        await TellAsync(database, 1, _ => ("=HYPERLINK(\"x\")", "two; words", "192.0.2.1"));
        var csv = await WrittenAsync((e, to) => e.WriteCsvAsync(manager, new AuditFilter(Action: "test.told"), to, Cancel), database);
        var lines = csv.Trim().Split("\r\n");
        lines[0].ShouldEndWith(string.Join(';', AuditExport.CsvColumns));
        lines.Length.ShouldBe(3);
        csv.ShouldContain("'=HYPERLINK");
        csv.ShouldContain("\"two; words\"");
        await using var db = database.Open();
        var told = await db.AuditEntries.SingleAsync(e => e.Action == "audit.exported", Cancel);
        (told.ActorName, told.Changes.Contains("test.told", StringComparison.Ordinal)).ShouldBe((manager.Name, true));
    }

    [Fact]
    public async Task Records_are_called_by_what_people_call_them()
    {
        await using var database = await TestDatabase.SqliteAsync();
        var manager = await ManagerAsync(database);
        var trail = database.Services.Value.GetRequiredService<AuditTrail>();
        await SealAsync(database);
        (await trail.FindRecordAsync(manager, $" {manager.PersonId} ", Cancel)).ShouldBe((nameof(Person), manager.PersonId.ToString()!));
        (await trail.FindRecordAsync(manager, "#12", Cancel)).ShouldBe(("Delivery", "12"));
        (await trail.FindRecordAsync(manager, "INT-2026-999999", Cancel)).ShouldBeNull();
        (await trail.HistoryAsync(manager, nameof(Person), manager.PersonId.ToString()!, 10, Cancel)).Single().RecordName.ShouldBe("Hélène Garnier");
    }

    private static Guid Id(int number) => Guid.Parse($"0199c000-0000-7000-8000-{number:d12}");

    private static AuditFilter FilterOf(Random random, List<AuditEntry> entries)
    {
        var one = entries[random.Next(entries.Count)];
        bool Takes(double share) => random.NextDouble() < share;
        return new AuditFilter(
            ActorId: Takes(0.2) ? one.ActorId : null, Role: Takes(0.15) && one.Role is { } role ? Enum.Parse<Role>(role) : null, RecordType: Takes(0.15) ? one.RecordType : null,
            RecordId: Takes(0.05) ? one.RecordId : null, Action: Takes(0.2) ? one.Action : null, Ip: Takes(0.15) ? one.Ip : null, CorrelationId: Takes(0.05) ? one.CorrelationId : null,
            From: Takes(0.15) ? one.At : null, Until: Takes(0.15) ? one.At.AddSeconds(90) : null, Field: Takes(0.2) ? (Takes(0.5) ? "What" : "Other") : null,
            Search: Takes(0.6) ? string.Join(' ', Enumerable.Range(0, random.Next(1, 3)).Select(_ => Words[random.Next(Words.Length)] is var word ? word[..random.Next(1, word.Length + 1)] : "")) : null,
            BySystem: Takes(0.05));
    }

    private static bool Matches(AuditEntry entry, AuditFilter filter)
    {
        var values = AuditChanges.ValuesOf(entry.Changes);
        var words = values.SelectMany(v => SearchToken.WordsOf(v.Old.ToString(), v.New.ToString())).ToList();
        return (filter.ActorId is null || entry.ActorId == filter.ActorId) && (filter.Role is null || entry.Role == filter.Role.ToString())
            && (filter.RecordType is null || entry.RecordType == filter.RecordType) && (filter.RecordId is null || entry.RecordId == filter.RecordId)
            && (filter.Action is null || entry.Action == filter.Action) && (filter.Ip is null || entry.Ip == filter.Ip)
            && (filter.CorrelationId is null || entry.CorrelationId == filter.CorrelationId) && (filter.From is null || entry.At >= filter.From) && (filter.Until is null || entry.At < filter.Until)
            && (filter.Field is null || values.Any(v => v.Field == filter.Field)) && (!filter.BySystem || (entry.ActorId is null && entry.Role is null))
            && SearchToken.WordsOf(filter.Search).All(word => words.Any(w => w.StartsWith(word, StringComparison.Ordinal)));
    }

    private static async Task WriteAsync(TestDatabase database, int count, int first = 0)
    {
        var random = new Random(first + 1);
        for (var left = count; left > 0; left -= 20)
        {
            var actor = random.Next(4) == 0 ? Actor.System("test")
                : new Actor(Id(random.Next(3)), "Somebody", (Role)random.Next(4), null, Ips[random.Next(Ips.Length)], null, Actor.NewCorrelationId());
            await database.Database.WriteAsync(actor, db =>
            {
                for (var n = 0; n < 20; n++)
                    // Out of order, and several at one moment.
                    db.Tell(random.Next(3) == 0 ? "test.told" : "test.said", random.Next(2) == 0 ? "Kind" : "Sort", Id(random.Next(6)), Given.Now.AddSeconds(random.Next(300)), new()
                    {
                        [random.Next(2) == 0 ? "What" : "Other"] = [random.Next(3) == 0 ? null : Words[random.Next(Words.Length)], $"{Words[random.Next(Words.Length)]} {Words[random.Next(Words.Length)]}"],
                    });
                return Task.CompletedTask;
            }, Cancel);
        }
    }

    private static Task TellAsync(TestDatabase database, int count, Func<int, (string What, string Other, string Ip)> says) => Task.Run(async () =>
    {
        foreach (var some in Enumerable.Range(0, count).GroupBy(n => says(n).Ip))
            await database.Database.WriteAsync(new Actor(Id(1), "Somebody", Role.Office, null, some.Key, null, Actor.NewCorrelationId()), db =>
            {
                foreach (var n in some)
                    db.Tell("test.told", "Kind", n, Given.Now.AddSeconds(n), new() { ["What"] = [null, says(n).What], ["Other"] = [null, says(n).Other] });
                return Task.CompletedTask;
            }, Cancel);
    }, Cancel);

    private static async Task<List<long>> AllAsync(TestDatabase database, Actor actor, AuditFilter filter)
    {
        var trail = database.Services.Value.GetRequiredService<AuditTrail>();
        var (ids, after) = (new List<long>(), (long?)null);
        while (true)
        {
            var page = await trail.PageAsync(actor, filter, after, null, Cancel);
            page.Rows.Count.ShouldBeLessThanOrEqualTo(AuditTrail.PageSize);
            page.HasPrevious.ShouldBe(after is not null);
            ids.AddRange(page.Rows.Select(r => r.Entry.Id));
            if (!page.HasNext)
                return ids;
            after = ids[^1];
        }
    }

    // From the last row on, what stands before it.
    private static async Task<List<long>> BackAsync(TestDatabase database, Actor actor, AuditFilter filter, long from)
    {
        var trail = database.Services.Value.GetRequiredService<AuditTrail>();
        var ids = new List<long>();
        while (true)
        {
            var page = await trail.PageAsync(actor, filter, null, from, Cancel);
            page.HasNext.ShouldBeTrue();
            ids.InsertRange(0, page.Rows.Select(r => r.Entry.Id));
            if (!page.HasPrevious)
                return ids;
            from = ids[0];
        }
    }

    private static async Task<string> WrittenAsync(Func<AuditExport, Stream, Task> write, TestDatabase database)
    {
        using var to = new MemoryStream();
        await write(database.Services.Value.GetRequiredService<AuditExport>(), to);
        return Encoding.UTF8.GetString(to.ToArray());
    }

    private static Task<Actor> ManagerAsync(TestDatabase database) => PersonAsync(database, Role.Manager);

    private static async Task<Actor> PersonAsync(TestDatabase database, Role role)
    {
        var person = Person.Create("Hélène Garnier", $"{role}@tapwork.example", role, null, "fr", Given.Now);
        await database.Database.WriteAsync(Actor.System("test"), db => Task.FromResult(db.People.Add(person)), Cancel);
        return new Actor(person.Id, person.Name, role, null, "192.0.2.7", "Firefox", Actor.NewCorrelationId());
    }

    private static async Task SealAsync(TestDatabase database)
    {
        while (await database.Services.Value.GetRequiredService<AuditSealer>().SealAsync(Cancel) > 0)
        {
        }
    }
}

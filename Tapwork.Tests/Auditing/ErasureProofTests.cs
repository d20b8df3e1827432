using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Tapwork.Core.Accounts;
using Tapwork.Core.Companies;
using Tapwork.Infrastructure.Auditing;
using Tapwork.Infrastructure.Persistence;
using Tapwork.Tests.Persistence;

namespace Tapwork.Tests.Auditing;

/// <summary>Values that are gone are compared with what erasures list, one by one; a true entry vouches for itself once.</summary>
public sealed class ErasureProofTests
{
    private const string Erased = "\"erased\":";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<DatabaseProvider> Both => TestDatabases.Data;

    [Theory]
    [InlineData("{ \"erased\":")]
    [InlineData("{\"erased\" :")]
    [InlineData("{\n\"erased\":")]
    [InlineData("{\"\\u0065rased\":")]
    [InlineData("{\"erased\":")]
    public async Task A_value_erased_by_hand_is_found_however_its_JSON_is_written(string written)
    {
        await using var database = await TamperedTrail.SealedAsync(DatabaseProvider.Sqlite, 5);
        await database.EraseByHandAsync(3, nameof(Company.Name), changes => changes.Replace("{" + Erased, written, StringComparison.Ordinal));
        (await database.FaultsAsync()).ShouldBe([(AuditFault.ErasedUnseen, 3L)]);
    }

    [Fact]
    public async Task A_value_erased_by_hand_is_found_though_all_values_of_the_entry_went()
    {
        await using var database = await TamperedTrail.SealedAsync(DatabaseProvider.Sqlite, 5);
        await database.EraseByHandAsync(3);
        (await database.FaultsAsync()).ShouldBe([(AuditFault.ErasedUnseen, 3L)]);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task An_erasure_covers_no_value_that_is_erased_after_it(DatabaseProvider provider)
    {
        await using var database = await TamperedTrail.SealedAsync(provider, 5);
        (await database.EraseAsync(3, nameof(Company.Name))).ShouldBe(1);
        await database.SealAsync();
        (await database.FaultsAsync()).ShouldBeEmpty();
        await database.EraseByHandAsync(3, nameof(Company.Siret));
        (await database.FaultsAsync()).ShouldBe([(AuditFault.ErasedUnseen, 3L)]);
    }

    [Fact]
    public async Task An_erasure_covers_no_value_of_another_record_and_none_of_an_entry_after_it()
    {
        await using var database = await TamperedTrail.SealedAsync(DatabaseProvider.Sqlite, 5);
        await database.EraseAsync(3);
        var record = Guid.Parse(await database.RecordAsync(3));
        await database.Database.WriteAsync(Actor.System("test"), async db => db.Companies.Remove(await db.Companies.SingleAsync(c => c.Id == record, Cancel)), Cancel);
        await database.SealAsync();
        await database.EraseByHandAsync(4);
        // The administrator's account, the erasure, and the removal of the record.
        await database.EraseByHandAsync(8);
        (await database.FaultsAsync()).ShouldBe([(AuditFault.ErasedUnseen, 4L), (AuditFault.ErasedUnseen, 8L)], ignoreOrder: true);
    }

    [Fact]
    public async Task An_erasure_whose_own_list_was_erased_covers_nothing_and_is_found_itself()
    {
        await using var database = await TamperedTrail.SealedAsync(DatabaseProvider.Sqlite, 5);
        await database.EraseAsync(3, nameof(Company.Name));
        await database.SealAsync();
        await database.EraseByHandAsync(7, AuditErasure.ListField);
        (await database.FaultsAsync()).ShouldBe([(AuditFault.ErasedUnseen, 3L), (AuditFault.ErasedUnseen, 7L)], ignoreOrder: true);
    }

    [Fact]
    public async Task Two_erasures_of_one_record_cover_what_each_erased_and_a_value_that_stands_again_is_no_fault()
    {
        await using var database = await TamperedTrail.SealedAsync(DatabaseProvider.Sqlite, 5);
        AuditEntry before;
        await using (var db = database.Open())
            before = await db.AuditEntries.AsNoTracking().SingleAsync(e => e.Sequence == 3, Cancel);
        await database.EraseAsync(3, nameof(Company.Name));
        await database.EraseAsync(3);
        await database.SealAsync();
        (await database.FaultsAsync()).ShouldBeEmpty();
        await database.RewriteAsync(3, _ => (before.Changes, before.Salts));
        (await database.FaultsAsync()).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("salt kept")]
    [InlineData("value kept")]
    [InlineData("salt of another value")]
    [InlineData("something beside the commitment")]
    [InlineData("commitment that is no text")]
    [InlineData("field that is no text")]
    public async Task A_value_erased_by_halves_is_an_altered_entry(string how)
    {
        await using var database = await TamperedTrail.SealedAsync(DatabaseProvider.Sqlite, 5);
        await database.RewriteAsync(3, entry =>
        {
            var (changes, salts, _) = AuditChanges.Erase(entry.Changes, entry.Salts, null);
            return how switch
            {
                "salt kept" => (changes, entry.Salts),
                "value kept" => (entry.Changes, salts),
                "salt of another value" => (entry.Changes, [.. entry.Salts[^16..], .. entry.Salts[16..]]),
                "something beside the commitment" => (changes.Replace("{" + Erased, "{\"name\":\"Dupont\"," + Erased, StringComparison.Ordinal), salts),
                "commitment that is no text" => ("""{"Name":[null,{"erased":5}]}""", new byte[16]),
                _ => ("""{"\ud800":[null,1]}""", new byte[16]),
            };
        });
        (await database.FaultsAsync()).ShouldBe([(AuditFault.Altered, 3L)]);
    }

    [Fact]
    public void A_value_of_the_form_of_an_erased_one_is_erased_like_any_other()
    {
        var value = new { erased = Convert.ToBase64String(new byte[32]) };
        var written = AuditChanges.Write(new Dictionary<string, object?[]> { ["What"] = [null, value] });
        var (changes, salts, lost) = AuditChanges.Erase(written.Json, written.Salts, null);
        lost.ShouldHaveSingleItem().New.ShouldBe(written.Commitments[0].New);
        AuditChanges.CommitmentsOf(changes, salts).ShouldHaveSingleItem().IsNewErased.ShouldBeTrue();
        AuditChanges.Erase(changes, salts, null).Erased.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(false, 1, true)]
    [InlineData(true, 2, true)]
    // More is gone than it told: somebody erased under its cover.
    [InlineData(true, 1, false)]
    // A field it did not name.
    [InlineData(false, 9, false, nameof(Company.Siret))]
    public async Task An_erasure_of_an_earlier_version_covers_its_fields_and_no_more_values_than_it_told(bool all, int told, bool isCovered, string? more = null)
    {
        await using var database = await TamperedTrail.SealedAsync(DatabaseProvider.Sqlite, 5);
        if (!all)
            await database.EraseByHandAsync(3, nameof(Company.Name));
        else
            foreach (var field in (string[])[nameof(Company.Name), nameof(Company.Siret)])
                await database.EraseByHandAsync(3, field);
        var record = await database.RecordAsync(3);
        await database.Database.WriteAsync(Actor.System("test"), db =>
        {
            db.Tell(AuditErasure.Action, nameof(Company), record, Given.Now, new() { ["Values"] = [null, told], ["Fields"] = [null, all ? null : new[] { nameof(Company.Name) }] });
            return Task.CompletedTask;
        }, Cancel);
        await database.SealAsync();
        if (more is not null)
            await database.EraseByHandAsync(3, more);
        (await database.FaultsAsync()).ShouldBe(isCovered ? [] : [(AuditFault.ErasedUnseen, 3L)]);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_copy_of_a_true_entry_is_not_sealed_and_is_found(DatabaseProvider provider)
    {
        await using var database = await TamperedTrail.SealedAsync(provider, 5);
        await database.CopyAsync(2);
        await database.CopyAsync(3);
        await database.CopyAsync(3);
        (await database.FaultsAsync()).ShouldBe([(AuditFault.Repeated, null), (AuditFault.Repeated, null), (AuditFault.Repeated, null)]);
        (await database.SealAsync()).ShouldBe(0);
        await database.RegisterAsync(1);
        (await database.SealAsync()).ShouldBe(1);
        (await database.FaultsAsync()).ShouldBe([(AuditFault.Repeated, null), (AuditFault.Repeated, null), (AuditFault.Repeated, null)]);
    }

    // What is authenticated of a moment are its microseconds: a copy a tick later was sealed as new.
    [Theory]
    [InlineData(1)]
    [InlineData(9)]
    public async Task A_copy_whose_moment_differs_by_less_than_a_microsecond_is_not_sealed_and_is_found(int ticks)
    {
        await using var database = await TamperedTrail.SealedAsync(DatabaseProvider.Sqlite, 5);
        await database.CopyAsync(2);
        await database.ExecuteAsync($"""UPDATE "AuditEntries" SET "At" = "At" + {ticks} WHERE "Sequence" IS NULL""");
        (await database.SealAsync()).ShouldBe(0);
        (await database.FaultsAsync()).ShouldContain((AuditFault.Inserted, (long?)null));
        // As in a trail whose latest 65,536 entries are others.
        await using var db = database.Open();
        var repeated = await RepeatedEntries.AfterAsync(db, DateTimeOffset.MaxValue, Cancel);
        repeated.Take(await db.AuditEntries.AsNoTracking().SingleAsync(e => e.Sequence == null, Cancel));
        (await repeated.FindAsync(db, Cancel)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_moment_finer_than_entries_are_written_with_is_an_altered_entry_and_a_copy_with_one_takes_no_true_entry_s_place()
    {
        await using var database = await TamperedTrail.SealedAsync(DatabaseProvider.Sqlite, 5);
        await database.ExecuteAsync("""UPDATE "AuditEntries" SET "At" = "At" + 1 WHERE "Sequence" = 3""");
        (await database.FaultsAsync()).ShouldBe([(AuditFault.Altered, 3L)]);
        await database.RegisterAsync(1);
        await database.CopyUnsealedAsync();
        await database.ExecuteAsync("""UPDATE "AuditEntries" SET "At" = "At" + 1, "Id" = -7 WHERE "Id" = (SELECT MAX("Id") FROM "AuditEntries")""");
        await database.SealAsync();
        await using var db = database.Open();
        (await db.AuditEntries.AsNoTracking().Where(e => e.Id > 0).ToListAsync(Cancel)).ShouldAllBe(e => e.Sequence != null);
        (await database.FaultsAsync()).ShouldContain((AuditFault.Altered, (long?)6));
    }

    [Fact]
    public async Task A_copy_of_an_erasure_covers_nothing_later()
    {
        await using var database = await TamperedTrail.SealedAsync(DatabaseProvider.Sqlite, 5);
        await database.EraseAsync(3, nameof(Company.Name));
        await database.SealAsync();
        await database.EraseByHandAsync(3, nameof(Company.Siret));
        await database.CopyAsync(7);
        await database.SealAsync();
        (await database.FaultsAsync()).ShouldBe([(AuditFault.Repeated, null), (AuditFault.ErasedUnseen, 3L)]);
    }

    [Fact]
    public async Task A_copy_whose_original_is_not_sealed_yet_is_left_out()
    {
        await using var database = await TamperedTrail.SealedAsync(DatabaseProvider.Sqlite, 5);
        await database.RegisterAsync(1);
        await database.CopyUnsealedAsync();
        (await database.SealAsync()).ShouldBe(1);
        (await database.FaultsAsync()).ShouldBe([(AuditFault.Repeated, null)]);
    }

    [Fact]
    public async Task A_copy_that_an_earlier_version_has_sealed_is_found_in_the_chain()
    {
        await using var database = await TamperedTrail.SealedAsync(DatabaseProvider.Sqlite, 5);
        await database.CopyAsync(2, to: 6);
        await using (var db = database.Open())
        {
            var entries = await db.AuditEntries.AsNoTracking().OrderBy(e => e.Sequence).ToListAsync(Cancel);
            var hash = AuditChain.Link(entries[4].Hash, 6, AuditChain.DigestOf(entries[5]));
            var key = database.Get<AuditKeys>().Current;
            var head = new AuditHead { Sequence = 6, Hash = hash, At = AuditChain.Kept(Given.Now), KeyId = key.Id, Signature = [] };
            head.Signature = key.Seal(AuditChain.MessageOf(head));
            await database.Database.WriteAsync(Actor.System("test"), other => Task.FromResult(other.AuditHeads.Add(head)), Cancel);
            await db.AuditEntries.Where(e => e.Sequence == 6).ExecuteUpdateAsync(e => e.SetProperty(x => x.Hash, hash), Cancel);
            await File.AppendAllTextAsync(database.HeadsFile, JsonSerializer.Serialize(head, JsonSerializerOptions.Web) + "\n", Cancel);
        }
        (await database.FaultsAsync()).ShouldContain((AuditFault.Repeated, 6L));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-7)]
    public async Task An_entry_at_a_place_before_the_first_is_found(long place)
    {
        await using var database = await TamperedTrail.SealedAsync(DatabaseProvider.Sqlite, 5);
        await database.CopyAsync(2, to: place);
        (await database.FaultsAsync()).ShouldContain((AuditFault.Inserted, place));
    }

    [Fact]
    public async Task An_unsealed_entry_with_an_id_before_the_first_is_found()
    {
        await using var database = await TamperedTrail.SealedAsync(DatabaseProvider.Sqlite, 5);
        await database.CopyAsync(2, id: -7);
        (await database.FaultsAsync()).ShouldBe([(AuditFault.Repeated, null)]);
    }

    // A database administrator must not keep a person from being erased.
    [Fact]
    public async Task An_entry_that_names_a_field_twice_does_not_keep_its_record_from_being_erased()
    {
        await using var database = await TamperedTrail.SealedAsync(DatabaseProvider.Sqlite, 5);
        await database.RewriteAsync(3, _ => ("{\"Name\":[null,\"a\"],\"Name\":[null,\"b\"]}", [.. Enumerable.Range(1, 32).Select(n => (byte)n)]));
        (await database.FaultsAsync()).ShouldContain((AuditFault.Altered, 3L));
        await database.EraseAsync(3);
        await database.SealAsync();
        (await database.FaultsAsync()).ShouldContain((AuditFault.Altered, 3L));
    }

    [Fact]
    public async Task Copies_take_no_true_entry_s_place_in_a_batch()
    {
        await using var database = await TamperedTrail.SealedAsync(DatabaseProvider.Sqlite, 5);
        await database.CopyAsync(3);
        // Each time as many again.
        for (var copies = 1; copies < AuditSealer.BatchSize; copies *= 2)
            await database.CopyUnsealedAsync();
        await database.RegisterAsync(100);
        (await database.Get<AuditSealer>().SealAsync(Cancel)).ShouldBe(100);
    }

    [Fact]
    public async Task A_value_that_is_no_text_stops_neither_the_sealing_nor_the_page()
    {
        await using var database = await TamperedTrail.SealedAsync(DatabaseProvider.Sqlite, 5);
        await database.CopyAsync(2);
        await database.ExecuteAsync("""UPDATE "AuditEntries" SET "Changes" = '{"Name":[null,"\ud800"]}' WHERE "Sequence" IS NULL""");
        (await database.SealAsync()).ShouldBe(1);
        // The second is of the record, of which two entries tell one version.
        (await database.FaultsAsync()).ShouldBe([(AuditFault.Altered, 6L), (AuditFault.Unrecorded, null)]);
        (await database.Get<AuditTrail>().PageAsync(Actor.System("test"), new AuditFilter(), null, null, Cancel)).Rows.Count.ShouldBe(6);
    }
}

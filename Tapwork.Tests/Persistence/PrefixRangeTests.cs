using System.Text;
using Microsoft.EntityFrameworkCore;
using Tapwork.Core.Deliveries;
using Tapwork.Infrastructure.Auditing;
using Tapwork.Infrastructure.Deliveries;
using Tapwork.Infrastructure.Interventions;
using Tapwork.Infrastructure.Persistence;
using Tapwork.Tests.Deliveries;

namespace Tapwork.Tests.Persistence;

/// <summary>A search for a beginning reads a range: it holds all that begins so in the order of each database, blanks and rare characters included.</summary>
public sealed class PrefixRangeTests
{
    private static readonly Dictionary<string, Comparison<string>> Orders = new()
    {
        ["PostgreSQL and SQLite: by code point"] = (a, b) => Encoding.UTF8.GetBytes(a).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(b)),
        ["SQL Server: by UTF-16 unit, the shorter as if blanks followed"] = (a, b) =>
            string.CompareOrdinal(a.PadRight(Math.Max(a.Length, b.Length)), b.PadRight(Math.Max(a.Length, b.Length))),
        ["in memory"] = string.CompareOrdinal,
    };

    public static TheoryData<string> Prefixes =>
    [
        "a", "durand", "INT-2026-", "jeanne@", "z", "Z", "9", "~", "é", "ÿ", "a b", "a!", "a\u0001", "\u007F", "Ā", "\uD7FE", "\uD7FF", "\uE000", "\uFFFD", "\uFFFE", "a\uFFFF",
        "😀", "a😀", "\U0001F3FF", "\U0001FFFF", "\U0010FFFE", "a\U0010FFFF", "a\uFFFF\U0010FFFF", "\U00010000",
    ];

    [Theory]
    [MemberData(nameof(Prefixes))]
    public void The_range_of_a_prefix_holds_all_that_begins_with_it(string prefix)
    {
        var end = SearchToken.EndOf(prefix);
        end.ShouldBe(Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(end)), "no half of a character");
        foreach (var (name, order) in Orders)
            foreach (var tail in (string[])["", " ", "  ", "!", "0", "a", "z", "é", "\uD7FF", "\uE000", "\uFFFD", "😀"])
                (order(prefix + tail, prefix) >= 0 && order(prefix + tail, end) < 0).ShouldBeTrue($"{name}: '{prefix}{tail}'");
    }

    // Nothing is greater than all text in both orders: such a range ends after all that is ever written.
    [Theory]
    [InlineData("")]
    [InlineData("\uFFFF")]
    [InlineData("\uFFFF\uFFFF")]
    [InlineData("\U0010FFFF")]
    public void The_range_of_a_prefix_without_a_successor_is_open(string prefix)
    {
        foreach (var (name, order) in Orders)
            foreach (var text in (string[])["", "a", "zoé", "ÿ", "\uFFFD"])
                (order(text, SearchToken.EndOf(prefix)) < 0).ShouldBeTrue($"{name}: '{text}'");
    }

    [Theory]
    [InlineData("a", "b", "A", "9", "", "ä")]
    [InlineData("durand", "duran", "durane", "dupont", "e")]
    [InlineData("1234", "1235", "123", "12")]
    [InlineData("a!", "a", "a\"", "aa")]
    [InlineData("😀", "😁", "\uFFFD", "z")]
    public void And_nothing_that_begins_otherwise(string prefix, params string[] others)
    {
        foreach (var (name, order) in Orders)
            others.Where(o => order(o, prefix) >= 0 && order(o, SearchToken.EndOf(prefix)) < 0).ShouldBeEmpty(name);
    }

    // The end was the name and a blank, which SQL Server pads away: the range was empty.
    [Theory]
    [InlineData("Name")]
    [InlineData("PasswordHash")]
    [InlineData("Filter.Companies")]
    [InlineData("é")]
    public void The_range_of_a_field_holds_its_name_and_no_other(string field)
    {
        var (from, to) = new AuditFilter(Field: field).Tokens.Single();
        foreach (var (name, order) in Orders)
        {
            (order(AuditToken.OfField(field), from) >= 0 && order(AuditToken.OfField(field), to) < 0).ShouldBeTrue(name);
            foreach (var other in (string[])[field + "Before", field + ".Inner", field + "0", field + "_", field[..^1], field.ToLowerInvariant() + "x"])
                (order(AuditToken.OfField(other), from) >= 0 && order(AuditToken.OfField(other), to) < 0).ShouldBeFalse($"{name}: {other}");
        }
    }

    [Fact]
    public void No_range_is_written_by_hand() => House.FilesOf("Tapwork.Infrastructure", ".cs").Where(f => !f.Contains("Migrations", StringComparison.Ordinal))
        .Where(f => System.Text.RegularExpressions.Regex.IsMatch(File.ReadAllText(f), @"\(char\)\(|\+ ' '[;,)]|\\uFFFF") && Path.GetFileName(f) is not "SearchToken.cs").Select(f => Path.GetFileName(f)).ShouldBeEmpty();

    [Theory]
    [Databases]
    public async Task A_search_for_rare_characters_finds_what_begins_so_and_never_fails(DatabaseProvider provider)
    {
        await using var bench = await DeliveryBench.CreateAsync(provider);
        await using var db = bench.Open();
        var mails = (string[])["durand", "durand 😀", "zoé", "ÿ", "\uD7FF", "\uFFFD"];
        db.Deliveries.AddRange(mails.Select((mail, n) => Delivery.Of(
            new DeliveryOrder(bench.Integration.Id, n, "test", "test.happened", Guid.NewGuid(), "{}", $"key-{n}", $"record-{n}", "c1", new DeliverySearch(null, null, null, mail, null)), Given.Now)));
        await db.SaveChangesAsync(TestContext.Current.CancellationToken);
        foreach (var mail in mails)
            (await FindAsync(db, mail)).ShouldContain(mail);
        (await FindAsync(db, "durand 😀")).ShouldBe(["durand 😀"]);
        foreach (var odd in (string[])["\uD83D", "\uDE00x", "a\uD83D", "\uFFFF", "\U0010FFFF", "%", "_", "[", "'", "\u0000", "a\u0000"])
        {
            await FindAsync(db, odd);
            await db.Interventions.Matching(db, odd).CountAsync(TestContext.Current.CancellationToken);
        }
    }

    private static Task<List<string?>> FindAsync(TapworkDbContext db, string search) =>
        db.Deliveries.Matching(new DeliveryFilter(search)).Select(d => d.SearchEmail).ToListAsync(TestContext.Current.CancellationToken);
}

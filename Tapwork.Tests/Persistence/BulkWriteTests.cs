using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Tests.Persistence;

/// <summary>Bulk writes pass by the interceptors that write events and the audit trail: they may touch operational tables only.</summary>
public partial class BulkWriteTests
{
    private static readonly Dictionary<string, bool> SetIsOperational = typeof(TapworkDbContext).GetProperties()
        .Where(p => p.PropertyType.IsGenericType && p.PropertyType.GetGenericTypeDefinition() == typeof(DbSet<>))
        .ToDictionary(p => p.Name, p => Models.Of(DatabaseProvider.Sqlite).FindEntityType(p.PropertyType.GetGenericArguments()[0])?.IsOperational() == true);

    [Fact]
    public void Updates_and_deletes_without_loading_touch_operational_tables_only()
    {
        var found = Sources().SelectMany(s => BulkWritesOf(s.Text).Select(set => (s.File, Set: set))).ToList();
        found.Count.ShouldBeGreaterThan(5);
        found.Where(f => !SetIsOperational.GetValueOrDefault(f.Set)).ShouldBeEmpty();
    }

    [Fact]
    public void Raw_statements_stand_in_one_file_and_name_operational_tables_only()
    {
        Sources().Where(s => RawWrite().IsMatch(s.Text.Replace("ExecuteSqlRawAsync(Statements.", "", StringComparison.Ordinal))
            && Path.GetFileName(s.File) != "SchemaUpgrade.cs").Select(s => s.File).ShouldBeEmpty();
        var audited = Models.Of(DatabaseProvider.Sqlite).GetEntityTypes().Where(e => !e.IsOperational()).Select(e => e.GetTableName()!).ToList();
        foreach (var statement in Enum.GetValues<DatabaseProvider>().SelectMany(Statements.Of))
            audited.Where(table => Regex.IsMatch(Question().Replace(statement, ""), $@"\b{table}\b")).ShouldBeEmpty(statement);
    }

    [Theory]
    [InlineData("await db.Interventions.Where(i => i.Id == id).ExecuteDeleteAsync(cancel);", "Interventions")]
    [InlineData("var x = db.Deliveries.Where(d => d.Id == id);\nawait db.SaveChangesAsync();\nawait x.ExecuteUpdateAsync(d => d);", "Deliveries")]
    [InlineData("_ = db.Deliveries; await db.Set<Photo>().ExecuteDelete();", "Set<Photo>")]
    public void The_search_finds_what_is_written_in_bulk(string source, string set) => BulkWritesOf(source).ShouldBe([set]);

    // The set that stands nearest before the call; empty, which is no operational table, when it cannot be told.
    private static IEnumerable<string> BulkWritesOf(string source) => BulkCall().Matches(source).Select(call =>
        SetName().Matches(source[..call.Index]).Select(m => m.Groups[1].Value)
            .LastOrDefault(name => SetIsOperational.ContainsKey(name) || name.StartsWith("Set<", StringComparison.Ordinal)) ?? "");

    private static IEnumerable<(string File, string Text)> Sources() => House.FilesOf("Tapwork.Infrastructure", ".cs").Concat(House.FilesOf("Tapwork.Web", ".cs", ".razor"))
        .Where(f => !f.Contains("Migrations", StringComparison.Ordinal)).Select(f => (Path.GetRelativePath(House.Root, f), File.ReadAllText(f)));

    [GeneratedRegex(@"\.Execute(Update|Delete)(Async)?\s*\(")]
    private static partial Regex BulkCall();

    [GeneratedRegex(@"\.ExecuteSql(Raw|Interpolated)?(Async)?\s*\(")]
    private static partial Regex RawWrite();

    // What a condition asks about is not written.
    [GeneratedRegex(@"EXISTS \(SELECT 1 FROM ""?\w+""? AS \w WHERE [^()]*\)")]
    private static partial Regex Question();

    [GeneratedRegex(@"\.(Set<\w+>|\w+)")]
    private static partial Regex SetName();
}

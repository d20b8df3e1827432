using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.SqlServer.TransactSql.ScriptDom;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Tests.Persistence;

/// <summary>What SQL Server would refuse though it parses.</summary>
public partial class SqlServerModelTests
{
    private static readonly IRelationalModel Model = Models.Of(DatabaseProvider.SqlServer).GetRelationalModel();

    [Fact]
    public void Primary_keys_fit_in_900_bytes_and_indexes_in_1700()
    {
        foreach (var table in Model.Tables)
        {
            table.PrimaryKey!.Columns.Sum(BytesOf).ShouldBeLessThanOrEqualTo(900, table.Name);
            foreach (var index in table.Indexes)
                // The clustered key travels with each entry, outside of this limit.
                index.Columns.Sum(BytesOf).ShouldBeLessThanOrEqualTo(1700, index.Name);
        }
    }

    [Fact]
    public void No_table_is_reached_by_two_cascading_paths()
    {
        foreach (var from in Model.Tables)
        {
            var reached = new List<string>();
            Follow(from, reached, 0);
            reached.GroupBy(name => name).Where(g => g.Count() > 1 || g.Key == from.Name).Select(g => $"{from.Name} → {g.Key}").ShouldBeEmpty();
        }
    }

    [Fact]
    public void Filters_use_only_what_a_filtered_index_may()
    {
        var filtered = Model.Tables.SelectMany(t => t.Indexes).Where(i => i.Filter is not null).ToList();
        filtered.Count.ShouldBeGreaterThan(2);
        foreach (var index in filtered)
            FaultsOf(index.Filter!, index.Table).ShouldBeEmpty(index.Name);
    }

    [Theory]
    [InlineData("\"Position\" IS NULL OR \"Id\" > 3")]
    [InlineData("\"Topic\" LIKE 'a%'")]
    [InlineData("LEN(\"Topic\") > 3")]
    [InlineData("\"Posit\" IS NULL")]
    public void A_filter_that_SQL_Server_would_refuse_is_found(string filter) => FaultsOf(filter, Model.FindTable("Events", null)!).ShouldNotBeEmpty();

    [Fact]
    public void A_unique_index_over_what_may_be_null_is_filtered() =>
        Model.Tables.SelectMany(t => t.Indexes).Where(i => i.IsUnique && i.Filter is null && i.Columns.Any(c => c.IsNullable)).Select(i => i.Name).ShouldBeEmpty();

    [Fact]
    public void States_that_a_filter_names_exist()
    {
        var names = Models.Of(DatabaseProvider.SqlServer).GetEntityTypes().SelectMany(e => e.GetProperties())
            .Select(p => Nullable.GetUnderlyingType(p.ClrType) ?? p.ClrType).Where(t => t.IsEnum).Distinct().SelectMany(Enum.GetNames).ToHashSet();
        var named = Model.Tables.SelectMany(t => t.Indexes).SelectMany(i => Quoted().Matches(i.Filter ?? "").Select(m => m.Groups[1].Value)).ToList();
        named.ShouldNotBeEmpty();
        named.Except(names).ShouldBeEmpty();
    }

    private static void Follow(ITable from, List<string> reached, int depth)
    {
        depth.ShouldBeLessThan(20, "a ring of cascades");
        foreach (var key in from.ReferencingForeignKeyConstraints.Where(k => k.OnDeleteAction is ReferentialAction.Cascade or ReferentialAction.SetNull or ReferentialAction.SetDefault))
        {
            reached.Add(key.Table.Name);
            Follow(key.Table, reached, depth + 1);
        }
    }

    private static int BytesOf(IColumnBase column)
    {
        var type = column.StoreType;
        var size = Size().Match(type);
        var length = size.Success ? int.Parse(size.Groups[1].Value, CultureInfo.InvariantCulture) : 0;
        return type.Split('(')[0] switch
        {
            "nvarchar" => size.Success ? 2 * length : int.MaxValue / 100,
            "bigint" => 8,
            "int" => 4,
            "uniqueidentifier" => 16,
            "datetimeoffset" => 10,
            "datetime2" => 8,
            "date" => 3,
            "bit" => 1,
            _ => throw new NotSupportedException($"{column.Name}: how long is {type}?"),
        };
    }

    private static List<string> FaultsOf(string filter, ITable table)
    {
        var script = new TSql170Parser(initialQuotedIdentifiers: true).Parse(new StringReader($"CREATE INDEX x ON t (c) WHERE {filter}"), out var errors);
        var seen = new FilterVisitor(table);
        script?.Accept(seen);
        return [.. errors.Select(e => e.Message), .. seen.Faults];
    }

    [GeneratedRegex(@"\((\d+)\)")]
    private static partial Regex Size();

    [GeneratedRegex("'([^']*)'")]
    private static partial Regex Quoted();

    // Comparisons, IN and IS NULL joined by AND, over columns of the table.
    private sealed class FilterVisitor(ITable table) : TSqlFragmentVisitor
    {
        public List<string> Faults { get; } = [];

        public override void Visit(BooleanBinaryExpression node)
        {
            if (node.BinaryExpressionType == BooleanBinaryExpressionType.Or)
                Faults.Add("OR");
        }

        public override void Visit(BooleanNotExpression node) => Faults.Add("NOT");

        public override void Visit(LikePredicate node) => Faults.Add("LIKE");

        public override void Visit(FunctionCall node) => Faults.Add(node.FunctionName.Value);

        public override void Visit(ColumnReferenceExpression node)
        {
            var name = node.MultiPartIdentifier.Identifiers[^1].Value;
            if (name != "c" && table.FindColumn(name) is null)
                Faults.Add($"no column {name}");
        }
    }
}

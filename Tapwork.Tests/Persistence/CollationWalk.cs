using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Tapwork.Tests.Persistence;

/// <summary>What SQL Server refuses with 451 and 468: text of two collations joined, compared, or offered as one column. Follows its rules of collation precedence.</summary>
internal sealed partial class CollationWalk
{
    private const string Default = "(the database's)";

    private static readonly Dictionary<string, Dictionary<string, Text?>> Tables = Models.Of(Tapwork.Infrastructure.Persistence.DatabaseProvider.SqlServer).GetRelationalModel().Tables
        .ToDictionary(t => t.Name, t => t.Columns.ToDictionary(c => c.Name, TextOf, StringComparer.OrdinalIgnoreCase), StringComparer.OrdinalIgnoreCase);

    private readonly List<string> _faults = [];
    private readonly Dictionary<string, Dictionary<string, Text?>> _named = new(StringComparer.OrdinalIgnoreCase);

    public static IReadOnlyList<string> FaultsOf(string statement)
    {
        var script = (TSqlScript)new TSql170Parser(initialQuotedIdentifiers: true).Parse(new StringReader(statement), out var errors);
        if (errors.Count > 0)
            return [.. errors.Select(e => e.Message)];
        var walk = new CollationWalk();
        foreach (var one in script.Batches.SelectMany(b => b.Statements))
            walk.Statement(one);
        return walk._faults;
    }

    private static Text? TextOf(IColumn column) => !column.StoreType.Contains("char", StringComparison.Ordinal) ? null
        : new Text(column.PropertyMappings[0].Property.GetCollation() ?? Default, IsExplicit: false);

    private void Statement(TSqlStatement statement)
    {
        if (statement is StatementWithCtesAndXmlNamespaces { WithCtesAndXmlNamespaces: { } with })
            foreach (var named in with.CommonTableExpressions)
                _named[named.ExpressionName.Value] = AsTable(Query(named.QueryExpression, null), named.Columns);
        switch (statement)
        {
            case SelectStatement select:
                Query(select.QueryExpression, null);
                break;
            case UpdateStatement update:
                Change(update.UpdateSpecification, update.UpdateSpecification.FromClause, update.UpdateSpecification.WhereClause);
                break;
            case DeleteStatement delete:
                Change(delete.DeleteSpecification, delete.DeleteSpecification.FromClause, delete.DeleteSpecification.WhereClause);
                break;
            case InsertStatement { InsertSpecification.InsertSource: SelectInsertSource source }:
                Query(source.Select, null);
                break;
            case InsertStatement { InsertSpecification.InsertSource: ValuesInsertSource values }:
                foreach (var value in values.RowValues.SelectMany(r => r.ColumnValues))
                    Value(value, new Scope(null));
                break;
            case MergeStatement merge:
                Merge(merge.MergeSpecification);
                break;
            case PredicateSetStatement or SetTransactionIsolationLevelStatement or SetCommandStatement:
                break;
            default:
                throw new NotSupportedException(statement.GetType().Name);
        }
    }

    private void Change(UpdateDeleteSpecificationBase change, FromClause? from, WhereClause? where)
    {
        var scope = new Scope(null);
        if (from is not null)
            foreach (var table in from.TableReferences)
                Table(table, scope);
        else
            Table(change.Target, scope);
        if (where?.SearchCondition is { } condition)
            Condition(condition, scope);
        if (change is UpdateSpecification update)
            foreach (var set in update.SetClauses.OfType<AssignmentSetClause>())
                Value(set.NewValue, scope);
    }

    private void Merge(MergeSpecification merge)
    {
        var scope = new Scope(null);
        Table(merge.Target, scope);
        if (merge.TableAlias is { } alias && merge.Target is NamedTableReference target)
            scope.Tables[alias.Value] = Columns(target);
        Table(merge.TableReference, scope);
        Condition(merge.SearchCondition, scope);
        foreach (var set in merge.ActionClauses.Select(c => c.Action).OfType<UpdateMergeAction>().SelectMany(a => a.SetClauses).OfType<AssignmentSetClause>())
            Value(set.NewValue, scope);
    }

    private List<(string Name, Text? Text)> Query(QueryExpression query, Scope? outer)
    {
        switch (query)
        {
            case QueryParenthesisExpression parenthesis:
                return Query(parenthesis.QueryExpression, outer);
            case BinaryQueryExpression both:
                var (first, second) = (Query(both.FirstQueryExpression, outer), Query(both.SecondQueryExpression, outer));
                return [.. first.Zip(second, (a, b) => (a.Name, Together(a.Text, b.Text, both)))];
            case QuerySpecification one:
                return Specification(one, new Scope(outer));
            default:
                throw new NotSupportedException(query.GetType().Name);
        }
    }

    private List<(string Name, Text? Text)> Specification(QuerySpecification query, Scope scope)
    {
        foreach (var table in query.FromClause?.TableReferences ?? [])
            Table(table, scope);
        if (query.WhereClause?.SearchCondition is { } where)
            Condition(where, scope);
        if (query.HavingClause?.SearchCondition is { } having)
            Condition(having, scope);
        foreach (var group in query.GroupByClause?.GroupingSpecifications.OfType<ExpressionGroupingSpecification>() ?? [])
            Value(group.Expression, scope);
        var columns = new List<(string, Text?)>();
        foreach (var element in query.SelectElements)
            if (element is SelectScalarExpression scalar)
                columns.Add((scalar.ColumnName?.Value ?? (scalar.Expression as ColumnReferenceExpression)?.MultiPartIdentifier.Identifiers[^1].Value ?? "", Value(scalar.Expression, scope)));
            else if (element is SelectStarExpression)
                columns.AddRange(scope.Tables.Values.SelectMany(t => t).Select(c => (c.Key, c.Value)));
        // An order may name a column of the result.
        var result = new Scope(scope) { Tables = { [""] = AsTable(columns, []) } };
        foreach (var order in query.OrderByClause?.OrderByElements ?? [])
            Value(order.Expression, result);
        return columns;
    }

    private void Table(TableReference table, Scope scope)
    {
        switch (table)
        {
            case NamedTableReference named:
                scope.Tables[named.Alias?.Value ?? named.SchemaObject.BaseIdentifier.Value] = Columns(named);
                break;
            case QueryDerivedTable derived:
                scope.Tables[derived.Alias.Value] = AsTable(Query(derived.QueryExpression, scope), derived.Columns);
                break;
            case InlineDerivedTable values:
                var rows = values.RowValues.Select(r => r.ColumnValues.Select(v => Value(v, scope)).ToList()).ToList();
                scope.Tables[values.Alias.Value] = AsTable([.. Enumerable.Range(0, values.Columns.Count).Select(n => ("", rows.Select(r => r[n]).Aggregate((a, b) => Together(a, b, values))))], values.Columns);
                break;
            case OpenJsonTableReference json:
                Value(json.Variable, scope);
                scope.Tables[json.Alias.Value] = JsonColumns(json);
                break;
            case QualifiedJoin join:
                Table(join.FirstTableReference, scope);
                Table(join.SecondTableReference, scope);
                Condition(join.SearchCondition, scope);
                break;
            case UnqualifiedJoin join:
                Table(join.FirstTableReference, scope);
                Table(join.SecondTableReference, scope);
                break;
            case JoinParenthesisTableReference join:
                Table(join.Join, scope);
                break;
            default:
                throw new NotSupportedException(table.GetType().Name);
        }
    }

    private Dictionary<string, Text?> Columns(NamedTableReference named) =>
        _named.GetValueOrDefault(named.SchemaObject.BaseIdentifier.Value) ?? Tables.GetValueOrDefault(named.SchemaObject.BaseIdentifier.Value) ?? [];

    // Without a list of columns: key, value and type; the value in the database's collation.
    private static Dictionary<string, Text?> JsonColumns(OpenJsonTableReference json) => json.SchemaDeclarationItems.Count == 0
        ? new(StringComparer.OrdinalIgnoreCase) { ["key"] = new Text("Latin1_General_BIN2", false), ["value"] = new Text(Default, false), ["type"] = null }
        : json.SchemaDeclarationItems.Select(i => i.ColumnDefinition).ToDictionary(c => c.ColumnIdentifier.Value, c => IsText(c.DataType) ? new Text(c.Collation?.Value ?? Default, false) : null, StringComparer.OrdinalIgnoreCase);

    // A column of a derived table is a column, though it came of a parameter.
    private static Dictionary<string, Text?> AsTable(List<(string Name, Text? Text)> columns, IList<Identifier> names)
    {
        var table = new Dictionary<string, Text?>(StringComparer.OrdinalIgnoreCase);
        for (var n = 0; n < columns.Count; n++)
            table[n < names.Count ? names[n].Value : columns[n].Name] = columns[n].Text is { } text ? new Text(text.Collation ?? Default, IsExplicit: false) : null;
        return table;
    }

    private static bool IsText(DataTypeReference type) =>
        type is SqlDataTypeReference { SqlDataTypeOption: SqlDataTypeOption.NVarChar or SqlDataTypeOption.VarChar or SqlDataTypeOption.NChar or SqlDataTypeOption.Char or SqlDataTypeOption.NText or SqlDataTypeOption.Text };

    /// <param name="Collation">Null for a literal or a parameter, which takes that of its company.</param>
    private sealed record Text(string? Collation, bool IsExplicit);

    private sealed class Scope(Scope? outer)
    {
        public Dictionary<string, Dictionary<string, Text?>> Tables { get; } = new(StringComparer.OrdinalIgnoreCase);

        public Text? Find(IList<Identifier> name)
        {
            var column = name[^1].Value;
            for (var scope = this; scope is not null; scope = scope.Outer)
                foreach (var (alias, table) in scope.Tables)
                    if ((name.Count == 1 || alias.Equals(name[^2].Value, StringComparison.OrdinalIgnoreCase)) && table.TryGetValue(column, out var text))
                        return text;
            return null;
        }

        private Scope? Outer => outer;
    }
}

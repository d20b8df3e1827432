using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Tapwork.Tests.Persistence;

internal sealed partial class CollationWalk
{
    private static readonly HashSet<string> Numbers = new(StringComparer.OrdinalIgnoreCase)
    {
        "COUNT", "COUNT_BIG", "LEN", "DATALENGTH", "SUM", "AVG", "ROW_NUMBER", "RANK", "CHARINDEX", "PATINDEX", "DATEDIFF", "DATEADD", "DATEPART", "ABS", "ROUND", "NEWID", "SYSDATETIMEOFFSET",
    };

    private void Condition(BooleanExpression condition, Scope scope)
    {
        switch (condition)
        {
            case BooleanBinaryExpression both:
                Condition(both.FirstExpression, scope);
                Condition(both.SecondExpression, scope);
                break;
            case BooleanNotExpression not:
                Condition(not.Expression, scope);
                break;
            case BooleanParenthesisExpression parenthesis:
                Condition(parenthesis.Expression, scope);
                break;
            case BooleanIsNullExpression isNull:
                Value(isNull.Expression, scope);
                break;
            case BooleanComparisonExpression comparison:
                All(scope, comparison, comparison.FirstExpression, comparison.SecondExpression);
                break;
            case BooleanTernaryExpression between:
                All(scope, between, between.FirstExpression, between.SecondExpression, between.ThirdExpression);
                break;
            case LikePredicate like:
                All(scope, like, like.FirstExpression, like.SecondExpression);
                break;
            case InPredicate within when within.Subquery is { } subquery:
                Together(Value(within.Expression, scope), Query(subquery.QueryExpression, scope)[0].Text, within);
                break;
            case InPredicate within:
                All(scope, within, [within.Expression, .. within.Values]);
                break;
            case ExistsPredicate exists:
                Query(exists.Subquery.QueryExpression, scope);
                break;
            default:
                throw new NotSupportedException(condition.GetType().Name);
        }
    }

    private Text? Value(ScalarExpression value, Scope scope)
    {
        var text = Inside(value, scope);
        return value is PrimaryExpression { Collation: { } collation } ? new Text(collation.Value, IsExplicit: true) : text;
    }

    private Text? Inside(ScalarExpression value, Scope scope)
    {
        switch (value)
        {
            case ColumnReferenceExpression { MultiPartIdentifier: { } name }:
                return scope.Find(name.Identifiers);
            case StringLiteral or VariableReference:
                return new Text(null, IsExplicit: false);
            case Literal or ColumnReferenceExpression:
                return null;
            case ParenthesisExpression parenthesis:
                return Value(parenthesis.Expression, scope);
            case UnaryExpression unary:
                return Value(unary.Expression, scope);
            case BinaryExpression both:
                return All(scope, both, both.FirstExpression, both.SecondExpression);
            case CoalesceExpression coalesce:
                return All(scope, coalesce, [.. coalesce.Expressions]);
            case NullIfExpression nullIf:
                return All(scope, nullIf, nullIf.FirstExpression, nullIf.SecondExpression);
            case IIfCall choice:
                Condition(choice.Predicate, scope);
                return All(scope, choice, choice.ThenExpression, choice.ElseExpression);
            case SearchedCaseExpression choice:
                foreach (var when in choice.WhenClauses)
                    Condition(when.WhenExpression, scope);
                return All(scope, choice, [.. choice.WhenClauses.Select(w => w.ThenExpression), .. Optional(choice.ElseExpression)]);
            case SimpleCaseExpression choice:
                All(scope, choice, [choice.InputExpression, .. choice.WhenClauses.Select(w => w.WhenExpression)]);
                return All(scope, choice, [.. choice.WhenClauses.Select(w => w.ThenExpression), .. Optional(choice.ElseExpression)]);
            case CastCall cast:
                return Converted(Value(cast.Parameter, scope), cast.DataType);
            case ConvertCall convert:
                return Converted(Value(convert.Parameter, scope), convert.DataType);
            case LeftFunctionCall left:
                return Value(left.Parameters[0], scope);
            case RightFunctionCall right:
                return Value(right.Parameters[0], scope);
            case ScalarSubquery subquery:
                return Query(subquery.QueryExpression, scope)[0].Text;
            case FunctionCall call:
                return Result(call, scope);
            default:
                throw new NotSupportedException(value.GetType().Name);
        }
    }

    private Text? Result(FunctionCall call, Scope scope)
    {
        foreach (var order in call.OverClause?.OrderByClause?.OrderByElements ?? [])
            Value(order.Expression, scope);
        foreach (var part in call.OverClause?.Partitions ?? [])
            Value(part, scope);
        // A path or a format is no company for the text it is applied to.
        var text = call.FunctionName.Value.StartsWith("JSON_", StringComparison.OrdinalIgnoreCase) ? Value(call.Parameters[0], scope)
            : All(scope, call, [.. call.Parameters.Where(p => p is not ColumnReferenceExpression { MultiPartIdentifier.Identifiers: [{ Value: "hour" or "day" or "minute" or "second" or "month" or "year" }] })]);
        return Numbers.Contains(call.FunctionName.Value) ? null : text;
    }

    private static Text? Converted(Text? from, DataTypeReference type) => IsText(type) ? from ?? new Text(null, IsExplicit: false) : null;

    private static IEnumerable<ScalarExpression> Optional(ScalarExpression? value) => value is null ? [] : [value];

    private Text? All(Scope scope, TSqlFragment place, params IReadOnlyList<ScalarExpression> values) =>
        values.Select(v => Value(v, scope)).Aggregate((Text?)null, (a, b) => Together(a, b, place));

    private Text? Together(Text? a, Text? b, TSqlFragment place)
    {
        if (a is null || b is null)
            return a ?? b;
        if (a.Collation is null || b.Collation is null)
            return a.Collation is null ? b : a;
        if (a.IsExplicit != b.IsExplicit)
            return a.IsExplicit ? a : b;
        if (a.Collation != b.Collation)
            _faults.Add($"{a.Collation} and {b.Collation}: {string.Concat(place.ScriptTokenStream.Skip(place.FirstTokenIndex).Take(place.LastTokenIndex - place.FirstTokenIndex + 1).Select(t => t.Text))}");
        return a;
    }
}

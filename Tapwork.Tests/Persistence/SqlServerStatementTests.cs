using System.Linq.Expressions;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Tapwork.Core.Interventions;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Tests.Persistence;

/// <summary>What the application says to SQL Server, statement by statement: what parses and would still be refused, or mean something else than on the other two.</summary>
public sealed partial class SqlServerStatementTests
{
    [Fact]
    public async Task Text_of_two_collations_meets_in_no_statement()
    {
        var emitted = await EmittedStatements.AllAsync();
        emitted.Statements.Count.ShouldBeGreaterThan(250, "the statements were not gathered");
        // Those of the issue are among them.
        foreach (var named in (string[])["OPENJSON", "[ParkedEvents]", "[InboundCalls]", "MERGE Sequences", "[AuditTokens]"])
            emitted.Statements.Keys.ShouldContain(s => s.Contains(named, StringComparison.Ordinal), named);
        emitted.Statements.SelectMany(s => CollationWalk.FaultsOf(s.Key).Select(fault => $"{s.Value}: {fault}")).ShouldBeEmpty();
    }

    [Fact]
    public void Text_of_two_collations_meets_in_no_raw_statement() =>
        Statements.Of(DatabaseProvider.SqlServer).Select(s => Placeholder().Replace(s, "@p$1")).SelectMany(CollationWalk.FaultsOf).ShouldBeEmpty();

    [Theory]
    // As they were: the trail, reconciliation, the log, the numbers.
    [InlineData("SELECT t.EntryId FROM OPENJSON(@p) AS w CROSS APPLY (SELECT t.EntryId FROM AuditTokens AS t WHERE t.Token = w.value) AS t")]
    [InlineData("SELECT p.Reader + N' · ' + CAST(p.Position AS nvarchar(max)) + N' · ' + p.Error FROM ParkedEvents AS p")]
    [InlineData("SELECT COALESCE((SELECT TOP(1) i.Name FROM Integrations AS i WHERE i.Code = c.Source), c.Source) FROM InboundCalls AS c")]
    [InlineData("MERGE Sequences AS s USING (SELECT @p AS Name) AS n ON s.Name = n.Name WHEN MATCHED THEN UPDATE SET Last = s.Last + 1;")]
    // Others of the kind.
    [InlineData("SELECT CASE WHEN i.IsEnabled = 1 THEN i.Code ELSE i.Name END FROM Integrations AS i")]
    [InlineData("SELECT CASE i.Code WHEN i.Name THEN 1 END FROM Integrations AS i")]
    [InlineData("SELECT IIF(1 = 1, i.Code, i.Name) FROM Integrations AS i")]
    [InlineData("SELECT ISNULL(i.Code, i.Name) FROM Integrations AS i")]
    [InlineData("SELECT NULLIF(i.Code, i.Name) FROM Integrations AS i")]
    [InlineData("SELECT CONCAT(i.Code, N' ', i.Name) FROM Integrations AS i")]
    [InlineData("SELECT REPLACE(i.Name, i.Code, N'') FROM Integrations AS i")]
    [InlineData("SELECT CHARINDEX(i.Code, i.Name) FROM Integrations AS i")]
    [InlineData("SELECT LOWER(i.Code) + LEFT(i.Name, 3) FROM Integrations AS i")]
    [InlineData("SELECT i.Code FROM Integrations AS i UNION ALL SELECT i.Name FROM Integrations AS i")]
    [InlineData("SELECT 1 FROM Integrations AS i WHERE i.Code IN (N'a', i.Name)")]
    [InlineData("SELECT 1 FROM Integrations AS i WHERE i.Code IN (SELECT o.Name FROM Integrations AS o)")]
    [InlineData("SELECT 1 FROM Integrations AS i WHERE i.Name LIKE i.Code + N'%'")]
    [InlineData("SELECT 1 FROM Integrations AS i WHERE i.Code < i.Name")]
    [InlineData("SELECT 1 FROM Integrations AS i WHERE i.Code BETWEEN N'a' AND i.Name")]
    [InlineData("SELECT 1 FROM Integrations AS i JOIN Integrations AS o ON o.Code = i.Name")]
    [InlineData("SELECT 1 FROM Integrations AS i WHERE EXISTS (SELECT 1 FROM Companies AS c WHERE c.Siret = i.Name)")]
    [InlineData("SELECT 1 FROM Integrations AS i ORDER BY i.Code + i.Name")]
    [InlineData("WITH named AS (SELECT Name AS Said FROM Integrations) SELECT 1 FROM named AS n JOIN Integrations AS i ON i.Code = n.Said")]
    [InlineData("SELECT 1 FROM OPENJSON(@p) WITH (word nvarchar(60) '$') AS w JOIN AuditTokens AS t ON t.Token = w.word")]
    [InlineData("UPDATE i SET Owner = i.Code + i.Name FROM Integrations AS i")]
    [InlineData("DELETE FROM Integrations WHERE Code = Name")]
    [InlineData("INSERT INTO Integrations (Name) SELECT Code + Name FROM Integrations")]
    public void Two_collations_are_found_in(string statement) => CollationWalk.FaultsOf(statement).ShouldNotBeEmpty();

    [Theory]
    [InlineData("SELECT 1 FROM Integrations AS i WHERE i.Code = @p AND i.Name = N'a' AND i.Code COLLATE Latin1_General_CI_AS = i.Name")]
    [InlineData("SELECT i.Code, i.Name FROM Integrations AS i JOIN Companies AS c ON c.Siret = i.Code")]
    [InlineData("INSERT INTO Integrations (Name) SELECT Code FROM Integrations")]
    [InlineData("SELECT 1 FROM OPENJSON(@p) AS w JOIN AuditTokens AS t ON t.Token = CAST(w.value AS nvarchar(60)) COLLATE Latin1_General_100_BIN2")]
    [InlineData("SELECT CASE WHEN i.Code = N'a' THEN i.Name END FROM Integrations AS i")]
    public void One_collation_is_let_be(string statement) => CollationWalk.FaultsOf(statement).ShouldBeEmpty();

    // SQL Server orders a Guid by its last bytes first, so that the latest is any.
    [Fact]
    public async Task Nothing_is_ordered_by_a_Guid()
    {
        var queries = (await EmittedStatements.AllAsync()).Queries;
        queries.Count.ShouldBeGreaterThan(150, "the queries were not gathered");
        queries.SelectMany(GuidOrder.Of).Distinct().ShouldBeEmpty();
    }

    [Fact]
    public void An_order_by_a_Guid_is_found_and_paging_by_the_key_itself_is_let_be()
    {
        using var db = Models.Context(DatabaseProvider.SqlServer);
        var some = Guid.NewGuid();
        foreach (var query in (IQueryable[])[
            db.AuditReports.OrderByDescending(r => r.Id), db.Set<Intervention>().OrderBy(i => i.ChangedAt).ThenBy(i => i.Id), db.Set<Intervention>().OrderBy(i => i.AssignedTo),
            db.Set<Intervention>().OrderBy(i => i.Id.ToString()), db.Set<Intervention>().GroupBy(i => i.CompanyId).Select(g => g.Max(i => i.Id)),
            db.Set<Intervention>().Where(i => db.Set<Intervention>().OrderBy(o => o.Id).First() == i)])
            GuidOrder.Of(query.Expression).ShouldNotBeEmpty(query.Expression.ToString());
        GuidOrder.Of(db.AuditReports.OrderByDescending(r => r.At).Expression).ShouldBeEmpty();
        GuidOrder.Of(db.Set<Intervention>().Where(i => i.Id > some).OrderBy(i => i.Id).Take(10).Expression).ShouldBeEmpty();
    }

    [Fact]
    public void What_reads_past_locked_rows_asks_for_locks_and_reads_its_rows_once()
    {
        var reading = Statements.Of(DatabaseProvider.SqlServer).Where(s => s.Contains("READPAST", StringComparison.Ordinal)).ToList();
        reading.Count.ShouldBe(4, "positions, claims in and out of order, recovered leases");
        reading.ShouldAllBe(s => s.Contains("READCOMMITTEDLOCK", StringComparison.Ordinal) && s.Contains("UPDLOCK", StringComparison.Ordinal));
        Regex.Count(Statements.GivePositions(DatabaseProvider.SqlServer), @"\bEvents\b").ShouldBe(1);
    }

    [Fact]
    public async Task Whoever_waits_for_a_row_gives_up_in_time() => (await EmittedStatements.AllAsync()).Statements.Keys.ShouldContain(LockTimeout.Statement);

    [Theory]
    [InlineData(160, true, null, 0)]
    [InlineData(130, false, null, 1)]
    [InlineData(120, true, "compatibility level is 120", 0)]
    public void A_start_refuses_an_old_level_and_warns_where_readers_block_writers(int level, bool isSnapshotOn, string? refusal, int warnings)
    {
        var log = new Warnings();
        var requirements = new SqlServerRequirements(null!, log);
        if (refusal is null)
            requirements.Check(level, isSnapshotOn);
        else
            Should.Throw<InvalidOperationException>(() => requirements.Check(level, isSnapshotOn)).Message.ShouldContain(refusal);
        log.Said.Count.ShouldBe(warnings);
        log.Said.ShouldAllBe(w => w.Contains("READ_COMMITTED_SNAPSHOT ON"));
    }

    [GeneratedRegex(@"\{(\d)\}")]
    private static partial Regex Placeholder();

    private sealed class Warnings : ILogger<SqlServerRequirements>
    {
        public List<string> Said { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => NullLogger.Instance.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Said.Add(formatter(state, exception));
    }

    /// <summary>Orders, greatest and least by a Guid. Paging over a key by the same key is one: which comes first does not matter there.</summary>
    private sealed class GuidOrder : ExpressionVisitor
    {
        private static readonly string[] Orders = ["OrderBy", "OrderByDescending", "ThenBy", "ThenByDescending", "Max", "Min", "MaxBy", "MinBy"];
        private readonly List<string> _found = [];
        private bool _pagesByKey;

        public static IReadOnlyList<string> Of(Expression query)
        {
            var visitor = new GuidOrder();
            visitor.Visit(query);
            return visitor._pagesByKey ? [] : visitor._found;
        }

        protected override Expression VisitMethodCall(MethodCallExpression node)
        {
            if (Orders.Contains(node.Method.Name) && node.Arguments is [_, var argument, ..] && Unquoted(argument) is LambdaExpression { Body: var by } && IsGuid(by))
                _found.Add(node.ToString());
            return base.VisitMethodCall(node);
        }

        protected override Expression VisitBinary(BinaryExpression node)
        {
            _pagesByKey |= node.NodeType is ExpressionType.GreaterThan or ExpressionType.LessThan && IsGuid(node.Left);
            return base.VisitBinary(node);
        }

        private static Expression Unquoted(Expression e) => e is UnaryExpression { NodeType: ExpressionType.Quote } quote ? quote.Operand : e;

        private static bool IsGuid(Expression by) => (Nullable.GetUnderlyingType(by.Type) ?? by.Type) == typeof(Guid)
            || (by is MethodCallExpression { Method.Name: "ToString", Object: { } inner } && IsGuid(inner)) || (by is UnaryExpression { NodeType: ExpressionType.Convert } convert && IsGuid(convert.Operand));
    }
}

using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.SqlServer.TransactSql.ScriptDom;
using Tapwork.Infrastructure.Auditing;
using Tapwork.Infrastructure.Events;
using Tapwork.Infrastructure.Monitoring;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Tests.Persistence;

/// <summary>SQL Server cannot run here: what it would be sent is parsed.</summary>
public class SqlServerTests
{
    private static SqlServerTapworkDbContext Context() => new(new DbContextOptionsBuilder<SqlServerTapworkDbContext>().UseSqlServer("Server=.").Options);

    [Fact]
    public void The_schema_s_script_parses()
    {
        using var db = Context();
        Errors(db.Database.GenerateCreateScript()).ShouldBeEmpty();
    }

    [Fact]
    public void The_migrations_script_parses_batch_by_batch()
    {
        using var db = Context();
        var script = db.GetService<IMigrator>().GenerateScript(options: MigrationsSqlGenerationOptions.Idempotent);
        script.ShouldContain("Deliveries");
        Errors(script).ShouldBeEmpty();
    }

    [Fact]
    public void Every_raw_statement_parses()
    {
        foreach (var statement in Statements.Of(DatabaseProvider.SqlServer))
            Errors(string.Format(System.Globalization.CultureInfo.InvariantCulture, statement, [.. Enumerable.Range(0, 8).Select(n => $"@p{n}")])).ShouldBeEmpty(statement);
    }

    [Theory]
    [InlineData(typeof(EventRecord))]
    [InlineData(typeof(AuditEntry))]
    [InlineData(typeof(LogEntry))]
    public void What_is_appended_is_inserted_by_a_statement_that_parses_and_names_every_column_but_the_key(Type row)
    {
        using var db = Context();
        var type = db.Model.FindEntityType(row)!;
        var statement = AppendedRows.StatementOf(type, DatabaseProvider.SqlServer);
        Errors(statement).ShouldBeEmpty(statement);
        type.GetProperties().Where(p => !statement.Contains($"\"{p.GetColumnName()}\"", StringComparison.Ordinal)).Select(p => p.Name).ShouldBe(["Id"]);
    }

    [Theory]
    [InlineData(typeof(EventCursor), "Name")]
    [InlineData(typeof(JobRun), "Name")]
    [InlineData(typeof(Core.Integrations.DestinationState), "IntegrationId")]
    [InlineData(typeof(Core.Webhooks.InboundCall), "Source", "BodyHash")]
    [InlineData(typeof(Infrastructure.Drafts.Draft), "PersonId", "Form")]
    public void What_is_inserted_if_missing_is_looked_for_by_its_key_under_a_lock(Type row, params string[] key)
    {
        using var db = Context();
        var statement = AppendedRows.IfMissingOf(db.Model.FindEntityType(row)!, DatabaseProvider.SqlServer);
        Errors(statement).ShouldBeEmpty(statement);
        CollationWalk.FaultsOf(statement).ShouldBeEmpty(statement);
        statement.ShouldContain("WITH (UPDLOCK, HOLDLOCK)");
        statement[statement.LastIndexOf("WHERE", StringComparison.Ordinal)..].Count(c => c == '=').ShouldBe(key.Length);
        foreach (var column in key)
            statement[statement.LastIndexOf("WHERE", StringComparison.Ordinal)..].ShouldContain($"\"{column}\" = @p");
    }

    [Fact]
    public void The_parser_finds_what_is_wrong() => Errors("UPDATE FROM x").ShouldNotBeEmpty();

    private static IEnumerable<string> Errors(string script)
    {
        new TSql170Parser(initialQuotedIdentifiers: true).Parse(new StringReader(script), out var errors);
        return errors.Select(e => $"{e.Line}:{e.Column} {e.Message}");
    }
}

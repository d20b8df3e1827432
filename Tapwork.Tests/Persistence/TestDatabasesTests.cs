using System.Text.RegularExpressions;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Tests.Persistence;

/// <summary>SQL Server takes every test that PostgreSQL takes, where there is one.</summary>
public sealed partial class TestDatabasesTests
{
    // Of PostgreSQL's own: the scheduler's lock rows, event triggers, a text without NUL, its errors and rights, what an HTTP request is told.
    private static readonly string[] OfPostgreSqlAlone =
        ["KilledStartTests.cs", "SchemaUpgradeTests.cs", "LeaseTests.cs", "TransientErrorsTests.cs", "UnreachableStartTests.cs", "TransientErrorTests.cs", "TestDatabase.cs", "TestDatabasesTests.cs", "Needs.cs"];

    [Fact]
    public void Without_a_server_its_cases_are_not_listed_and_with_one_they_are()
    {
        TestDatabases.All.Contains(DatabaseProvider.SqlServer).ShouldBe(Needs.SqlServer is not null);
        TestDatabases.Servers.ShouldContain(DatabaseProvider.PostgreSql);
        TestDatabases.All.ShouldBe([DatabaseProvider.Sqlite, .. TestDatabases.Servers]);
    }

    [Fact]
    public void No_test_takes_PostgreSQL_alone_without_a_reason() => House.FilesOf("Tapwork.Tests", ".cs")
        .Where(f => !OfPostgreSqlAlone.Contains(Path.GetFileName(f)) && Alone().IsMatch(File.ReadAllText(f))).Select(f => Path.GetFileName(f)).ShouldBeEmpty();

    [GeneratedRegex(@"InlineData\(DatabaseProvider\.PostgreSql[,)](?! ""C"")|PostgreSqlAsync\(|(CreateAsync|StartAsync|EmptyAsync)\([\w.]*DatabaseProvider\.PostgreSql|Needs\.PostgreSql\(\);\s*await")]
    private static partial Regex Alone();
}

namespace Tapwork.Tests;

/// <summary>What a test needs from the machine; where it is missing the test is skipped with the reason.</summary>
public static class Needs
{
    /// <summary>Connection string of a server on which databases may be created.</summary>
    public static string? PostgreSqlServer => Environment.GetEnvironmentVariable("TAPWORK_TEST_POSTGRES");

    /// <summary>Connection string of a SQL Server on which databases may be created; null, and no test takes it, where there is none.</summary>
    public static string? SqlServer => Environment.GetEnvironmentVariable("TAPWORK_TEST_SQLSERVER") is { Length: > 0 } server ? server : null;

    public static string? ChromiumPath
    {
        get
        {
            var path = Environment.GetEnvironmentVariable("TAPWORK_TEST_CHROMIUM") ?? "/usr/bin/chromium";
            return File.Exists(path) ? path : null;
        }
    }

    public static void PostgreSql() =>
        Assert.SkipWhen(string.IsNullOrEmpty(PostgreSqlServer), "needs a PostgreSQL server: set TAPWORK_TEST_POSTGRES to its connection string");

    public static void Chromium() =>
        Assert.SkipWhen(ChromiumPath is null, "needs Chromium: install it, or set TAPWORK_TEST_CHROMIUM to its path");

    /// <summary>Folder of npm packages the tests compare with: <c>standardwebhooks</c>.</summary>
    public static string? NodeModules => Environment.GetEnvironmentVariable("TAPWORK_TEST_NODE_MODULES");

    public static void NodePackages() =>
        Assert.SkipWhen(string.IsNullOrEmpty(NodeModules), "needs Node.js and the npm package standardwebhooks: set TAPWORK_TEST_NODE_MODULES to the folder node_modules it is in");
}

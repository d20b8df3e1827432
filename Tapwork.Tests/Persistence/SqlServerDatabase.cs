using Microsoft.Data.SqlClient;

namespace Tapwork.Tests.Persistence;

/// <summary>Databases on the server that <c>TAPWORK_TEST_SQLSERVER</c> names; SQL Server copies no template, so each is migrated.</summary>
internal static class SqlServerDatabase
{
    private static int _count;

    public static string NewConnectionString() =>
        new SqlConnectionStringBuilder(Needs.SqlServer) { InitialCatalog = $"tapwork_test_{Environment.ProcessId}_{Interlocked.Increment(ref _count)}", MaxPoolSize = 60 }.ToString();

    public static Task CreateAsync(string connectionString) => OnServerAsync(connectionString, name => $"CREATE DATABASE [{name}]; ALTER DATABASE [{name}] SET READ_COMMITTED_SNAPSHOT ON");

    public static Task DropAsync(string connectionString)
    {
        SqlConnection.ClearAllPools();
        return OnServerAsync(connectionString, name => $"IF DB_ID('{name}') IS NOT NULL BEGIN ALTER DATABASE [{name}] SET SINGLE_USER WITH ROLLBACK IMMEDIATE; DROP DATABASE [{name}] END");
    }

    /// <summary>Ends every connection and lets none in.</summary>
    public static Task CloseAsync(string connectionString) => OnServerAsync(connectionString, name => $"ALTER DATABASE [{name}] SET OFFLINE WITH ROLLBACK IMMEDIATE");

    public static Task ReopenAsync(string connectionString) => OnServerAsync(connectionString, name => $"ALTER DATABASE [{name}] SET ONLINE");

    private static async Task OnServerAsync(string connectionString, Func<string, string> statement)
    {
        await using var connection = new SqlConnection(new SqlConnectionStringBuilder(connectionString) { InitialCatalog = "master", Pooling = false }.ToString());
        await connection.OpenAsync();
        await using var command = new SqlCommand(statement(new SqlConnectionStringBuilder(connectionString).InitialCatalog), connection);
        await command.ExecuteNonQueryAsync();
    }
}

using System.Reflection;
using Tapwork.Infrastructure.Persistence;
using Xunit.Sdk;
using Xunit.v3;

namespace Tapwork.Tests.Persistence;

/// <summary>
/// Runs a theory on each database; what else it takes follows the provider. SQL Server is among them where <c>TAPWORK_TEST_SQLSERVER</c> names a server; elsewhere its
/// cases are not listed, because CI takes a skipped case for a fault.
/// </summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public class DatabasesAttribute(params object?[] more) : DataAttribute
{
    protected virtual IEnumerable<DatabaseProvider> Providers => TestDatabases.All;

    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker) =>
        ValueTask.FromResult<IReadOnlyCollection<ITheoryDataRow>>([.. Providers.Select(p => new TheoryDataRow([p, .. more]))]);

    public override bool SupportsDiscoveryEnumeration() => true;
}

/// <summary>Runs a theory on each database that is a server: what several connections do at once.</summary>
public sealed class ServersAttribute(params object?[] more) : DatabasesAttribute(more)
{
    protected override IEnumerable<DatabaseProvider> Providers => TestDatabases.Servers;
}

/// <summary>The databases tests run on.</summary>
public static class TestDatabases
{
    public static IReadOnlyList<DatabaseProvider> Servers => Needs.SqlServer is null ? [DatabaseProvider.PostgreSql] : [DatabaseProvider.PostgreSql, DatabaseProvider.SqlServer];

    public static IReadOnlyList<DatabaseProvider> All => [DatabaseProvider.Sqlite, .. Servers];

    /// <summary>For a theory that names its data itself.</summary>
    public static TheoryData<DatabaseProvider> Data => [.. All];
}

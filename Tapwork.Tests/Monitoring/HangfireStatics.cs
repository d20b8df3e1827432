using System.Runtime.CompilerServices;
using Hangfire;
using Hangfire.InMemory;
using Hangfire.PostgreSql;
using Hangfire.SqlServer;

namespace Tapwork.Tests.Monitoring;

/// <summary>
/// Has Hangfire's types make their loggers before any application is composed. A type first used while the application composed last is
/// already gone asks that one's logger factory, and fails for the rest of the process.
/// </summary>
internal static class HangfireStatics
{
    [ModuleInitializer]
    internal static void Initialise()
    {
        foreach (var type in new[] { typeof(BackgroundJob), typeof(PostgreSqlStorage), typeof(SqlServerStorage), typeof(InMemoryStorage) }.SelectMany(t => t.Assembly.GetTypes()))
            if (!type.ContainsGenericParameters && type.TypeInitializer is not null)
                RuntimeHelpers.RunClassConstructor(type.TypeHandle);
    }
}

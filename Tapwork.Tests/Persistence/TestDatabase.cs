using System.Collections.Concurrent;
using Microsoft.Data.SqlClient;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Auditing;
using Tapwork.Infrastructure.Events;
using Tapwork.Infrastructure.Persistence;
using Tapwork.Tests.Reliability;

namespace Tapwork.Tests.Persistence;

/// <summary>A real, migrated database of a test's own, copied from a template that is migrated once.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    private static readonly ConcurrentDictionary<DatabaseProvider, Lazy<Task<string>>> Templates = new();
    private static readonly string AuditFolder = Directory.CreateTempSubdirectory("tapwork-audit-").FullName;
    private static int _count;

    private readonly Func<Task> _drop;

    private TestDatabase(DatabaseProvider provider, string connectionString, Func<Task> drop)
    {
        (Provider, ConnectionString, _drop) = (provider, connectionString, drop);
        HeadsFile = Path.Combine(AuditFolder, $"{Guid.NewGuid():n}.jsonl");
        Services = new Lazy<ServiceProvider>(() => Compose(Settings).BuildServiceProvider());
    }

    public DatabaseProvider Provider { get; }

    public string ConnectionString { get; }

    /// <summary>Where the audit trail's heads stand outside of it.</summary>
    public string HeadsFile { get; }

    public Database Database => Services.Value.GetRequiredService<Database>();

    public Lazy<ServiceProvider> Services { get; }

    public TapworkDbContext Open() => Database.Open(Actor.System("test"));

    public static Task<TestDatabase> SqliteAsync() => CreateAsync(DatabaseProvider.Sqlite);

    /// <summary>Skips the test with the reason where no server is to be had.</summary>
    public static Task<TestDatabase> PostgreSqlAsync()
    {
        Needs.PostgreSql();
        return CreateAsync(DatabaseProvider.PostgreSql);
    }

    public static Task<TestDatabase> CreateAsync(DatabaseProvider provider)
    {
        if (provider == DatabaseProvider.PostgreSql)
            Needs.PostgreSql();
        return provider switch
        {
            DatabaseProvider.Sqlite => CopySqliteAsync(),
            DatabaseProvider.SqlServer => OnSqlServerAsync(connectionString => MigrateAsync(provider, connectionString)),
            _ => CopyPostgreSqlAsync(),
        };
    }

    /// <summary>An empty database, without a table.</summary>
    public static Task<TestDatabase> EmptyAsync(DatabaseProvider provider)
    {
        if (provider == DatabaseProvider.Sqlite)
            return Task.FromResult(InFolder(Directory.CreateTempSubdirectory("tapwork-test-").FullName));
        if (provider == DatabaseProvider.SqlServer)
            return OnSqlServerAsync(SqlServerDatabase.CreateAsync);
        Needs.PostgreSql();
        return CopyAsync("template0");
    }

    /// <summary>A name on a server that has no such database yet; the application is to make it.</summary>
    public static Task<TestDatabase> MissingAsync(DatabaseProvider provider)
    {
        if (provider == DatabaseProvider.SqlServer)
            return OnSqlServerAsync(_ => Task.CompletedTask);
        Needs.PostgreSql();
        var name = $"tapwork_missing_{Environment.ProcessId}_{Interlocked.Increment(ref _count)}";
        return Task.FromResult(Dropping(name));
    }

    /// <summary>Ends every connection and lets none in, until it is opened again.</summary>
    public async Task CloseAsync()
    {
        if (Provider == DatabaseProvider.SqlServer)
        {
            await SqlServerDatabase.CloseAsync(ConnectionString);
            return;
        }
        var name = new NpgsqlConnectionStringBuilder(ConnectionString).Database;
        await OnServerAsync($"ALTER DATABASE {name} ALLOW_CONNECTIONS false");
        await OnServerAsync($"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
    }

    public Task ReopenAsync() => Provider == DatabaseProvider.SqlServer ? SqlServerDatabase.ReopenAsync(ConnectionString)
        : OnServerAsync($"ALTER DATABASE {new NpgsqlConnectionStringBuilder(ConnectionString).Database} ALLOW_CONNECTIONS true");

    /// <summary>Runs a statement on the server, outside of this database.</summary>
    public static Task OnServerAsync(FormattableString statement) => ExecuteAsync(Needs.PostgreSqlServer!, statement.ToString(System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>A way to its server that can be cut, mended already; and the connection string that leads over it.</summary>
    internal (CuttableConnection Way, string ConnectionString) OverCuttableWay()
    {
        if (Provider == DatabaseProvider.SqlServer)
        {
            var sqlServer = new SqlConnectionStringBuilder(ConnectionString);
            var parts = sqlServer.DataSource.Replace("tcp:", "", StringComparison.Ordinal).Split(',');
            var toSqlServer = new CuttableConnection(parts[0] is "." or "localhost" ? "127.0.0.1" : parts[0], parts.Length > 1 ? int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture) : 1433);
            toSqlServer.Mend();
            return (toSqlServer, new SqlConnectionStringBuilder(ConnectionString) { DataSource = $"127.0.0.1,{toSqlServer.Port}", TrustServerCertificate = true }.ToString());
        }
        var postgreSql = new NpgsqlConnectionStringBuilder(ConnectionString);
        var way = new CuttableConnection(postgreSql.Host!, postgreSql.Port);
        way.Mend();
        (postgreSql.Host, postgreSql.Port) = ("127.0.0.1", way.Port);
        return (way, postgreSql.ToString());
    }

    /// <summary>Settings that lead an application to this database.</summary>
    public Dictionary<string, string?> Settings => new()
    {
        ["Database:Provider"] = Provider.ToString(),
        ["Database:ConnectionString"] = ConnectionString,
        ["Audit:KeyFile"] = KeyFile,
        ["Audit:HeadsFile"] = HeadsFile,
    };

    private static string KeyFile => Path.Combine(AuditFolder, "keys.json");

    public async ValueTask DisposeAsync()
    {
        if (Services.IsValueCreated)
            await Services.Value.DisposeAsync();
        await _drop();
    }

    private static ServiceCollection Compose(Dictionary<string, string?> settings)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton(new RoutedTopics(new HashSet<string>()));
        services.AddPersistence(new ConfigurationBuilder().AddInMemoryCollection(settings).Build());
        services.AddAuditing();
        return services;
    }

    private static async Task MigrateAsync(DatabaseProvider provider, string connectionString)
    {
        await using var services = Compose(new Dictionary<string, string?>
        {
            ["Database:Provider"] = provider.ToString(),
            ["Database:ConnectionString"] = connectionString,
            ["Audit:KeyFile"] = KeyFile,
        }).BuildServiceProvider();
        await services.GetRequiredService<SchemaUpgrade>().ApplyAsync(CancellationToken.None);
    }

    private static Task<string> TemplateAsync(DatabaseProvider provider, Func<Task<string>> make) =>
        Templates.GetOrAdd(provider, _ => new Lazy<Task<string>>(make)).Value;

    private static async Task<TestDatabase> CopySqliteAsync()
    {
        var template = await TemplateAsync(DatabaseProvider.Sqlite, async () =>
        {
            var path = Path.Combine(Directory.CreateTempSubdirectory("tapwork-template-").FullName, "template.db");
            await MigrateAsync(DatabaseProvider.Sqlite, $"Data Source={path};Pooling=False");
            return path;
        });
        var folder = Directory.CreateTempSubdirectory("tapwork-test-").FullName;
        File.Copy(template, Path.Combine(folder, "tapwork.db"));
        return InFolder(folder);
    }

    private static TestDatabase InFolder(string folder)
    {
        var connectionString = $"Data Source={Path.Combine(folder, "tapwork.db")}";
        return new TestDatabase(DatabaseProvider.Sqlite, connectionString, () =>
        {
            SqliteConnection.ClearAllPools();
            Directory.Delete(folder, recursive: true);
            return Task.CompletedTask;
        });
    }

    private static async Task<TestDatabase> CopyPostgreSqlAsync()
    {
        var server = Needs.PostgreSqlServer!;
        var template = await TemplateAsync(DatabaseProvider.PostgreSql, async () =>
        {
            var name = $"tapwork_template_{Environment.ProcessId}";
            await ExecuteAsync(server, $"DROP DATABASE IF EXISTS {name}");
            await ExecuteAsync(server, $"CREATE DATABASE {name}");
            await MigrateAsync(DatabaseProvider.PostgreSql, On(server, name, pooling: false));
            return name;
        });
        return await CopyAsync(template);
    }

    private static async Task<TestDatabase> CopyAsync(string template)
    {
        var server = Needs.PostgreSqlServer!;
        var copy = $"tapwork_test_{Environment.ProcessId}_{Interlocked.Increment(ref _count)}";
        await ExecuteAsync(server, $"CREATE DATABASE {copy} TEMPLATE {template}");
        return Dropping(copy);
    }

    private static TestDatabase Dropping(string name) => new(DatabaseProvider.PostgreSql, On(Needs.PostgreSqlServer!, name), async () =>
    {
        NpgsqlConnection.ClearAllPools();
        await ExecuteAsync(Needs.PostgreSqlServer!, $"DROP DATABASE IF EXISTS {name} WITH (FORCE)");
    });

    private static async Task<TestDatabase> OnSqlServerAsync(Func<string, Task> make)
    {
        var connectionString = SqlServerDatabase.NewConnectionString();
        await make(connectionString);
        return new TestDatabase(DatabaseProvider.SqlServer, connectionString, () => SqlServerDatabase.DropAsync(connectionString));
    }

    private static string On(string server, string database, bool pooling = true) =>
        new NpgsqlConnectionStringBuilder(server) { Database = database, Pooling = pooling, MaxPoolSize = 60 }.ToString();

    private static async Task ExecuteAsync(string server, string statement)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(server) { Pooling = false }.ToString());
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(statement, connection);
        await command.ExecuteNonQueryAsync();
    }
}

using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Tapwork.Infrastructure.Persistence;

/// <summary>The context options of the configured provider, built once.</summary>
public sealed class DatabaseOptions(IEnumerable<ISaveChangesInterceptor> interceptors, ILoggerFactory loggers)
{
    // The text of more would be a large object, and every few large objects cost a collection of everything.
    private const int StatementsAtOnce = 40;

    private DbContextOptions? _built;

    public DbContextOptions For(DatabaseSettings settings) => _built ??= settings.Provider switch
    {
        DatabaseProvider.Sqlite => Common(new DbContextOptionsBuilder<SqliteTapworkDbContext>()
            .UseSqlite(Sqlite(settings.ConnectionString))
            .AddInterceptors(new SqlitePragmas())),
        DatabaseProvider.SqlServer => Common(new DbContextOptionsBuilder<SqlServerTapworkDbContext>()
            .UseSqlServer(settings.ConnectionString)
            .AddInterceptors(new LockTimeout())),
        _ => Common(new DbContextOptionsBuilder<PostgreSqlTapworkDbContext>()
            .UseNpgsql(PostgreSql(settings.ConnectionString), n => n.MaxBatchSize(StatementsAtOnce))),
    };

    private DbContextOptions Common<TContext>(DbContextOptionsBuilder<TContext> builder) where TContext : DbContext => builder
        .AddInterceptors(interceptors)
        .UseLoggerFactory(loggers)
        .ConfigureWarnings(w => w.Ignore(CoreEventId.RowLimitingOperationWithoutOrderByWarning, RelationalEventId.MultipleCollectionIncludeWarning))
        .Options;

    private static string Sqlite(string connectionString)
    {
        var builder = new SqliteConnectionStringBuilder(connectionString) { DefaultTimeout = 30 };
        if (Path.GetDirectoryName(Path.GetFullPath(builder.DataSource)) is { } folder)
            Directory.CreateDirectory(folder);
        return builder.ToString();
    }

    // A process frozen in the middle of a transaction must not keep its row locks: the server ends its session.
    private static string PostgreSql(string connectionString)
    {
        var builder = new NpgsqlConnectionStringBuilder(connectionString);
        if (string.IsNullOrEmpty(builder.Options))
            builder.Options = "-c idle_in_transaction_session_timeout=20s -c lock_timeout=20s";
        builder.ApplicationName ??= "tapwork";
        // The spine says the same few statements all day; a setting of 0 turns it off (a pooler between us and the server).
        if (!builder.ShouldSerialize("Max Auto Prepare"))
            builder.MaxAutoPrepare = 100;
        return builder.ToString();
    }
}

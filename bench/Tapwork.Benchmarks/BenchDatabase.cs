using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Benchmarks;

/// <summary>A database of the benchmark's own, which can be copied as it stands.</summary>
internal sealed class BenchDatabase : IAsyncDisposable
{
    private static int _count;
    private readonly string? _server;

    private BenchDatabase(DatabaseProvider provider, string? server, string folder, string? name = null)
    {
        (Provider, _server, Folder) = (provider, server, folder);
        Name = name ?? $"tapwork_bench_{Environment.ProcessId}_{Interlocked.Increment(ref _count)}";
    }

    public DatabaseProvider Provider { get; }

    public string Name { get; }

    /// <summary>Of its files: the stored documents and photos, and SQLite's own.</summary>
    public string Folder { get; }

    /// <summary>What the audit trail keeps outside; it goes with the database.</summary>
    public string HeadsFile => Path.Combine(Folder, Name + ".heads.jsonl");

    private string File => Path.Combine(Folder, Name + ".db");

    public string ConnectionString => Provider == DatabaseProvider.Sqlite
        ? $"Data Source={File}"
        : new NpgsqlConnectionStringBuilder(_server) { Database = Name, MaxPoolSize = 60 }.ToString();

    /// <param name="provider">SQLite or PostgreSQL.</param>
    /// <param name="server">Of PostgreSQL.</param>
    /// <param name="folder">Where files are kept; removed by who made it.</param>
    public static async Task<BenchDatabase> CreateAsync(DatabaseProvider provider, string? server, string folder)
    {
        var database = new BenchDatabase(provider, server, folder);
        if (server is not null)
            await ExecuteAsync(server, $"CREATE DATABASE {database.Name}");
        return database;
    }

    /// <summary>One of PostgreSQL that another process has made.</summary>
    public static BenchDatabase At(DatabaseProvider provider, string connectionString, string folder) =>
        new(provider, connectionString, folder, new NpgsqlConnectionStringBuilder(connectionString).Database);

    /// <summary>A copy; nobody may be connected.</summary>
    public async Task<BenchDatabase> CopyAsync()
    {
        var copy = new BenchDatabase(Provider, _server, Folder);
        if (System.IO.File.Exists(HeadsFile))
            System.IO.File.Copy(HeadsFile, copy.HeadsFile);
        if (_server is null)
        {
            SqliteConnection.ClearAllPools();
            await using (var connection = Connect())
            {
                await connection.OpenAsync();
                await using var checkpoint = connection.CreateCommand();
                checkpoint.CommandText = "PRAGMA wal_checkpoint(TRUNCATE)";
                await checkpoint.ExecuteNonQueryAsync();
            }
            SqliteConnection.ClearAllPools();
            System.IO.File.Copy(File, copy.File);
        }
        else
        {
            NpgsqlConnection.ClearAllPools();
            await ExecuteAsync(_server, $"CREATE DATABASE {copy.Name} TEMPLATE {Name} STRATEGY FILE_COPY");
            await ExecuteAsync(_server, "CHECKPOINT");
        }
        return copy;
    }

    /// <summary>A connection that keeps to what the product keeps to: a commit survives a power cut.</summary>
    public DbConnection Connect() => Provider == DatabaseProvider.Sqlite
        ? new SqliteConnection(ConnectionString)
        : new NpgsqlConnection(new NpgsqlConnectionStringBuilder(ConnectionString) { MaxAutoPrepare = 100, AutoPrepareMinUsages = 2 }.ToString());

    public async ValueTask DisposeAsync()
    {
        if (_server is null)
        {
            SqliteConnection.ClearAllPools();
            foreach (var file in Directory.GetFiles(Folder, Name + ".db*"))
                System.IO.File.Delete(file);
            return;
        }
        NpgsqlConnection.ClearAllPools();
        await ExecuteAsync(_server, $"DROP DATABASE {Name} WITH (FORCE)");
    }

    private static async Task ExecuteAsync(string server, string statement)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(server) { Pooling = false }.ToString());
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(statement, connection);
        await command.ExecuteNonQueryAsync();
    }
}

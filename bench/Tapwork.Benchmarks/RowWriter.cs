using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Tapwork.Benchmarks;

/// <summary>Writes recorded rows by prepared statements, so many dossiers in one transaction.</summary>
internal sealed class RowWriter : IAsyncDisposable
{
    private readonly DbConnection _connection;
    private readonly Dictionary<TableWrite, SqliteCommand> _prepared = [];

    private RowWriter(DbConnection connection) => _connection = connection;

    public static async Task<RowWriter> OpenAsync(BenchDatabase database)
    {
        var connection = database.Connect();
        await connection.OpenAsync();
        if (connection is SqliteConnection)
        {
            await using var pragmas = connection.CreateCommand();
            pragmas.CommandText = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA cache_size=-16000;";
            await pragmas.ExecuteNonQueryAsync();
        }
        return new RowWriter(connection);
    }

    public async Task WriteAsync(IReadOnlyList<Parcel> parcels)
    {
        await using var transaction = await _connection.BeginTransactionAsync();
        if (_connection is NpgsqlConnection postgres)
            await WriteBatchAsync(postgres, parcels);
        else
            foreach (var write in parcels.SelectMany(p => p.Writes))
                Prepared(write, (SqliteTransaction)transaction).ExecuteNonQuery();
        await transaction.CommitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var command in _prepared.Values)
            await command.DisposeAsync();
        await _connection.DisposeAsync();
    }

    // The connection prepares what it sees twice by itself.
    private static async Task WriteBatchAsync(NpgsqlConnection connection, IReadOnlyList<Parcel> parcels)
    {
        await using var batch = new NpgsqlBatch(connection);
        foreach (var write in parcels.SelectMany(p => p.Writes))
        {
            var command = new NpgsqlBatchCommand(write.Into.Text);
            for (var i = 0; i < write.Values.Length; i++)
                command.Parameters.Add(new NpgsqlParameter($"p{i}", write.Values[i]) { DataTypeName = write.Into.Types[i] });
            batch.BatchCommands.Add(command);
        }
        await batch.ExecuteNonQueryAsync();
    }

    private SqliteCommand Prepared(RowWrite write, SqliteTransaction transaction)
    {
        if (!_prepared.TryGetValue(write.Into, out var command))
        {
            command = ((SqliteConnection)_connection).CreateCommand();
            command.CommandText = write.Into.Text;
            for (var i = 0; i < write.Values.Length; i++)
                command.Parameters.Add(new SqliteParameter($"@p{i}", null));
            _prepared[write.Into] = command;
        }
        command.Transaction = transaction;
        for (var i = 0; i < write.Values.Length; i++)
            command.Parameters[i].Value = write.Values[i];
        return command;
    }
}

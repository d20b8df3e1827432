using System.Data.Common;
using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Storage;

namespace Tapwork.Infrastructure.Persistence;

/// <summary>
/// Inserts many rows at once (events, audit entries, routed deliveries, attempts), within the open transaction. Every row of the trade that is saved brings some
/// along, and tracking, sorting and preparing each of them anew would cost more than the save itself. Keys are the database's; nobody is told of them.
/// </summary>
internal sealed class AppendedRows
{
    private const int InOneBatch = 200;

    private static readonly ConditionalWeakTable<IEntityType, AppendedRows> Known = [];

    private readonly (RelationalTypeMapping Mapping, IProperty Property)[] _columns;
    private readonly string _statement;
    private readonly Lazy<string> _ifMissing;
    private readonly bool _isPositional;

    private AppendedRows(IEntityType type, DatabaseProvider provider)
    {
        _columns = [.. type.GetProperties().Where(p => p.ValueGenerated != ValueGenerated.OnAdd).Select(p => (p.GetRelationalTypeMapping(), p))];
        _isPositional = provider == DatabaseProvider.PostgreSql;
        _statement = $"""
            INSERT INTO "{type.GetTableName()}" ({string.Join(", ", _columns.Select(c => $"\"{c.Property.GetColumnName()}\""))})
            VALUES ({string.Join(", ", _columns.Select((_, n) => Placeholder(n)))})
            """;
        _ifMissing = new(() => provider == DatabaseProvider.SqlServer ? IfMissingOnSqlServer(type) : $"{_statement} ON CONFLICT DO NOTHING");
    }

    /// <summary>
    /// Inserts a row of an operational table within the open transaction, unless one with its key is there. Of two that insert the same key at once the second waits
    /// for the first: an expected race fails no statement, so that nothing is logged.
    /// </summary>
    /// <returns>Whether it was missing.</returns>
    public static async Task<bool> InsertIfMissingAsync(TapworkDbContext db, object row, CancellationToken cancel)
    {
        if (!db.Model.FindEntityType(row.GetType())!.IsOperational())
            throw new InvalidOperationException("only operational tables are written past the audit trail");
        var table = Of(db, row.GetType());
        await using var insert = db.Database.GetDbConnection().CreateCommand();
        insert.Transaction = TransactionOf(db);
        insert.CommandText = table._ifMissing.Value;
        insert.Parameters.AddRange(table.ParametersOf(insert, row).ToArray());
        return await insert.ExecuteNonQueryAsync(cancel) == 1;
    }

    /// <summary>Where the database is elsewhere, a few go with the save and spare a round trip.</summary>
    public static int LeastOf(DatabaseProvider provider) => provider == DatabaseProvider.Sqlite ? 1 : 20;

    /// <summary>The statement for a table, for a parser to look at.</summary>
    internal static string StatementOf(IEntityType type, DatabaseProvider provider) => new AppendedRows(type, provider)._statement;

    internal static string IfMissingOf(IEntityType type, DatabaseProvider provider) => new AppendedRows(type, provider)._ifMissing.Value;

    public static async Task InsertAsync(TapworkDbContext db, IReadOnlyList<object> rows, CancellationToken cancel)
    {
        var transaction = TransactionOf(db);
        if (transaction.Connection!.CanCreateBatch)
            foreach (var some in rows.Chunk(InOneBatch))
                await InsertTogetherAsync(db, some, transaction, cancel);
        else
            foreach (var alike in rows.GroupBy(r => r.GetType()))
                await InsertInTurnAsync(Of(db, alike.Key), alike, transaction, cancel);
    }

    private static async Task InsertTogetherAsync(TapworkDbContext db, object[] rows, DbTransaction transaction, CancellationToken cancel)
    {
        await using var batch = transaction.Connection!.CreateBatch();
        await using var maker = transaction.Connection.CreateCommand();
        batch.Transaction = transaction;
        foreach (var row in rows)
        {
            var table = Of(db, row.GetType());
            var insert = batch.CreateBatchCommand();
            insert.CommandText = table._statement;
            insert.Parameters.AddRange(table.ParametersOf(maker, row).ToArray());
            batch.BatchCommands.Add(insert);
        }
        await batch.ExecuteNonQueryAsync(cancel);
    }

    // One statement, prepared once.
    private static async Task InsertInTurnAsync(AppendedRows table, IEnumerable<object> rows, DbTransaction transaction, CancellationToken cancel)
    {
        await using var insert = transaction.Connection!.CreateCommand();
        insert.Transaction = transaction;
        insert.CommandText = table._statement;
        foreach (var row in rows)
        {
            if (insert.Parameters.Count == 0)
                insert.Parameters.AddRange(table.ParametersOf(insert, row).ToArray());
            else
                for (var n = 0; n < table._columns.Length; n++)
                    insert.Parameters[n].Value = table.ValueOf(n, row) ?? DBNull.Value;
            await insert.ExecuteNonQueryAsync(cancel);
        }
    }

    private static DbTransaction TransactionOf(TapworkDbContext db) =>
        db.Database.CurrentTransaction?.GetDbTransaction() ?? throw new InvalidOperationException("what is appended is saved in the transaction of its change");

    // By the key, or, where the database gives that, by what else is unique.
    private string IfMissingOnSqlServer(IEntityType type)
    {
        var key = type.FindPrimaryKey()!.Properties is var primary && primary.Any(p => p.ValueGenerated == ValueGenerated.OnAdd) ? type.GetIndexes().First(i => i.IsUnique).Properties : primary;
        return $"""
            INSERT INTO "{type.GetTableName()}" ({string.Join(", ", _columns.Select(c => $"\"{c.Property.GetColumnName()}\""))})
            SELECT {string.Join(", ", _columns.Select((_, n) => Placeholder(n)))}
            WHERE NOT EXISTS (SELECT 1 FROM "{type.GetTableName()}" WITH (UPDLOCK, HOLDLOCK)
                WHERE {string.Join(" AND ", key.Select(k => $"\"{k.GetColumnName()}\" = {Placeholder(Array.FindIndex(_columns, c => c.Property == k))}"))})
            """;
    }

    private static AppendedRows Of(TapworkDbContext db, Type type) => Known.GetValue(db.Model.FindEntityType(type)!, t => new AppendedRows(t, db.Provider));

    private IEnumerable<DbParameter> ParametersOf(DbCommand command, object row)
    {
        for (var n = 0; n < _columns.Length; n++)
        {
            var parameter = _columns[n].Mapping.CreateParameter(command, Placeholder(n), _columns[n].Property.GetGetter().GetClrValue(row), _columns[n].Property.IsNullable);
            if (_isPositional)
                parameter.ParameterName = "";
            yield return parameter;
        }
    }

    private object? ValueOf(int column, object row)
    {
        var value = _columns[column].Property.GetGetter().GetClrValue(row);
        return _columns[column].Mapping.Converter is { } converter ? converter.ConvertToProvider(value) : value;
    }

    private string Placeholder(int number) => _isPositional ? $"${number + 1}" : $"@p{number}";
}

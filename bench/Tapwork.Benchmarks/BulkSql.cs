using System.Data.Common;
using System.Globalization;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Benchmarks;

/// <summary>Parts of statements that make millions of rows inside the database.</summary>
internal sealed class BulkSql(BenchDatabase database)
{
    public bool IsSqlite => database.Provider == DatabaseProvider.Sqlite;

    /// <summary>The numbers <c>n</c> from 1 on, as the table <c>g</c>.</summary>
    public string Numbers(int count) => IsSqlite
        ? $"WITH RECURSIVE g(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g WHERE n < {count})"
        : $"WITH g AS (SELECT generate_series(1, {count})::bigint AS n)";

    /// <summary>A moment so many seconds after another.</summary>
    public string Moment(DateTimeOffset begin, string seconds) => IsSqlite
        ? $"({begin.UtcTicks.ToString(CultureInfo.InvariantCulture)} + ({seconds}) * {TimeSpan.TicksPerSecond})"
        : $"(timestamptz '{begin.UtcDateTime:yyyy-MM-ddTHH:mm:ss}Z' + ({seconds}) * interval '1 second')";

    public string Digits(string number, int length) => IsSqlite ? $"printf('%0{length}d', {number})" : $"lpad(({number})::text, {length}, '0')";

    public string Uuid(string number) => IsSqlite ? $"'00000000-0000-7000-8000-' || {Digits(number, 12)}" : $"('00000000-0000-7000-8000-' || {Digits(number, 12)})::uuid";

    public string Bytes(int length) => IsSqlite ? $"zeroblob({length})" : $"decode(repeat('00', {length}), 'hex')";

    public static async Task ExecuteAsync(DbConnection connection, string statement)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = statement;
        command.CommandTimeout = 0;
        await command.ExecuteNonQueryAsync();
    }
}

using System.Data.Common;
using System.Globalization;

namespace Tapwork.Benchmarks;

/// <summary>Fills a trail with millions of sealed entries of a plausible kind, and with what they are found by, inside the database: the product would take hours.</summary>
internal sealed class TrailRows(BenchDatabase database, int count)
{
    /// <summary>Different words in the values; the first are the most common.</summary>
    public const int Words = 20_000;

    public const int People = 40;
    public const int Addresses = 200;
    public const int Fields = 40;

    /// <summary>Seconds between two entries.</summary>
    public const int Apart = 6;

    /// <summary>Of the first entry.</summary>
    public static readonly DateTimeOffset Begin = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private const string Syllables = "bacedifogulamenipo" + "rusatevijodukaleminora";

    private static readonly string[] Tables = ["AuditEntries", "AuditTokens"];

    private readonly BulkSql _sql = new(database);

    private bool IsSqlite => _sql.IsSqlite;

    public static string Word(int rank)
    {
        var word = string.Concat(Syllable(rank), Syllable(rank / 20), Syllable(rank / 400));
        return rank >= 8000 ? word + Syllable(rank / 8000) : word;
    }

    public static Guid Person(int number) => Guid.Parse($"00000000-0000-7000-8000-{number:d12}");

    public static string Record(long entry) => $"0190a000-0000-7000-8000-{entry / 12:d12}";

    public static string Correlation(long entry) => $"c{entry / 3:d18}";

    public async Task FillAsync()
    {
        await using var connection = database.Connect();
        await connection.OpenAsync();
        var indexes = await ReadAsync(connection, IsSqlite
            ? """SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name IN ('AuditEntries', 'AuditTokens') AND sql IS NOT NULL"""
            : """SELECT indexname, indexdef FROM pg_indexes WHERE tablename IN ('AuditEntries', 'AuditTokens') AND indexname NOT LIKE 'PK%'""");
        // The rows are in no order that the indexes have: built afterwards, they cost a tenth.
        foreach (var (name, _) in indexes)
            await BulkSql.ExecuteAsync(connection, $"DROP INDEX \"{name}\"");
        if (IsSqlite)
            await BulkSql.ExecuteAsync(connection, "PRAGMA synchronous=OFF; PRAGMA cache_size=-400000;");
        await BulkSql.ExecuteAsync(connection, Entries());
        await BulkSql.ExecuteAsync(connection, Tokens());
        foreach (var (_, definition) in indexes)
            await BulkSql.ExecuteAsync(connection, definition);
        if (!IsSqlite)
            foreach (var table in Tables)
                await BulkSql.ExecuteAsync(connection, $"VACUUM ANALYZE \"{table}\"");
    }

    private string Entries() => $"""
        {Numbers()}
        INSERT INTO "AuditEntries" ("At", "ActorId", "ActorName", "Role", "Ip", "UserAgent", "CorrelationId", "Cause", "Action", "RecordType", "RecordId", "RecordVersion",
            "Changes", "Salts", "KeyId", "Mac", "Sequence", "Hash")
        SELECT {Moment}, CASE WHEN {Random(1)} % 4 = 0 THEN NULL ELSE {Uuid($"{Random(2)} % {People}")} END,
            CASE WHEN {Random(1)} % 4 = 0 THEN 'system' ELSE 'Person ' || ({Random(2)} % {People}) END,
            CASE WHEN {Random(1)} % 4 = 0 THEN NULL WHEN {Random(2)} % {People} < 20 THEN 'Office' WHEN {Random(2)} % {People} < 36 THEN 'Installer' ELSE 'Admin' END,
            '10.0.0.' || ({Random(3)} % {Addresses}), 'Mozilla/5.0 (X11; Linux x86_64)', 'c' || {Digits("n / 3", 18)}, NULL,
            CASE WHEN {Random(4)} % 20 < 13 THEN 'changed' WHEN {Random(4)} % 20 < 16 THEN 'created' WHEN {Random(4)} % 20 < 18 THEN 'account.signed_in'
                WHEN {Random(4)} % 20 < 19 THEN 'delivery.replayed' ELSE 'removed' END,
            CASE WHEN n / 12 % 10 < 6 THEN 'Intervention' WHEN n / 12 % 10 < 8 THEN 'Photo' WHEN n / 12 % 10 < 9 THEN 'Dossier' ELSE 'Person' END,
            '0190a000-0000-7000-8000-' || {Digits("n / 12", 12)}, NULL,
            {Braced("""
                "Field' || ({0}) || '":[null,"' || {1} || ' ' || {2} || '"],"City":["' || {3} || '",null]
                """, $"{Random(11)} % {Fields}", Spelt(Common(5)), Spelt(Common(6)), Spelt(Common(7)))},
            {Bytes(48)}, 'k000000000000000', {Bytes(32)}, n, {Bytes(32)}
        FROM g
        """;

    private string Tokens() => $"""
        {Numbers()}
        INSERT INTO "AuditTokens" ("Token", "At", "EntryId")
        SELECT DISTINCT w, {Moment}, n FROM (
            SELECT n, {Spelt(Common(5))} AS w FROM g UNION ALL SELECT n, {Spelt(Common(6))} FROM g UNION ALL SELECT n, {Spelt(Common(7))} FROM g
            UNION ALL SELECT n, {Spelt($"({Random(8)} % {Words})")} FROM g UNION ALL SELECT n, {Digits($"{Random(9)} % 95000 + 1000", 5)} FROM g
            UNION ALL SELECT n, {Digits("n * 7919", 14)} FROM g WHERE n % 3 = 0
            UNION ALL SELECT n, '.Field' || ({Random(10)} % {Fields}) FROM g UNION ALL SELECT n, '.Field' || ({Random(11)} % {Fields}) FROM g) AS t
        ORDER BY 1, 2, 3
        """;

    private string Numbers() => _sql.Numbers(count);

    private string Moment => _sql.Moment(Begin, $"n * {Apart}");

    // Below a million and three, each number its own.
    private static string Random(int which) => $"((n * {7919 + (which * 20011)} + {which * 104729}) % 1000003)";

    // By the cube: half of all are among the first eighth.
    private static string Common(int which) => $"({Random(which)} * {Random(which)} / 1000003 * {Random(which)} / 1000003 / 51)";

    private static string Spelt(string rank) => string.Join(" || ", new[] { 1, 20, 400 }.Select(step => $"substr('{Syllables}', CAST(1 + 2 * ({rank} / {step} % 20) AS integer), 2)"))
        + $" || CASE WHEN {rank} >= 8000 THEN substr('{Syllables}', CAST(1 + 2 * ({rank} / 8000 % 20) AS integer), 2) ELSE '' END";

    private string Digits(string number, int length) => _sql.Digits(number, length);

    private string Uuid(string number) => _sql.Uuid(number);

    private string Bytes(int length) => _sql.Bytes(length);

    private static string Braced(string json, params object[] parts) => "'{" + string.Format(CultureInfo.InvariantCulture, json, parts) + "}'";

    private static string Syllable(int number) => Syllables.Substring(2 * (number % 20), 2);

    private static async Task<List<(string Name, string Definition)>> ReadAsync(DbConnection connection, string query)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = query;
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<(string, string)>();
        while (await reader.ReadAsync())
            rows.Add((reader.GetString(0), reader.GetString(1)));
        return rows;
    }
}

using System.Data.Common;
using System.Text;
using Tapwork.Infrastructure.Documents;
using Tapwork.Infrastructure.Dossiers;

namespace Tapwork.Benchmarks;

/// <summary>
/// What the product sent and wrote for each dossier, read back from its database, so that what it is compared with posts the same bytes and
/// writes the very same rows.
/// </summary>
internal sealed class RecordedRows
{
    private readonly Dictionary<string, Parcel> _owners = [];

    public IReadOnlyList<Parcel> Parcels { get; private set; } = [];

    /// <param name="connection">To the database after the run.</param>
    /// <param name="before">What stood there before it.</param>
    /// <param name="links">That made the links that were sent.</param>
    public static async Task<RecordedRows> ReadAsync(DbConnection connection, Marks before, FileLinks links)
    {
        var recorded = new RecordedRows();
        await recorded.FindParcelsAsync(connection, links);
        await recorded.TakeInsertsAsync(connection, "Deliveries", """SELECT x.*, x."Subject" AS "Of" FROM "Deliveries" AS x""");
        await recorded.TakeInsertsAsync(connection, "Attempts", """SELECT x.*, d."Subject" AS "Of" FROM "Attempts" AS x JOIN "Deliveries" AS d ON d."Id" = x."DeliveryId" """);
        await recorded.TakeInsertsAsync(connection, "Events", $"""SELECT x.*, x."Subject" AS "Of" FROM "Events" AS x WHERE x."Id" > {before.Event}""");
        await recorded.TakeInsertsAsync(connection, "AuditEntries", $"""SELECT x.*, x."RecordId" AS "Of" FROM "AuditEntries" AS x WHERE x."Id" > {before.Audit}""");
        await recorded.TakeUpdatesAsync(connection, "Events", """ "Position", "Deliveries", "RoutingNote" """, $"""
            SELECT x."Position", x."Deliveries", x."RoutingNote", x."Id", x."Subject" AS "Of" FROM "Events" AS x WHERE x."Id" <= {before.Event} AND x."Position" > {before.Position}
            """);
        await recorded.TakeUpdatesAsync(connection, "Dossiers", """ "State", "StateAt", "PartnerId", "Version" """,
            """SELECT x."State", x."StateAt", x."PartnerId", x."Version", x."Id", x."Id" AS "Of" FROM "Dossiers" AS x""");
        await recorded.TakeUpdatesAsync(connection, "Interventions", """ "Status", "MovedAt", "ChangedAt", "DossierState", "Version" """,
            """SELECT x."Status", x."MovedAt", x."ChangedAt", x."DossierState", x."Version", x."Id", x."Id" AS "Of" FROM "Interventions" AS x""");
        return recorded;
    }

    private async Task FindParcelsAsync(DbConnection connection, FileLinks links)
    {
        var parcels = new List<Parcel>();
        await foreach (var row in RowsAsync(connection, """
            SELECT x."Subject", d."InterventionId", x."IdempotencyKey", x."Payload" FROM "Deliveries" AS x JOIN "Dossiers" AS d ON d."Id" = x."Subject" ORDER BY x."Id"
            """))
        {
            var parcel = new Parcel(Guid.Parse(row[0].ToString()!), new Submission((string)row[2], DossierBody.WithLinks((string)row[3], links.LinkTo).Body), []);
            parcels.Add(parcel);
            _owners[Key(row[0])] = parcel;
            _owners[Key(row[1])] = parcel;
        }
        Parcels = parcels;
    }

    private Task TakeInsertsAsync(DbConnection connection, string table, string select) =>
        TakeAsync(connection, select, columns => $"INSERT INTO \"{table}\" ({columns.Names}) VALUES ({columns.Places})");

    private Task TakeUpdatesAsync(DbConnection connection, string table, string set, string select)
    {
        var names = set.Split(',', StringSplitOptions.TrimEntries);
        var assigned = string.Join(", ", names.Select((name, i) => $"{name} = @p{i}"));
        return TakeAsync(connection, select, _ => $"UPDATE \"{table}\" SET {assigned} WHERE \"Id\" = @p{names.Length}");
    }

    // The last column tells whose row it is.
    private async Task TakeAsync(DbConnection connection, string select, Func<(string Names, string Places), string> text)
    {
        TableWrite? into = null;
        await using var command = connection.CreateCommand();
        command.CommandText = select;
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            into ??= new TableWrite(text(Columns(reader)), [.. Enumerable.Range(0, reader.FieldCount - 1).Select(reader.GetDataTypeName)]);
            var values = new object[reader.FieldCount];
            reader.GetValues(values);
            if (_owners.TryGetValue(Key(values[^1]), out var parcel))
                parcel.Writes.Add(new RowWrite(into, values[..^1]));
        }
    }

    private static (string Names, string Places) Columns(DbDataReader reader)
    {
        var (names, places) = (new StringBuilder(), new StringBuilder());
        for (var i = 0; i < reader.FieldCount - 1; i++)
        {
            names.Append(i == 0 ? "" : ", ").Append('"').Append(reader.GetName(i)).Append('"');
            places.Append(i == 0 ? "" : ", ").Append("@p").Append(i);
        }
        return (names.ToString(), places.ToString());
    }

    private static async IAsyncEnumerable<object[]> RowsAsync(DbConnection connection, string select)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = select;
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            var values = new object[reader.FieldCount];
            reader.GetValues(values);
            yield return values;
        }
    }

    // SQLite keeps a Guid as upper-case text, the audit trail as lower-case text.
    private static string Key(object id) => id.ToString()!.ToLowerInvariant();
}

/// <summary>The last rows of the hot tables at one moment.</summary>
internal sealed record Marks(long Event, long Position, long Audit)
{
    public static async Task<Marks> OfAsync(DbConnection connection)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = """
            SELECT (SELECT COALESCE(MAX("Id"), 0) FROM "Events"), (SELECT COALESCE(MAX("Position"), 0) FROM "Events"), (SELECT COALESCE(MAX("Id"), 0) FROM "AuditEntries")
            """;
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        return new Marks(reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2));
    }
}

/// <summary>One dossier: what is posted, and every row that is written for it.</summary>
internal sealed record Parcel(Guid Dossier, Submission Submission, List<RowWrite> Writes);

/// <param name="Text">With parameters <c>@p0</c>, <c>@p1</c> …</param>
/// <param name="Types">Of the parameters, as the database names them.</param>
internal sealed record TableWrite(string Text, string[] Types);

internal sealed record RowWrite(TableWrite Into, object[] Values);

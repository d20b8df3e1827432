namespace Tapwork.Infrastructure.Persistence;

/// <summary>
/// The few statements LINQ cannot say, for each database; operational tables only. All of them stand here, so that all can be parsed by a test. On SQL Server
/// READPAST goes with READCOMMITTEDLOCK: under read-committed snapshot there would be no locks to read past, and it is refused.
/// </summary>
public static class Statements
{
    /// <summary>Gives the next positions to committed events that have none. {0} is the last position given, {1} the most to give. The relay's cursor row is locked before.</summary>
    public static string GivePositions(DatabaseProvider provider) => provider switch
    {
        DatabaseProvider.SqlServer => """
            WITH unpositioned AS (
                SELECT TOP ({1}) Position, ROW_NUMBER() OVER (ORDER BY Id) AS N
                FROM Events WITH (ROWLOCK, UPDLOCK, READPAST, READCOMMITTEDLOCK) WHERE Position IS NULL ORDER BY Id)
            UPDATE unpositioned SET Position = {0} + N
            """,
        _ => """
            UPDATE "Events" SET "Position" = {0} + p."N"
            FROM (SELECT t."Id", ROW_NUMBER() OVER (ORDER BY t."Id") AS "N"
                  FROM (SELECT "Id" FROM "Events" WHERE "Position" IS NULL ORDER BY "Id" LIMIT {1}) AS t) AS p
            WHERE p."Id" = "Events"."Id"
            """,
    };

    /// <summary>
    /// Takes due deliveries of one destination under a lease and answers the rows as taken. {0} integration, {1} now, {2} at most, {3} lease token,
    /// {4} lease end, {5} sends begun with the claim (1 where the far side is idempotent, else 0), {6} their moment or null, {7} version of the
    /// integration under whose settings they are sent: nothing is taken when it is not that one any more, or switched off.
    /// </summary>
    /// <param name="provider">Whose dialect.</param>
    /// <param name="inOrder">Whether only the head of each ordering key may go.</param>
    public static string ClaimDue(DatabaseProvider provider, bool inOrder) => provider switch
    {
        DatabaseProvider.SqlServer => $$"""
            WITH due AS (
                SELECT TOP ({2}) d.* FROM Deliveries AS d WITH (ROWLOCK, UPDLOCK, READPAST, READCOMMITTEDLOCK)
                WHERE d.IntegrationId = {0} AND d.Status IN ('Pending', 'Retrying') AND d.NextAttemptAt <= {1}{{Head(inOrder, "")}}{{Current("", "i.IsEnabled = 1")}}
                ORDER BY d.NextAttemptAt, d.Id)
            UPDATE due SET Status = 'Sending', LeaseToken = {3}, LeaseUntil = {4}, SendCount = SendCount + {5}, SendStartedAt = {6}
            OUTPUT inserted.*
            """,
        // Materialised: a subquery that the plan reads again would pass over what it has just taken, and take more.
        DatabaseProvider.PostgreSql => $$"""
            WITH due AS MATERIALIZED (
                SELECT d."Id" FROM "Deliveries" AS d
                WHERE d."IntegrationId" = {0} AND d."Status" IN ('Pending', 'Retrying') AND d."NextAttemptAt" <= {1}{{Head(inOrder, "\"")}}{{Current("\"", "i.\"IsEnabled\"")}}
                ORDER BY d."NextAttemptAt", d."Id" LIMIT {2} FOR UPDATE SKIP LOCKED)
            UPDATE "Deliveries" SET "Status" = 'Sending', "LeaseToken" = {3}, "LeaseUntil" = {4}, "SendCount" = "SendCount" + {5}, "SendStartedAt" = {6}
            FROM due WHERE "Deliveries"."Id" = due."Id"
            RETURNING "Deliveries".*
            """,
        _ => $$"""
            UPDATE "Deliveries" SET "Status" = 'Sending', "LeaseToken" = {3}, "LeaseUntil" = {4}, "SendCount" = "SendCount" + {5}, "SendStartedAt" = {6}
            WHERE "Id" IN (
                SELECT d."Id" FROM "Deliveries" AS d
                WHERE d."IntegrationId" = {0} AND d."Status" IN ('Pending', 'Retrying') AND d."NextAttemptAt" <= {1}{{Head(inOrder, "\"")}}{{Current("\"", "i.\"IsEnabled\"")}}
                ORDER BY d."NextAttemptAt", d."Id" LIMIT {2})
            RETURNING *
            """,
    };

    /// <summary>Takes over deliveries whose lease ran out, each only while it is so, and answers them. {0} now, {1} at most, {2} the token of who recovers them.</summary>
    public static string TakeExpired(DatabaseProvider provider) => provider switch
    {
        DatabaseProvider.SqlServer => """
            WITH lost AS (
                SELECT TOP ({1}) d.* FROM Deliveries AS d WITH (ROWLOCK, UPDLOCK, READPAST, READCOMMITTEDLOCK)
                WHERE d.Status = 'Sending' AND d.LeaseUntil < {0} ORDER BY d.Id)
            UPDATE lost SET LeaseToken = {2}
            OUTPUT inserted.*
            """,
        DatabaseProvider.PostgreSql => """
            WITH lost AS MATERIALIZED (
                SELECT d."Id" FROM "Deliveries" AS d
                WHERE d."Status" = 'Sending' AND d."LeaseUntil" < {0} ORDER BY d."Id" LIMIT {1} FOR UPDATE SKIP LOCKED)
            UPDATE "Deliveries" SET "LeaseToken" = {2}
            FROM lost WHERE "Deliveries"."Id" = lost."Id"
            RETURNING "Deliveries".*
            """,
        _ => """
            UPDATE "Deliveries" SET "LeaseToken" = {2}
            WHERE "Id" IN (
                SELECT d."Id" FROM "Deliveries" AS d
                WHERE d."Status" = 'Sending' AND d."LeaseUntil" < {0} ORDER BY d."Id" LIMIT {1})
            RETURNING *
            """,
    };

    /// <summary>The database's own clock: one column, <c>Value</c>.</summary>
    public static string Now(DatabaseProvider provider) => provider switch
    {
        DatabaseProvider.SqlServer => "SELECT TODATETIMEOFFSET(SYSUTCDATETIME(), 0) AS Value",
        _ => """SELECT CURRENT_TIMESTAMP AS "Value" """,
    };

    /// <summary>Takes the next number under the name {0}; the first makes the row. Answers one column, <c>Value</c>.</summary>
    public static string NextNumber(DatabaseProvider provider) => provider switch
    {
        DatabaseProvider.SqlServer => """
            MERGE Sequences WITH (HOLDLOCK) AS s USING (SELECT 1 AS One) AS n ON s.Name = {0}
            WHEN MATCHED THEN UPDATE SET Last = s.Last + 1
            WHEN NOT MATCHED THEN INSERT (Name, Last) VALUES ({0}, 1)
            OUTPUT inserted.Last AS Value;
            """,
        _ => """
            INSERT INTO "Sequences" ("Name", "Last") VALUES ({0}, 1)
            ON CONFLICT ("Name") DO UPDATE SET "Last" = "Sequences"."Last" + 1
            RETURNING "Last" AS "Value"
            """,
    };

    /// <summary>Gives entries their places in the chain. {0} JSON: triples of the entry's id, its sequence and its hash in hexadecimal digits.</summary>
    public static string SealAuditEntries(DatabaseProvider provider) => provider switch
    {
        DatabaseProvider.SqlServer => """
            UPDATE e SET Sequence = CAST(JSON_VALUE(j.value, '$[1]') AS bigint), Hash = CONVERT(varbinary(32), JSON_VALUE(j.value, '$[2]'), 2)
            FROM AuditEntries AS e JOIN OPENJSON({0}) AS j ON e.Id = CAST(JSON_VALUE(j.value, '$[0]') AS bigint)
            """,
        DatabaseProvider.PostgreSql => """
            UPDATE "AuditEntries" SET "Sequence" = (j.value->>1)::bigint, "Hash" = decode(j.value->>2, 'hex')
            FROM jsonb_array_elements({0}::jsonb) AS j WHERE "AuditEntries"."Id" = (j.value->>0)::bigint
            """,
        _ => """
            UPDATE "AuditEntries" SET "Sequence" = j.value->>1, "Hash" = unhex(j.value->>2)
            FROM json_each({0}) AS j WHERE "AuditEntries"."Id" = j.value->>0
            """,
    };

    /// <summary>Adds what sealed entries are found by. {0} JSON: pairs of a token and the entry's id.</summary>
    public static string AddAuditTokens(DatabaseProvider provider) => provider switch
    {
        DatabaseProvider.SqlServer => """
            INSERT INTO AuditTokens (Token, At, EntryId)
            SELECT JSON_VALUE(j.value, '$[0]'), e.At, e.Id
            FROM OPENJSON({0}) AS j JOIN AuditEntries AS e ON e.Id = CAST(JSON_VALUE(j.value, '$[1]') AS bigint)
            """,
        DatabaseProvider.PostgreSql => """
            INSERT INTO "AuditTokens" ("Token", "At", "EntryId")
            SELECT j.value->>0, e."At", e."Id"
            FROM jsonb_array_elements({0}::jsonb) AS j JOIN "AuditEntries" AS e ON e."Id" = (j.value->>1)::bigint
            """,
        _ => """
            INSERT INTO "AuditTokens" ("Token", "At", "EntryId")
            SELECT j.value->>0, e."At", e."Id"
            FROM json_each({0}) AS j JOIN "AuditEntries" AS e ON e."Id" = j.value->>1
            """,
    };

    /// <summary>
    /// The different tokens from {0} up to and without {1}, at most {2}: one column, <c>Value</c>. Each is one step in the index, however many entries bear it;
    /// SQL Server cannot say that and reads them all.
    /// </summary>
    public static string AuditTokensFrom(DatabaseProvider provider) => provider switch
    {
        DatabaseProvider.SqlServer => """SELECT DISTINCT TOP ({2}) Token AS Value FROM AuditTokens WHERE Token >= {0} AND Token < {1}""",
        _ => """
            WITH RECURSIVE words("Word") AS (
                SELECT MIN("Token") FROM "AuditTokens" WHERE "Token" >= {0} AND "Token" < {1}
                UNION ALL
                SELECT (SELECT MIN(t."Token") FROM "AuditTokens" AS t WHERE t."Token" > words."Word" AND t."Token" < {1}) FROM words WHERE words."Word" IS NOT NULL)
            SELECT "Word" AS "Value" FROM words WHERE "Word" IS NOT NULL LIMIT {2}
            """,
    };

    /// <summary>
    /// The entries next to a place that bear any of the tokens, the nearest first: <c>Value</c>, their ids, and <c>At</c>. {0} JSON: the tokens, {1} and {2} the moment and
    /// id of the place, {3} how many are wanted, {4} and {5} the first moment and the one before which it was.
    /// </summary>
    /// <param name="provider">Whose dialect.</param>
    /// <param name="newer">Whether those after the place are meant, or those before it.</param>
    public static string AuditEntriesBearing(DatabaseProvider provider, bool newer)
    {
        var (beyond, order, nearest, farthest) = newer ? (">", "ASC", "MAX({1}, {4})", "< {5}") : ("<", "DESC", "MIN({1}, {5})", ">= {4}");
        return provider switch
        {
            DatabaseProvider.SqlServer => $$"""
                SELECT DISTINCT TOP ({3}) EntryId AS Value, At FROM OPENJSON({0}) AS w CROSS APPLY (
                    SELECT TOP ({3}) t.At, t.EntryId FROM AuditTokens AS t
                    WHERE t.Token = CAST(w.value AS nvarchar({{SearchToken.Length}})) COLLATE {{Conventions.SqlServerOrdinal}} AND t.At {{beyond}}= {1} AND (t.At {{beyond}} {1} OR t.EntryId {{beyond}} {2}) AND t.At >= {4} AND t.At < {5}
                    ORDER BY t.At {{order}}, t.EntryId {{order}}) AS found
                ORDER BY At {{order}}, EntryId {{order}}
                """,
            DatabaseProvider.PostgreSql => $$"""
                SELECT DISTINCT found."EntryId" AS "Value", found."At" FROM jsonb_array_elements_text({0}::jsonb) AS w(word) CROSS JOIN LATERAL (
                    SELECT t."At", t."EntryId" FROM "AuditTokens" AS t
                    WHERE t."Token" = w.word AND t."At" {{beyond}}= {1} AND (t."At" {{beyond}} {1} OR t."EntryId" {{beyond}} {2}) AND t."At" >= {4} AND t."At" < {5}
                    ORDER BY t."At" {{order}}, t."EntryId" {{order}} LIMIT {3}) AS found
                ORDER BY found."At" {{order}}, found."EntryId" {{order}} LIMIT {3}
                """,
            // Without lateral joins: up to the moment of the last one that is wanted of this word. One bound on each side, or the index is not used for the right one.
            _ => $$"""
                SELECT DISTINCT t."EntryId" AS "Value", t."At" FROM json_each({0}) AS w JOIN "AuditTokens" AS t
                    ON t."Token" = w.value AND t."At" {{beyond}}= {{nearest}} AND t."At" {{(newer ? "<=" : ">=")}} COALESCE((
                        SELECT o."At" FROM "AuditTokens" AS o
                        WHERE o."Token" = w.value AND o."At" {{beyond}}= {{nearest}} AND o."At" {{farthest}} AND +o."At" >= {4} AND +o."At" < {5} AND (+o."At" {{beyond}} {1} OR o."EntryId" {{beyond}} {2})
                        ORDER BY o."At" {{order}}, o."EntryId" {{order}} LIMIT 1 OFFSET {3} - 1), {{(newer ? "{5}" : "{4}")}})
                    AND +t."At" >= {4} AND +t."At" < {5} AND (+t."At" {{beyond}} {1} OR t."EntryId" {{beyond}} {2})
                ORDER BY t."At" {{order}}, t."EntryId" {{order}} LIMIT {3}
                """,
        };
    }

    /// <summary>Whether readers of this SQL Server database wait for writers: 0 they do, 1 they read the last committed row.</summary>
    public const string IsSnapshotOn = "SELECT CAST(is_read_committed_snapshot_on AS int) AS Value FROM sys.databases WHERE name = DB_NAME()";

    /// <summary>The compatibility level of this SQL Server database.</summary>
    public const string CompatibilityLevel = "SELECT CAST(compatibility_level AS int) AS Value FROM sys.databases WHERE name = DB_NAME()";

    /// <summary>Tells the other instances that positions were given (PostgreSQL).</summary>
    public const string NotifyPositions = "NOTIFY tapwork_positions";

    /// <summary>Every statement of a database, for a parser to look at.</summary>
    public static IEnumerable<string> Of(DatabaseProvider provider) =>
        [GivePositions(provider), ClaimDue(provider, inOrder: false), ClaimDue(provider, inOrder: true), TakeExpired(provider), Now(provider), NextNumber(provider),
            SealAuditEntries(provider), AddAuditTokens(provider), AuditTokensFrom(provider), AuditEntriesBearing(provider, newer: false), AuditEntriesBearing(provider, newer: true)];

    /// <summary>A moment as a raw statement's parameter, in the column's own form.</summary>
    public static object Moment(this TapworkDbContext db, DateTimeOffset moment) =>
        db.Provider == DatabaseProvider.Sqlite ? moment.UtcTicks : moment.ToUniversalTime();

    // Without order only a newer revision waits, and only while an older one is being sent.
    private static string Head(bool inOrder, string q)
    {
        var earlier = $"""
            EXISTS (SELECT 1 FROM {q}Deliveries{q} AS h
                    WHERE h.{q}IntegrationId{q} = d.{q}IntegrationId{q} AND h.{q}OrderingKey{q} = d.{q}OrderingKey{q} AND h.{q}Id{q} < d.{q}Id{q}
                    AND h.{q}Status{q} {(inOrder ? "NOT IN ('Delivered', 'Cancelled')" : "= 'Sending'")})
            """;
        return inOrder ? $"\n        AND NOT {earlier}" : $"\n        AND (d.{q}ReplacesId{q} IS NULL OR NOT {earlier})";
    }

    private static string Current(string q, string isEnabled) =>
        $" AND EXISTS (SELECT 1 FROM {q}Integrations{q} AS i WHERE i.{q}Id{q} = {{0}} AND i.{q}Version{q} = {{7}} AND {isEnabled})";
}

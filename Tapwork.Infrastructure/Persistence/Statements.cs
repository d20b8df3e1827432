namespace Tapwork.Infrastructure.Persistence;

/// <summary>The few statements LINQ cannot say, for each database; operational tables only. All of them stand here, so that all can be parsed by a test.</summary>
public static class Statements
{
    /// <summary>Gives the next positions to committed events that have none. {0} is the last position given, {1} the most to give. The relay's cursor row is locked before.</summary>
    public static string GivePositions(DatabaseProvider provider) => provider switch
    {
        DatabaseProvider.SqlServer => """
            UPDATE e SET Position = {0} + p.N
            FROM Events AS e
            JOIN (SELECT t.Id, ROW_NUMBER() OVER (ORDER BY t.Id) AS N
                  FROM (SELECT TOP ({1}) Id FROM Events WITH (READPAST) WHERE Position IS NULL ORDER BY Id) AS t) AS p ON p.Id = e.Id
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
    /// {4} lease end, {5} sends begun with the claim (1 where the far side is idempotent, else 0), {6} their moment or null.
    /// </summary>
    /// <param name="provider">Whose dialect.</param>
    /// <param name="inOrder">Whether only the head of each ordering key may go.</param>
    public static string ClaimDue(DatabaseProvider provider, bool inOrder) => provider switch
    {
        DatabaseProvider.SqlServer => $$"""
            WITH due AS (
                SELECT TOP ({2}) d.* FROM Deliveries AS d WITH (ROWLOCK, UPDLOCK, READPAST)
                WHERE d.IntegrationId = {0} AND d.Status IN ('Pending', 'Retrying') AND d.NextAttemptAt <= {1}{{Head(inOrder, "")}}
                ORDER BY d.NextAttemptAt, d.Id)
            UPDATE due SET Status = 'Sending', LeaseToken = {3}, LeaseUntil = {4}, SendCount = SendCount + {5}, SendStartedAt = {6}
            OUTPUT inserted.*
            """,
        // Materialised: a subquery that the plan reads again would pass over what it has just taken, and take more.
        DatabaseProvider.PostgreSql => $$"""
            WITH due AS MATERIALIZED (
                SELECT d."Id" FROM "Deliveries" AS d
                WHERE d."IntegrationId" = {0} AND d."Status" IN ('Pending', 'Retrying') AND d."NextAttemptAt" <= {1}{{Head(inOrder, "\"")}}
                ORDER BY d."NextAttemptAt", d."Id" LIMIT {2} FOR UPDATE SKIP LOCKED)
            UPDATE "Deliveries" SET "Status" = 'Sending', "LeaseToken" = {3}, "LeaseUntil" = {4}, "SendCount" = "SendCount" + {5}, "SendStartedAt" = {6}
            FROM due WHERE "Deliveries"."Id" = due."Id"
            RETURNING "Deliveries".*
            """,
        _ => $$"""
            UPDATE "Deliveries" SET "Status" = 'Sending', "LeaseToken" = {3}, "LeaseUntil" = {4}, "SendCount" = "SendCount" + {5}, "SendStartedAt" = {6}
            WHERE "Id" IN (
                SELECT d."Id" FROM "Deliveries" AS d
                WHERE d."IntegrationId" = {0} AND d."Status" IN ('Pending', 'Retrying') AND d."NextAttemptAt" <= {1}{{Head(inOrder, "\"")}}
                ORDER BY d."NextAttemptAt", d."Id" LIMIT {2})
            RETURNING *
            """,
    };

    /// <summary>Takes the next number under the name {0}; the first makes the row. Answers one column, <c>Value</c>.</summary>
    public static string NextNumber(DatabaseProvider provider) => provider switch
    {
        DatabaseProvider.SqlServer => """
            MERGE Sequences WITH (HOLDLOCK) AS s USING (SELECT {0} AS Name) AS n ON s.Name = n.Name
            WHEN MATCHED THEN UPDATE SET Last = s.Last + 1
            WHEN NOT MATCHED THEN INSERT (Name, Last) VALUES (n.Name, 1)
            OUTPUT inserted.Last AS Value;
            """,
        _ => """
            INSERT INTO "Sequences" ("Name", "Last") VALUES ({0}, 1)
            ON CONFLICT ("Name") DO UPDATE SET "Last" = "Sequences"."Last" + 1
            RETURNING "Last" AS "Value"
            """,
    };

    /// <summary>Tells the other instances that positions were given (PostgreSQL).</summary>
    public const string NotifyPositions = "NOTIFY tapwork_positions";

    /// <summary>Every statement of a database, for a parser to look at.</summary>
    public static IEnumerable<string> Of(DatabaseProvider provider) =>
        [GivePositions(provider), ClaimDue(provider, inOrder: false), ClaimDue(provider, inOrder: true), NextNumber(provider)];

    /// <summary>A moment as a raw statement's parameter, in the column's own form.</summary>
    public static object Moment(this TapworkDbContext db, DateTimeOffset moment) =>
        db.Provider == DatabaseProvider.Sqlite ? moment.UtcTicks : moment.ToUniversalTime();

    private static string Head(bool inOrder, string q) => !inOrder ? "" : $"""

             AND NOT EXISTS (SELECT 1 FROM {q}Deliveries{q} AS h
                WHERE h.{q}IntegrationId{q} = d.{q}IntegrationId{q} AND h.{q}OrderingKey{q} = d.{q}OrderingKey{q} AND h.{q}Id{q} < d.{q}Id{q}
                AND h.{q}Status{q} NOT IN ('Delivered', 'Cancelled'))
        """;
}

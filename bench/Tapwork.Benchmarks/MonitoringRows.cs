using System.Text.Json;
using Tapwork.Infrastructure.Monitoring;

namespace Tapwork.Benchmarks;

/// <summary>A million deliveries with an attempt each, and a year of sums by hour, made inside the database.</summary>
internal sealed class MonitoringRows(BenchDatabase database, IReadOnlyList<Guid> integrations, int count)
{
    private const int Hours = 366 * 24;

    private readonly BulkSql _sql = new(database);

    // A year, evenly.
    private DateTimeOffset Begin { get; } = new DateTimeOffset(TimeProvider.System.GetUtcNow().UtcDateTime.Date, TimeSpan.Zero).AddDays(-365);

    private string Moment => _sql.Moment(Begin, $"n * {365 * 86_400.0 / count:0}");

    public async Task FillAsync()
    {
        await using var connection = database.Connect();
        await connection.OpenAsync();
        if (_sql.IsSqlite)
            await BulkSql.ExecuteAsync(connection, "PRAGMA synchronous=OFF; PRAGMA cache_size=-400000;");
        await BulkSql.ExecuteAsync(connection, Deliveries());
        await BulkSql.ExecuteAsync(connection, Attempts());
        await BulkSql.ExecuteAsync(connection, Sums());
        await BulkSql.ExecuteAsync(connection, _sql.IsSqlite ? "ANALYZE" : "VACUUM ANALYZE");
    }

    // Of a hundred: 97 delivered, one given up, one retrying, one refused.
    private string Deliveries() => $$"""
        {{_sql.Numbers(count)}}
        INSERT INTO "Deliveries" ("Id", "IntegrationId", "EventId", "Purpose", "Topic", "Subject", "Payload", "PayloadHash", "IdempotencyKey", "OrderingKey", "CorrelationId", "Status",
            "NextAttemptAt", "SendCount", "FailedTries", "FieldErrors", "CreatedAt", "StatusAt", "SearchReference", "SearchName", "SearchPdl", "SearchEmail", "SearchExternalId")
        SELECT n, {{Integration}}, n, 'webhook', CASE WHEN n % 3 = 0 THEN 'dossier.prepared' ELSE 'intervention.moved' END, {{_sql.Uuid("n")}}, '{"type":"dossier.prepared"}', 'h' || n,
            'msg_' || n, 'o' || (n / 4), 'c' || n,
            CASE n % 100 WHEN 0 THEN 'Dead' WHEN 1 THEN 'Retrying' WHEN 2 THEN 'Refused' ELSE 'Delivered' END,
            {{_sql.Moment(Begin.AddDays(400), "n % 1000")}}, 1, 0, '[]', {{Moment}}, {{Moment}}, 'INT-2026-' || {{_sql.Digits("n % 1000000", 6)}}, 'nom' || (n % 20000) || ' prenom',
            {{_sql.Digits("n * 13", 14)}}, 'personne' || (n % 50000) || '@example.com', 'x' || n
        FROM g
        """;

    private string Attempts() => $"""
        {_sql.Numbers(count)}
        INSERT INTO "Attempts" ("DeliveryId", "Number", "StartedAt", "DurationMilliseconds", "Outcome", "HttpStatus")
        SELECT n, 1, {Moment}, n % 400, 'Accepted', 200 FROM g
        """;

    private string Sums() => string.Join(';', integrations.Select(id => $"""
        {_sql.Numbers(Hours)}
        INSERT INTO "DeliveryHours" ("IntegrationId", "Hour", "Sent", "Accepted", "Authentication", "Validation", "Rate", "System", "Durations")
        SELECT {Literal(id)}, {_sql.Moment(Begin, "(n - 1) * 3600")}, 120, 115, 0, 1, 1, 3, '{JsonSerializer.Serialize(Enumerable.Repeat(6, DeliveryHour.Bounds.Count + 1))}' FROM g
        """));

    private string Integration => "CASE n % " + integrations.Count + string.Concat(integrations.Index().Select(i => $" WHEN {i.Index} THEN {Literal(i.Item)}")) + " END";

    private string Literal(Guid id) => _sql.IsSqlite ? $"'{id.ToString().ToUpperInvariant()}'" : $"'{id}'::uuid";
}

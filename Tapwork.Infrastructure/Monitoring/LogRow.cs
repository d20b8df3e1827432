using Tapwork.Core.Deliveries;
using Tapwork.Core.Webhooks;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Monitoring;

/// <summary>One thing that happened; what does not belong to its kind is null.</summary>
public sealed record LogRow
{
    public LogKind Kind { get; init; }
    public long Id { get; init; }

    /// <summary>Made, sent, received or said.</summary>
    public DateTimeOffset At { get; init; }

    public string? CorrelationId { get; init; }

    /// <summary>Name of the integration it went to or came from, or the type that said it.</summary>
    public string? About { get => field ?? Source; init; }

    /// <summary>Of a call whose integration is gone: the code it named. Not merged by the database: the two columns differ in collation on SQL Server.</summary>
    internal string? Source { get; init; }

    /// <summary>The line, the error or the note; a key of ours or the far side's words.</summary>
    public string? Text { get; init; }

    /// <summary>The exception, or the call's body.</summary>
    public string? Detail { get; init; }

    public long? DeliveryId { get; init; }
    public string? Topic { get; init; }
    public string? Reference { get; init; }

    /// <summary>Of an attempt.</summary>
    public string? Outcome { get; init; }

    public int? HttpStatus { get; init; }
    public DeliveryStatus? Delivery { get; init; }
    public InboundStatus? Call { get; init; }
    public Gravity? Line { get; init; }
}

internal static class LogRows
{
    public static IQueryable<LogRow> AsRows(this IQueryable<Delivery> deliveries, TapworkDbContext db) => deliveries.Select(d => new LogRow
    {
        Kind = LogKind.Delivery,
        Id = d.Id,
        At = d.CreatedAt,
        CorrelationId = d.CorrelationId,
        About = db.Integrations.Where(i => i.Id == d.IntegrationId).Select(i => i.Name).First(),
        Text = d.LastError,
        DeliveryId = d.Id,
        Topic = d.Topic,
        Reference = d.SearchReference,
        Delivery = d.Status,
    });

    public static IQueryable<LogRow> AsRows(this IQueryable<DeliveryAttempt> attempts, TapworkDbContext db, IQueryable<Delivery> deliveries) => attempts.Join(deliveries, a => a.DeliveryId, d => d.Id, (a, d) => new LogRow
    {
        Kind = LogKind.Attempt,
        Id = a.Id,
        At = a.StartedAt,
        CorrelationId = d.CorrelationId,
        About = db.Integrations.Where(i => i.Id == d.IntegrationId).Select(i => i.Name).First(),
        Text = a.Error,
        DeliveryId = d.Id,
        Topic = d.Topic,
        Reference = d.SearchReference,
        Outcome = a.Outcome,
        HttpStatus = a.HttpStatus,
    });

    public static IQueryable<LogRow> AsRows(this IQueryable<InboundCall> calls, TapworkDbContext db) => calls.Select(c => new LogRow
    {
        Kind = LogKind.InboundCall,
        Id = c.Id,
        At = c.ReceivedAt,
        CorrelationId = c.CorrelationId,
        About = db.Integrations.Where(i => i.Code == c.Source).Select(i => i.Name).FirstOrDefault(),
        Source = c.Source,
        Text = c.Note,
        Detail = c.Body,
        Call = c.Status,
    });

    public static IQueryable<LogRow> AsRows(this IQueryable<LogEntry> entries) => entries.Select(e => new LogRow
    {
        Kind = LogKind.Entry,
        Id = e.Id,
        At = e.At,
        CorrelationId = e.CorrelationId,
        About = e.Source,
        Text = e.Message,
        Detail = e.Exception,
        Line = e.Gravity,
    });
}

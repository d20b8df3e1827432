using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Tapwork.Core;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Monitoring;

/// <summary>A line of the application's own log.</summary>
public sealed class LogEntry
{
    /// <summary>Characters kept of each.</summary>
    public const int LongestMessage = 2000, LongestException = 8000;

    internal const int LongestSource = 200;

    private LogEntry() { }

    public long Id { get; private set; }
    public DateTimeOffset At { get; private set; }
    public Gravity Gravity { get; private set; }

    /// <summary>The type that said it.</summary>
    public string Source { get; private set; } = "";

    /// <summary>Of the act, delivery or call it is about; null when it is about none.</summary>
    public string? CorrelationId { get; private set; }

    public string Message { get; private set; } = "";

    /// <summary>With its stack.</summary>
    public string? Exception { get; private set; }

    public static LogEntry Of(DateTimeOffset at, Gravity gravity, string source, string? correlationId, string message, string? exception = null) => new()
    {
        At = at,
        Gravity = gravity,
        Source = Field.Storable(source, LongestSource) ?? "",
        CorrelationId = correlationId,
        Message = Field.Storable(message, LongestMessage) ?? "",
        Exception = Field.Storable(exception, LongestException),
    };
}

/// <summary>How much it matters.</summary>
public enum Gravity
{
    Information,

    /// <summary>It goes on by itself.</summary>
    Warning,

    Error,
}

internal sealed class LogEntryMapping : IEntityTypeConfiguration<LogEntry>
{
    public void Configure(EntityTypeBuilder<LogEntry> entry)
    {
        entry.IsOperational();
        entry.Property(e => e.Source).HasMaxLength(LogEntry.LongestSource);
        entry.Property(e => e.CorrelationId).IsOrdinal(40);
        entry.Property(e => e.Message).HasMaxLength(LogEntry.LongestMessage);
        entry.HasIndex(e => e.At);
        entry.HasIndex(e => new { e.CorrelationId, e.Id });
    }
}

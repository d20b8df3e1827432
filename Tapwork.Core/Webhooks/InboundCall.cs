namespace Tapwork.Core.Webhooks;

public enum InboundStatus
{
    Received,
    Processed,

    /// <summary>Genuine, but older than what is known already, or about nothing we know.</summary>
    Ignored,

    /// <summary>Could not be processed; waits for a person.</summary>
    Parked,
}

/// <summary>A genuine call from outside, stored before it is answered.</summary>
public sealed class InboundCall
{
    private static readonly TimeSpan[] Waits = [TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(10), TimeSpan.FromHours(1)];

    private InboundCall() { }

    public long Id { get; private set; }

    /// <summary>Key of the connector it came for.</summary>
    public string Source { get; private set; } = "";

    /// <summary>SHA-256 of the body: a repeat is known by it.</summary>
    public string BodyHash { get; private set; } = "";

    public string Body { get; private set; } = "";

    /// <summary>The record it is about, in the sender's words; calls of one record are processed in the order they came. Null for none.</summary>
    public string? Record { get; private set; }
    public string CorrelationId { get; private set; } = "";
    public InboundStatus Status { get; private set; }
    public int Tries { get; private set; }
    public string? Note { get; private set; }

    /// <summary>Not before; after a failed try it is later each time.</summary>
    public DateTimeOffset NextTryAt { get; private set; }
    public DateTimeOffset ReceivedAt { get; private set; }
    public DateTimeOffset? SettledAt { get; private set; }

    public static InboundCall Receive(string source, string bodyHash, string body, string? record, string correlationId, DateTimeOffset now) =>
        new() { Source = source, BodyHash = bodyHash, Body = body, Record = record, CorrelationId = correlationId, ReceivedAt = now, NextTryAt = now };

    public void Settle(InboundStatus status, string? note, DateTimeOffset now)
    {
        (Status, Note, SettledAt) = (status, note, now);
        Tries++;
    }

    /// <summary>Notes a failed try and when the next is due; after the last it is parked.</summary>
    public void Fail(string error, DateTimeOffset now)
    {
        Note = error;
        if (Tries < Waits.Length)
            NextTryAt = now + Waits[Tries];
        else
            (Status, SettledAt) = (InboundStatus.Parked, now);
        Tries++;
    }

    /// <summary>A person lets it be processed again.</summary>
    /// <exception cref="RuleViolation"><c>inbound.waits_already</c></exception>
    public void Replay(DateTimeOffset now)
    {
        if (Status == InboundStatus.Received)
            throw new RuleViolation("inbound.waits_already");
        (Status, Tries, Note, SettledAt, NextTryAt) = (InboundStatus.Received, 0, null, null, now);
    }
}

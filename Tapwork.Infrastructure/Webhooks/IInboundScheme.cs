using Tapwork.Core.Integrations;
using Tapwork.Core.Webhooks;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Webhooks;

/// <summary>How the far side of a connector signs and dates its calls to us, and what is done with them.</summary>
public interface IInboundScheme
{
    string ConnectorKey { get; }

    /// <summary>Judges a call by signature and form. Throws never; nothing of what does not hold is kept.</summary>
    /// <param name="header">Of the call, by name; null when it is not there.</param>
    /// <param name="body">As it came.</param>
    InboundReading Read(Integration integration, Func<string, string?> header, ReadOnlyMemory<byte> body);

    /// <summary>Carries a stored call into the records it is about, and settles it. May run again after a failure.</summary>
    Task ApplyAsync(TapworkDbContext db, Integration integration, InboundCall call, DateTimeOffset now, CancellationToken cancel);
}

/// <summary>What a call is worth.</summary>
/// <param name="Refusal">Null for a genuine one.</param>
/// <param name="Key">What a repeat is known by, of any length.</param>
/// <param name="At">The sender's own time.</param>
/// <param name="Record">The record it is about; null for none.</param>
public sealed record InboundReading(WebhookReception? Refusal, string Key, DateTimeOffset At, string? Record = null)
{
    public static InboundReading Refused(WebhookReception why) => new(why, "", default);
}

using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Tapwork.Core;
using Tapwork.Core.Accounts;
using Tapwork.Core.Integrations;
using Tapwork.Core.Webhooks;
using Tapwork.Infrastructure.Events;
using Tapwork.Infrastructure.Integrations;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Webhooks;

/// <summary>Takes calls from outside: what is genuine and fresh is stored before it is answered, once; of anything else nothing is kept but a count.</summary>
public sealed class WebhookInbox(Database database, IntegrationCatalogue catalogue, IEnumerable<IInboundScheme> schemes, InboundSignal arrived, TimeProvider clock)
{
    /// <summary>Bytes of a body.</summary>
    public const int MostRead = 256 * 1024;

    /// <summary>How far a call's own time may lie from ours, either way.</summary>
    public static readonly TimeSpan MostDistance = TimeSpan.FromMinutes(5);

    private static readonly Meter Meter = new("Tapwork.Webhooks");
    private static readonly Counter<long> Calls = Meter.CreateCounter<long>("tapwork.webhooks.calls", description: "Calls from outside by source and what became of them");
    private readonly Dictionary<string, IInboundScheme> _schemes = schemes.ToDictionary(s => s.ConnectorKey);

    /// <summary>Takes a call that claims to come from an integration's far side.</summary>
    /// <param name="source">The integration's code, in either case, or the key of its connector.</param>
    /// <param name="header">Of the call, by name.</param>
    /// <param name="body">As it came, at most <see cref="MostRead"/> bytes; null for one that was longer.</param>
    public async Task<WebhookReception> ReceiveAsync(string source, Func<string, string?> header, ReadOnlyMemory<byte>? body, Actor by, CancellationToken cancel)
    {
        var integration = (await catalogue.ListAsync(cancel)).FirstOrDefault(i => i.Code.Equals(source, StringComparison.OrdinalIgnoreCase) || i.ConnectorKey == source);
        var reception = integration is not null && _schemes.TryGetValue(integration.ConnectorKey, out var scheme)
            ? await JudgeAsync(integration, scheme, header, body, by, cancel) : WebhookReception.Unknown;
        // Only what is known is counted by its name: a stranger could make up any number of them.
        Calls.Add(1, new KeyValuePair<string, object?>("source", integration?.Code ?? "unknown"), new KeyValuePair<string, object?>("outcome", reception.ToString()));
        return reception;
    }

    private async Task<WebhookReception> JudgeAsync(
        Integration integration, IInboundScheme scheme, Func<string, string?> header, ReadOnlyMemory<byte>? body, Actor by, CancellationToken cancel)
    {
        if (body is not { Length: <= MostRead } read)
            return WebhookReception.TooLarge;
        var reading = scheme.Read(integration, header, read);
        if (reading.Refusal is { } refusal)
            return refusal;
        if (LenientJson.TextOf(read.Span) is not { } text)
            return WebhookReception.Malformed;
        // A genuine call known already is told so whatever its age: the sender may have missed our first answer.
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(reading.Key)));
        if (await IsKnownAsync(integration.Code, hash, cancel))
            return WebhookReception.Repeated;
        if ((clock.GetUtcNow() - reading.At).Duration() > MostDistance)
            return WebhookReception.Stale;
        return await StoreAsync(InboundCall.Receive(integration.Code, hash, Field.Storable(text), reading.Record is { } record ? Field.Storable(record, 100) : null, by.CorrelationId, clock.GetUtcNow()), by, cancel);
    }

    private async Task<WebhookReception> StoreAsync(InboundCall call, Actor by, CancellationToken cancel)
    {
        // The same call may come at the same moment, here or at another instance.
        if (!await database.WriteAsync(by, db => AppendedRows.InsertIfMissingAsync(db, call, cancel), cancel))
            return WebhookReception.Repeated;
        arrived.Set();
        return WebhookReception.Stored;
    }

    private async Task<bool> IsKnownAsync(string code, string hash, CancellationToken cancel)
    {
        await using var db = database.Open(Actor.System("inbox"));
        return await db.InboundCalls.AnyAsync(c => c.Source == code && c.BodyHash == hash, cancel);
    }
}

/// <summary>What became of a call.</summary>
public enum WebhookReception
{
    Stored,

    /// <summary>Genuine, and known already.</summary>
    Repeated,

    /// <summary>No signature, or not the right one.</summary>
    Unsigned,

    /// <summary>Genuine once, but its time is too far from ours.</summary>
    Stale,

    Malformed,
    TooLarge,

    /// <summary>There is no such integration, or its far side does not call.</summary>
    Unknown,
}

/// <summary>A call was stored: there is something to process.</summary>
public sealed class InboundSignal : Signal;

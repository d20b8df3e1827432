using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Tapwork.Core.Accounts;
using Tapwork.Core.Integrations;
using Tapwork.Core.Webhooks;
using Tapwork.Infrastructure.Events;
using Tapwork.Infrastructure.Integrations;
using Tapwork.Infrastructure.Integrations.Symphonics;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Webhooks;

/// <summary>Takes calls from outside: what is genuine and fresh is stored before it is answered, once; of anything else nothing is kept but a count.</summary>
public sealed class WebhookInbox(Database database, IntegrationCatalogue catalogue, SettingsProtection protection, InboundSignal arrived, TimeProvider clock)
{
    /// <summary>Bytes of a body.</summary>
    public const int MostRead = 256 * 1024;

    public const string SignatureHeader = SymphonicsWebhooks.SignatureHeader;

    private static readonly Meter Meter = new("Tapwork.Webhooks");
    private static readonly Counter<long> Calls = Meter.CreateCounter<long>("tapwork.webhooks.calls", description: "Calls from outside by source and what became of them");
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    /// <summary>Takes a call that claims to come from Symphonics.</summary>
    /// <param name="body">As it came, at most <see cref="MostRead"/> bytes.</param>
    /// <param name="signature">Of the header, if there was one.</param>
    public async Task<WebhookReception> ReceiveAsync(ReadOnlyMemory<byte> body, string? signature, Actor by, CancellationToken cancel) =>
        Count(await JudgeAsync(body, signature, by, cancel));

    /// <summary>Counts a call that was refused before its body was read.</summary>
    public WebhookReception Count(WebhookReception reception)
    {
        Calls.Add(1, new KeyValuePair<string, object?>("source", SymphonicsConnector.Name), new KeyValuePair<string, object?>("outcome", reception.ToString()));
        return reception;
    }

    private async Task<WebhookReception> JudgeAsync(ReadOnlyMemory<byte> body, string? signature, Actor by, CancellationToken cancel)
    {
        if (body.Length > MostRead)
            return WebhookReception.TooLarge;
        var secret = await SecretAsync(cancel);
        if (!SymphonicsWebhooks.IsSigned(body.Span, signature, secret))
            return WebhookReception.Unsigned;
        if (SymphonicsWebhooks.Read(body.Span) is not { } news || TextOf(body.Span) is not { } text)
            return WebhookReception.Malformed;
        // A genuine call known already is told so whatever its age: the sender may have missed our first answer.
        var hash = Convert.ToHexStringLower(SHA256.HashData(body.Span));
        if (await IsKnownAsync(hash, cancel))
            return WebhookReception.Repeated;
        if ((clock.GetUtcNow() - news.At).Duration() > SymphonicsWebhooks.MostDistance)
            return WebhookReception.Stale;
        return await StoreAsync(hash, text, by, cancel);
    }

    private async Task<WebhookReception> StoreAsync(string hash, string text, Actor by, CancellationToken cancel)
    {
        try
        {
            await database.WriteAsync(by, db =>
            {
                db.InboundCalls.Add(InboundCall.Receive(SymphonicsConnector.Name, hash, text, by.CorrelationId, clock.GetUtcNow()));
                return Task.CompletedTask;
            }, cancel);
        }
        catch (DbUpdateException e) when (!DatabaseWeather.IsPassing(e))
        {
            // The same call at the same moment, here or at another instance.
            if (await IsKnownAsync(hash, cancel))
                return WebhookReception.Repeated;
            throw;
        }
        arrived.Set();
        return WebhookReception.Stored;
    }

    private async Task<bool> IsKnownAsync(string hash, CancellationToken cancel)
    {
        await using var db = database.Open(Actor.System("inbox"));
        return await db.InboundCalls.AnyAsync(c => c.Source == SymphonicsConnector.Name && c.BodyHash == hash, cancel);
    }

    private async Task<string> SecretAsync(CancellationToken cancel)
    {
        var integration = (await catalogue.ListAsync(cancel)).FirstOrDefault(i => i.ConnectorKey == SymphonicsConnector.Name);
        return integration is null ? "" : SecretOf(integration);
    }

    private string SecretOf(Integration integration)
    {
        try
        {
            return protection.Of<SymphonicsSettings>(integration).WebhookSecret;
        }
        catch (SettingsUnreadableException)
        {
            return "";
        }
    }

    private static string? TextOf(ReadOnlySpan<byte> body)
    {
        try
        {
            return Strict.GetString(body);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
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
}

/// <summary>A call was stored: there is something to process.</summary>
public sealed class InboundSignal : Signal;

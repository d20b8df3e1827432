using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Tapwork.Core;
using Tapwork.Core.Dossiers;
using Tapwork.Core.Integrations;
using Tapwork.Core.Webhooks;
using Tapwork.Infrastructure.Persistence;
using Tapwork.Infrastructure.Webhooks;

namespace Tapwork.Infrastructure.Integrations.Symphonics;

/// <summary>How Symphonics signs and dates its calls to us, and what they say.</summary>
internal sealed class SymphonicsWebhooks(SettingsProtection protection, TimeProvider clock) : IInboundScheme
{
    /// <summary>HMAC-SHA256 of the raw body under the webhook secret, hexadecimal.</summary>
    public const string SignatureHeader = "X-Symphonics-Signature";

    /// <summary>Longest status that is kept.</summary>
    private const int LongestStatus = 60;

    public string ConnectorKey => SymphonicsConnector.Name;

    /// <summary>A repeat is known by its body, which bears its time.</summary>
    public InboundReading Read(Integration integration, Func<string, string?> header, ReadOnlyMemory<byte> body)
    {
        var settings = protection.Find<SymphonicsSettings>(integration);
        if (settings is null || !settings.WebhookSecrets(clock.GetUtcNow()).Any(s => IsSigned(body.Span, header(SignatureHeader), s)))
            return InboundReading.Refused(WebhookReception.Unsigned);
        return Read(LenientJson.Parse(body.Span)) is { } news ? new InboundReading(null, Encoding.UTF8.GetString(body.Span), news.At, news.ExternalId) : InboundReading.Refused(WebhookReception.Malformed);
    }

    public async Task ApplyAsync(TapworkDbContext db, Integration integration, InboundCall call, DateTimeOffset now, CancellationToken cancel)
    {
        var news = Read(LenientJson.Parse(call.Body)) ?? throw new InvalidOperationException("the body cannot be read any more");
        var dossier = await db.Dossiers.SingleOrDefaultAsync(d => d.ExternalId == news.ExternalId, cancel);
        if (dossier is null)
        {
            call.Settle(InboundStatus.Ignored, "webhook.unknown_dossier", now);
            return;
        }
        if (news.Status is null)
        {
            call.Settle(InboundStatus.Processed, news.Notes ?? "webhook.unknown_event", now);
            return;
        }
        if (!dossier.Hear(new PartnerStatusUpdate(news.Status, news.At, news.PreviousStatus), news.Notes, now))
        {
            call.Settle(InboundStatus.Ignored, "webhook.older_than_known", now);
            return;
        }
        var intervention = await db.Interventions.SingleAsync(i => i.Id == dossier.InterventionId, cancel);
        intervention.Follow(dossier, db.Actor, now);
        call.Settle(InboundStatus.Processed, news.Notes, now);
    }

    public static bool IsSigned(ReadOnlySpan<byte> body, string? signature, string secret)
    {
        if (secret.Length == 0 || signature is not { Length: 2 * HMACSHA256.HashSizeInBytes })
            return false;
        Span<byte> given = stackalloc byte[HMACSHA256.HashSizeInBytes];
        if (Convert.FromHexString(signature, given, out _, out _) != System.Buffers.OperationStatus.Done)
            return false;
        Span<byte> made = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), body, made);
        return CryptographicOperations.FixedTimeEquals(given, made);
    }

    /// <summary>What the body says; null when it is none of theirs. The time may be ISO 8601 or a Unix time.</summary>
    private static InboundNews? Read(LenientJson? body)
    {
        if (WebhookBody.Read(body) is not { Event: { Length: > 0 } what, Timestamp: { } at } read)
            return null;
        return what switch
        {
            WebhookBody.StatusUpdate when read is { ExternalId: { Length: > 0 } id, NewStatus: { Length: > 0 } status } =>
                new InboundNews(what, at, id, Field.Storable(status, LongestStatus), read.Notes, Field.Storable(read.PreviousStatus, LongestStatus)),
            WebhookBody.DocumentVerification when read is { ExternalId: { Length: > 0 } id } =>
                new InboundNews(what, at, id, null, $"{read.DocumentType}: {read.VerificationStatus} {read.Notes}".Trim()),
            WebhookBody.StatusUpdate or WebhookBody.DocumentVerification => null,
            _ => new InboundNews(what, at, read.ExternalId, null, null),
        };
    }
}

using Microsoft.EntityFrameworkCore;
using Tapwork.Core;
using Tapwork.Core.Dossiers;
using Tapwork.Core.Integrations;
using Tapwork.Core.Webhooks;
using Tapwork.Infrastructure.Dossiers;
using Tapwork.Infrastructure.Persistence;
using Tapwork.Infrastructure.Webhooks;

namespace Tapwork.Infrastructure.Integrations.Partners;

/// <summary>Partners call as Standard Webhooks has it, and tell how a dossier fares with them: kept at its delivery and with the dossier, whose own state is Symphonics' to decide.</summary>
internal sealed class PartnerWebhooks(SettingsProtection protection, TimeProvider clock) : IInboundScheme
{
    private const int LongestStatus = 60, LongestId = 200;

    public string ConnectorKey => PartnerConnector.Name;

    /// <summary>A repeat is known by <c>webhook-id</c>.</summary>
    public InboundReading Read(Integration integration, Func<string, string?> header, ReadOnlyMemory<byte> body)
    {
        if (protection.Find<PartnerSettings>(integration) is not { } settings || header(StandardWebhook.IdHeader) is not { Length: > 0 and <= LongestId } id
            || header(StandardWebhook.TimestampHeader) is not { } timestamp || header(StandardWebhook.SignatureHeader) is not { } signatures
            || !StandardWebhook.IsSigned(id, timestamp, body.Span, signatures, settings.WebhookSecrets(clock.GetUtcNow())))
            return InboundReading.Refused(WebhookReception.Unsigned);
        return StandardWebhook.MomentOf(timestamp) is { } at && PartnerMessage.Read(LenientJson.Parse(body.Span)) is { } message
            ? new InboundReading(null, id, at, message.Data?.ExternalId) : InboundReading.Refused(WebhookReception.Malformed);
    }

    public async Task ApplyAsync(TapworkDbContext db, Integration integration, InboundCall call, DateTimeOffset now, CancellationToken cancel)
    {
        var message = PartnerMessage.Read(LenientJson.Parse(call.Body)) ?? throw new InvalidOperationException("the body cannot be read any more");
        if (message.Data is not { ExternalId: { Length: > 0 } externalId, Status: { Length: > 0 } status })
        {
            call.Settle(InboundStatus.Ignored, "webhook.unknown_event", now);
            return;
        }
        var delivery = await db.Deliveries.OrderByDescending(d => d.Id).FirstOrDefaultAsync(
            d => d.SearchExternalId == externalId && d.IntegrationId == integration.Id && d.Purpose == DossierOutcomes.PartnerPurpose, cancel);
        if (delivery is null)
            call.Settle(InboundStatus.Ignored, "webhook.unknown_dossier", now);
        else if (delivery.Hear(UpdateOf(message, Field.Storable(status, LongestStatus), call.ReceivedAt)))
        {
            var dossier = await db.Dossiers.SingleOrDefaultAsync(d => d.Id == delivery.Subject, cancel);
            dossier?.HearPartner(integration.Code, integration.Name, Field.Storable(status, LongestStatus));
            call.Settle(InboundStatus.Processed, message.Data.Notes, now);
        }
        else
            call.Settle(InboundStatus.Ignored, "webhook.older_than_known", now);
    }

    // Undated, or dated further ahead than a clock may differ, it is known to be no older than a call may be: a verdict is taken for as late
    // as it arrived, anything else for as early as it may be, so that a review which was overtaken hides no verdict. See decision 0015.
    private static PartnerStatusUpdate UpdateOf(PartnerMessage message, string status, DateTimeOffset receivedAt)
    {
        if (message.Timestamp is { } at && at <= receivedAt + WebhookInbox.MostDistance)
            return new PartnerStatusUpdate(status, at);
        var arrived = new PartnerStatusUpdate(status, receivedAt);
        return arrived.IsVerdict ? arrived : new PartnerStatusUpdate(status, receivedAt - WebhookInbox.MostDistance);
    }
}

using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Timeout;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Integrations;
using Tapwork.Infrastructure.Integrations;
using Tapwork.Infrastructure.Monitoring;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Deliveries;

/// <summary>Sends one claimed delivery once, within the integration's timeout, only while the lease is ours and what it was claimed under still stands.</summary>
public sealed class DeliverySender(IntegrationCatalogue catalogue, DeliveryClaims claims, TimeProvider clock, ILogger<DeliverySender> logger)
{
    private static readonly Exchange NoExchange = new(null, null, null);
    private readonly ConcurrentDictionary<int, ResiliencePipeline> _timeouts = new();

    /// <param name="connector">Of the integration.</param>
    /// <param name="integration">As it was claimed under.</param>
    /// <param name="delivery">As claimed.</param>
    /// <param name="cancel">Ends the send.</param>
    /// <returns>What came of it; null when nothing was sent: the lease was lost, or the integration has changed and the delivery was given back, or our own database failed: then no attempt
    /// is used and the lease runs out.</returns>
    public async Task<SentDelivery?> SendAsync(IConnector connector, Integration integration, Delivery delivery, CancellationToken cancel)
    {
        Correlation.Current = delivery.CorrelationId;
        try
        {
            return await SendUnderLeaseAsync(connector, integration, delivery, cancel);
        }
        catch (Exception e) when (TransientErrors.IsTransientInDatabase(e))
        {
            logger.LogWarning(e, "delivery {Delivery} is left to its lease", delivery.Id);
            return null;
        }
    }

    private async Task<SentDelivery?> SendUnderLeaseAsync(IConnector connector, Integration integration, Delivery delivery, CancellationToken cancel)
    {
        var timeout = TimeSpan.FromSeconds(integration.TimeoutSeconds);
        if (!await MayBeginAsync(connector, integration, delivery, cancel))
        {
            await claims.ReleaseAsync(delivery, integration, cancel);
            return null;
        }
        var startedAt = clock.GetUtcNow();
        var started = clock.GetTimestamp();
        using var span = Telemetry.Begin("send", delivery.CorrelationId);
        span?.SetTag("tapwork.integration", integration.Code).SetTag("tapwork.delivery", delivery.Id);
        var (outcome, exchange) = await OneSendAsync(connector, integration, delivery, timeout, cancel);
        span?.SetTag("tapwork.outcome", outcome.GetType().Name);
        Telemetry.Sent(integration.Code, outcome, clock.GetElapsedTime(started));
        return new SentDelivery(delivery, integration, connector.IsIdempotent, connector.Descriptor.HoldsAtLast, Shown(outcome, exchange, delivery).Storable(), exchange, startedAt, clock.GetElapsedTime(started));
    }

    // Lists, alarms and mails repeat a reason: it holds nothing of the endpoint's address but the host.
    private static DeliveryOutcome Shown(DeliveryOutcome outcome, Exchange exchange, Delivery delivery)
    {
        if (outcome is DeliveryOutcome.Accepted || exchange.Request is null)
            return outcome;
        var redaction = AttemptRedaction.Of([exchange.Request], delivery.PartnerId, delivery.IdempotencyKey, delivery.SearchExternalId);
        var shown = outcome.WithReason(reason => redaction.Text(reason)!);
        return shown is DeliveryOutcome.Refused refused ? refused with { Fields = [.. refused.Fields.Select(f => f with { Message = redaction.Text(f.Message)! })] } : shown;
    }

    private async Task<bool> MayBeginAsync(IConnector connector, Integration integration, Delivery delivery, CancellationToken cancel) =>
        await catalogue.StillAdmitsAsync(integration, claims.ClaimedAt(delivery, integration), cancel)
        && (claims.Outlasts(delivery, integration) || await claims.RenewAsync(delivery, integration, cancel))
        && (connector.IsIdempotent || await claims.BeginSendAsync(delivery, integration, cancel));

    private async Task<SendResult> OneSendAsync(IConnector connector, Integration integration, Delivery delivery, TimeSpan timeout, CancellationToken cancel)
    {
        try
        {
            var pipeline = _timeouts.GetOrAdd(integration.TimeoutSeconds, _ => new ResiliencePipelineBuilder { TimeProvider = clock }.AddTimeout(timeout).Build());
            return await pipeline.ExecuteAsync(
                static async (s, token) => await s.connector.SendAsync(s.integration, s.delivery, token), (connector, integration, delivery), cancel);
        }
        catch (TimeoutRejectedException)
        {
            return new SendResult(new DeliveryOutcome.TryLater($"no answer within {timeout.TotalSeconds:0} s", null, FaultClass.System, MayHaveArrived: true), NoExchange);
        }
        catch (Exception e) when (!cancel.IsCancellationRequested && !TransientErrors.IsTransientInDatabase(e))
        {
            logger.LogError(e, "connector {Connector} failed on delivery {Delivery}", connector.Descriptor.Key, delivery.Id);
            return new SendResult(new DeliveryOutcome.TryLater($"{e.GetType().Name}: {e.Message}", null, FaultClass.System, MayHaveArrived: true), NoExchange);
        }
    }
}

/// <summary>A send whose outcome is to be recorded.</summary>
/// <param name="HoldsAtLast">At the end of its schedule the delivery is kept, not dead.</param>
public sealed record SentDelivery(
    Delivery Delivery, Integration Integration, bool IsIdempotent, bool HoldsAtLast, DeliveryOutcome Outcome, Exchange Exchange, DateTimeOffset StartedAt, TimeSpan Duration);

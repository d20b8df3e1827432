using Tapwork.Core.Integrations;
using Tapwork.Infrastructure.Integrations;

namespace Tapwork.Infrastructure.Deliveries;

/// <summary>Sends what is due now and returns: the back-up of the hosted lanes, on the same rows and under the same leases.</summary>
public sealed class DeliveryQueueDrain(
    IntegrationCatalogue catalogue, IEnumerable<IConnector> connectors, DeliveryClaims claims, DeliverySender sender, DeliveryRecorder recorder)
{
    /// <summary>For the connectors of which the filter says yes.</summary>
    /// <returns>How many were sent.</returns>
    public async Task<int> SendDueAsync(Func<IConnector, bool> which, CancellationToken cancel)
    {
        var count = 0;
        foreach (var connector in connectors.Where(which))
            foreach (var integration in (await catalogue.ListAsync(cancel)).Where(i => i.IsEnabled && i.ConnectorKey == connector.Descriptor.Key))
                count += await SendDueAsync(connector, integration.Id, cancel);
        return count;
    }

    // Read anew for every batch: the integration may be switched off, or get another address, while the queue is long.
    private async Task<int> SendDueAsync(IConnector connector, Guid integrationId, CancellationToken cancel)
    {
        var count = 0;
        while (await catalogue.FindAsync(integrationId, cancel) is { IsEnabled: true } integration)
        {
            var batch = await claims.ClaimAsync(integration, connector.IsIdempotent, integration.Concurrency, cancel);
            if (batch.IsStale)
                catalogue.Forget();
            else if (batch.Deliveries.Count == 0)
                break;
            else
                count += await SendAsync(connector, integration, batch, cancel);
        }
        return count;
    }

    private async Task<int> SendAsync(IConnector connector, Integration integration, ClaimedBatch batch, CancellationToken cancel)
    {
        // What has begun is finished and recorded, though the job is told to stop, or another of the batch failed: the partner may already have it.
        var sends = batch.Deliveries.Select(d => sender.SendAsync(connector, integration, d, CancellationToken.None)).ToList();
        try
        {
            await Task.WhenAll(sends);
        }
        finally
        {
            await recorder.RecordAsync([.. sends.Where(s => s.IsCompletedSuccessfully).Select(s => s.Result).OfType<SentDelivery>()], cancel);
        }
        return sends.Count(s => s.Result is not null);
    }
}

/// <summary>Sends deliveries whose time has come, mail aside.</summary>
public sealed class RetryDueDeliveriesJob(DeliveryQueueDrain drain)
{
    public Task RunAsync(CancellationToken cancel) => drain.SendDueAsync(c => c.Descriptor.Key != "mail", cancel);
}

/// <summary>Sends mails whose time has come.</summary>
public sealed class SendEmailsJob(DeliveryQueueDrain drain)
{
    public Task RunAsync(CancellationToken cancel) => drain.SendDueAsync(c => c.Descriptor.Key == "mail", cancel);
}

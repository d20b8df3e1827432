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
                while (await claims.ClaimAsync(integration, connector.IsIdempotent, integration.Concurrency, cancel) is { Deliveries.Count: > 0 } batch)
                {
                    // What has begun is finished and recorded, though the job is told to stop: the partner may already have it.
                    var sent = await Task.WhenAll(batch.Deliveries.Select(d => sender.SendAsync(connector, integration, d, CancellationToken.None)));
                    await recorder.RecordAsync([.. sent.OfType<SentDelivery>()], cancel);
                    count += batch.Deliveries.Count;
                }
        return count;
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

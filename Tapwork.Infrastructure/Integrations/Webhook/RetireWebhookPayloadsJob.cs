using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Tapwork.Core.Accounts;
using Tapwork.Core.Deliveries;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Integrations.Webhook;

/// <summary>Takes away what endpoints were sent and have answered, once its term is over; that it was sent, when and with what answer stays. What waits keeps everything.</summary>
public sealed class RetireWebhookPayloadsJob(Database database, IConfiguration configuration, TimeProvider clock)
{
    private const int BatchSize = 1000;

    /// <summary>Days a payload is kept; 0 for ever.</summary>
    public int Days => configuration.GetValue("Webhooks:PayloadDays", 90);

    public async Task RunAsync(CancellationToken cancel)
    {
        while (Days > 0 && await database.WriteAsync(Actor.System(nameof(RetireWebhookPayloadsJob)), db => RetireAsync(db, cancel), cancel) == BatchSize)
        {
        }
    }

    private async Task<int> RetireAsync(TapworkDbContext db, CancellationToken cancel)
    {
        var before = clock.GetUtcNow().AddDays(-Days);
        var ids = await db.Deliveries.Where(d => d.Purpose == WebhookRoute.Purpose && d.Status == DeliveryStatus.Delivered && d.StatusAt < before && d.Payload != "")
            .OrderBy(d => d.Id).Select(d => d.Id).Take(BatchSize).ToListAsync(cancel);
        await db.Attempts.Where(a => ids.Contains(a.DeliveryId)).ExecuteUpdateAsync(a => a.SetProperty(x => x.Request, (string?)null).SetProperty(x => x.Response, (string?)null), cancel);
        await db.Deliveries.Where(d => ids.Contains(d.Id)).ExecuteUpdateAsync(d => d.SetProperty(x => x.Payload, ""), cancel);
        return ids.Count;
    }
}

using Tapwork.Core.Deliveries;
using Tapwork.Core.Dossiers;
using Tapwork.Infrastructure.Deliveries;
using Tapwork.Tests.Integrations;

namespace Tapwork.Tests.Deliveries;

/// <summary>What the page of one delivery reads.</summary>
public sealed class DeliveryPageTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    // All attempts came with both bodies, 128 KiB each, again with every piece of news.
    [Fact]
    public async Task The_latest_attempts_are_read_without_what_was_said_in_them()
    {
        await using var hub = await HubFixture.StartAsync();
        var (id, _) = await hub.WebhookAsync();
        await hub.SubscribeAsync(id, null, DossierPrepared.Name);
        await hub.PrepareAsync();
        await hub.RouteAsync();
        var delivery = (await hub.DeliveriesAsync(id))[0];
        const int count = DeliveryQueries.AttemptPageSize + 5;
        await hub.ChangeAsync(db =>
        {
            db.Attempts.AddRange(Enumerable.Range(0, count).Select(n => DeliveryAttempt.Of(
                delivery, Given.Now, TimeSpan.Zero, new DeliveryOutcome.TryLater("down", null, FaultClass.System, true), new Exchange($"request {n}", $"response {n}", 503))));
            return Task.CompletedTask;
        });
        var deliveries = hub.Get<DeliveryQueries>();
        typeof(AttemptRow).GetProperties().Select(p => p.Name).ShouldNotContain("Request");
        var sheet = (await deliveries.FindAsync(hub.Admin, delivery.Id, Cancel))!;
        (sheet.Attempts.Count, sheet.AttemptCount).ShouldBe((DeliveryQueries.AttemptPageSize, count));
        (await deliveries.FindExchangeAsync(hub.Admin, sheet.Attempts[0].Id, Cancel)).ShouldBe(new AttemptExchange($"request {count - 1}", $"response {count - 1}"));
        (await deliveries.FindAsync(hub.Admin, delivery.Id, Cancel, 2 * DeliveryQueries.AttemptPageSize))!.Attempts.Count.ShouldBe(count);
    }
}

using Microsoft.EntityFrameworkCore;
using Tapwork.Core;
using Tapwork.Core.Dossiers;
using Tapwork.Core.Integrations;
using Tapwork.Infrastructure.Integrations;

namespace Tapwork.Tests.Integrations;

/// <summary>What a destination would have been sent, and what it is sent belatedly.</summary>
public class CatchUpTests
{
    private static readonly DateTimeOffset WeekAgo = Given.Now.AddDays(-7);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    // The page offered today as the first day, and the dry run then showed nothing.
    [Fact]
    public async Task A_dry_run_does_as_if_the_subscription_had_been_in_force_and_sending_does_not()
    {
        await using var hub = await HubFixture.StartAsync();
        var (id, _) = await hub.WebhookAsync();
        await hub.PrepareAsync();
        await hub.RouteAsync();
        var tomorrow = Paris.DayOf(Given.Now).AddDays(1);
        await hub.Get<SubscriptionDesk>().SubscribeAsync(hub.Admin, id, new SubscriptionTerms([DossierPrepared.Name], SubscriptionFilter.All, [], tomorrow, null), Cancel);
        (await hub.Get<CatchUp>().PreviewAsync(hub.Admin, id, WeekAgo, 10, Cancel)).Count.ShouldBe(1);
        (await hub.Get<CatchUp>().SendMissedAsync(hub.Admin, id, WeekAgo, null, Cancel)).ShouldBe(0);

        var row = await SubscriptionAsync(hub, id);
        await hub.Get<SubscriptionDesk>().ChangeAsync(hub.Admin, id, row.Id, row.Version, row.Terms with { From = tomorrow.AddDays(-30) }, Cancel);
        (await hub.Get<CatchUp>().SendMissedAsync(hub.Admin, id, WeekAgo, null, Cancel)).ShouldBe(1);
    }

    [Fact]
    public async Task A_dossier_that_goes_once_is_counted_once()
    {
        await using var hub = await HubFixture.StartAsync();
        var id = await PartnerAsync(hub);
        await hub.SubscribeAsync(id, null, DossierPrepared.Name, DossierAccepted.Name);
        await hub.PrepareAsync();
        await hub.ChangeAsync(async db => (await db.Dossiers.SingleAsync(Cancel)).Accept("SYM-1", Given.Now));
        await hub.RouteAsync();
        (await hub.Get<CatchUp>().PreviewAsync(hub.Admin, id, WeekAgo, 10, Cancel)).Withheld.ShouldBe(1, "one dossier, though two events told of it");
        await hub.Get<SubscriptionDesk>().AuthoriseAsync(hub.Admin, id, [], "contrat", null, Cancel);
        (await hub.Get<CatchUp>().PreviewAsync(hub.Admin, id, WeekAgo, 10, Cancel)).Count.ShouldBe(1);
        (await hub.Get<CatchUp>().SendMissedAsync(hub.Admin, id, WeekAgo, null, Cancel)).ShouldBe(1);
        (await hub.Get<CatchUp>().PreviewAsync(hub.Admin, id, WeekAgo, 10, Cancel)).Count.ShouldBe(1, "it went within the week");
        (await hub.Get<CatchUp>().PreviewAsync(hub.Admin, id, Given.Now.AddHours(-1), 10, Cancel)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task One_that_is_stopped_half_way_is_told_in_the_audit_trail_with_how_much_was_made()
    {
        await using var hub = await HubFixture.StartAsync();
        var (id, _) = await hub.WebhookAsync();
        await hub.PrepareAsync();
        await hub.RouteAsync();
        await hub.SubscribeAsync(id, null, DossierPrepared.Name);
        await Should.ThrowAsync<OperationCanceledException>(() => hub.Get<CatchUp>().SendMissedAsync(hub.Admin, id, WeekAgo, new Stopping(), Cancel));
        (await hub.DeliveriesAsync(id)).Count.ShouldBe(1);
        await using var db = hub.Open();
        (await db.AuditEntries.CountAsync(a => a.Action == "integration.caught_up", Cancel)).ShouldBe(1);
    }

    [Fact]
    public async Task The_second_of_two_who_change_a_subscription_is_told()
    {
        await using var hub = await HubFixture.StartAsync();
        var (id, _) = await hub.WebhookAsync();
        await hub.SubscribeAsync(id, null, DossierPrepared.Name);
        var row = await SubscriptionAsync(hub, id);
        var more = row.Terms with { Topics = [DossierPrepared.Name, DossierAccepted.Name] };
        await hub.Get<SubscriptionDesk>().ChangeAsync(hub.Admin, id, row.Id, row.Version, more, Cancel);
        (await SubscriptionAsync(hub, id)).Terms.Topics.ShouldBe(more.Topics);
        (await Should.ThrowAsync<RuleViolation>(() => hub.Get<SubscriptionDesk>().ChangeAsync(hub.Admin, id, row.Id, row.Version, row.Terms, Cancel))).Rule.ShouldBe("record.changed_meanwhile");
    }

    private static async Task<SubscriptionRow> SubscriptionAsync(HubFixture hub, Guid id) =>
        (await hub.Get<IntegrationQueries>().FindAsync(hub.Admin, (await hub.IntegrationAsync(id)).Code, Cancel))!.Subscriptions.Single();

    private static async Task<Guid> PartnerAsync(HubFixture hub) =>
        (await hub.ConnectAsync("partner", ("BaseUrl", hub.Server.Address.ToString()), ("Credential", "Bearer"), ("BearerToken", "b"))).Id;

    /// <summary>The person stops it after the first batch.</summary>
    private sealed class Stopping : IProgress<int>
    {
        public void Report(int value) => throw new OperationCanceledException();
    }
}

using System.Text;
using Tapwork.Core.Accounts;
using Tapwork.Core.Dossiers;
using Tapwork.Core.Integrations;
using Tapwork.Infrastructure.Integrations;
using Tapwork.Infrastructure.Webhooks;

namespace Tapwork.Tests.Integrations;

/// <summary>When a partner's word is from, where it says so badly or not at all.</summary>
public sealed class PartnerMomentTests
{
    private const string Undated = "";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    // The verdict came first, a review that it had overtaken after it: the dossier stood "in review" for ever.
    [Theory]
    [InlineData(Undated, 0)]
    [InlineData(Undated, 3)]
    [InlineData(Undated, 290)]
    [InlineData("null", 3)]
    [InlineData("\"soon\"", 3)]
    [InlineData("\"2031-01-01T00:00:00Z\"", 3)]
    public async Task An_overtaken_review_without_a_usable_moment_hides_no_verdict(string timestamp, int seconds)
    {
        await using var hub = await HubFixture.StartAsync();
        var sender = await SenderAsync(hub);
        (await TellAsync(sender, "approved", timestamp)).ShouldBe("approved");
        hub.Clock.Advance(TimeSpan.FromSeconds(seconds));
        (await TellAsync(sender, "in_review", timestamp)).ShouldBe("approved");
    }

    [Fact]
    public async Task Without_moments_each_word_counts_as_it_arrives_but_for_a_review_soon_after_a_verdict()
    {
        await using var hub = await HubFixture.StartAsync();
        var sender = await SenderAsync(hub);
        foreach (var status in (string[])["received", "in_review", "on_hold", "approved", "rejected"])
        {
            hub.Clock.Advance(TimeSpan.FromSeconds(3));
            (await TellAsync(sender, status, Undated)).ShouldBe(status);
        }
        hub.Clock.Advance(WebhookInbox.MostDistance + TimeSpan.FromSeconds(2));
        (await TellAsync(sender, "paid", Undated)).ShouldBe("paid");
    }

    // One moment of the future won over all that was said afterwards.
    [Theory]
    [InlineData("\"2031-01-01T00:00:00Z\"")]
    [InlineData("\"9999-12-31T23:59:59Z\"")]
    [InlineData("1924992000")]
    [InlineData("1924992000000")]
    public async Task A_moment_further_ahead_than_a_clock_may_be_is_that_of_the_call(string timestamp)
    {
        await using var hub = await HubFixture.StartAsync();
        var sender = await SenderAsync(hub);
        (await TellAsync(sender, "approved", timestamp)).ShouldBe("approved");
        hub.Clock.Advance(TimeSpan.FromSeconds(2));
        (await TellAsync(sender, "rejected", At(hub, TimeSpan.Zero))).ShouldBe("rejected");
        (await hub.DeliveriesAsync(sender.Id)).Single().PartnerStatusAt.ShouldBe(hub.Clock.GetUtcNow());
    }

    [Fact]
    public async Task A_moment_as_far_ahead_as_a_clock_may_be_counts()
    {
        await using var hub = await HubFixture.StartAsync();
        var sender = await SenderAsync(hub);
        await TellAsync(sender, "approved", At(hub, TimeSpan.FromMinutes(4)));
        hub.Clock.Advance(TimeSpan.FromMinutes(1));
        (await TellAsync(sender, "in_review", At(hub, TimeSpan.Zero))).ShouldBe("approved");
    }

    private static string At(HubFixture hub, TimeSpan ahead) => $"\"{hub.Clock.GetUtcNow() + ahead:O}\"";

    private static async Task<Sender> SenderAsync(HubFixture hub)
    {
        var (id, made) = await hub.ConnectAsync("partner", ("BaseUrl", hub.Server.Address.ToString()), ("Credential", "Bearer"), ("BearerToken", "b"));
        await hub.Get<SubscriptionDesk>().AuthoriseAsync(hub.Admin, id, Enum.GetValues<DossierPart>(), "Contrat du 3 mars", null, Cancel);
        await hub.SubscribeAsync(id, null, DossierPrepared.Name);
        var dossier = await hub.PrepareAsync();
        await hub.RouteAsync();
        await hub.SendAsync();
        return new Sender(hub, id, (await hub.IntegrationAsync(id)).Code, made["WebhookSecret"], dossier.ExternalId);
    }

    // What stands at the delivery afterwards.
    private static async Task<string?> TellAsync(Sender sender, string status, string timestamp)
    {
        var hub = sender.Hub;
        var dated = timestamp == Undated ? "" : $"\"timestamp\":{timestamp},";
        var body = Encoding.UTF8.GetBytes($$$"""{"type":"dossier.status",{{{dated}}}"data":{"external_id":"{{{sender.ExternalId}}}","status":"{{{status}}}"}}""");
        var (id, now) = ($"msg_{Guid.CreateVersion7():n}", hub.Clock.GetUtcNow());
        var headers = new Dictionary<string, string>
        {
            [StandardWebhook.IdHeader] = id,
            [StandardWebhook.TimestampHeader] = StandardWebhook.TextOf(now),
            [StandardWebhook.SignatureHeader] = StandardWebhook.Sign(id, now, body, sender.Secret),
        };
        (await hub.Get<WebhookInbox>().ReceiveAsync(sender.Code, headers.GetValueOrDefault, body, Actor.System("webhook"), Cancel)).ShouldBe(WebhookReception.Stored);
        await hub.Get<ProcessInboundCallsJob>().RunAsync(Cancel);
        return (await hub.DeliveriesAsync(sender.Id)).Single().PartnerStatus;
    }

    private sealed record Sender(HubFixture Hub, Guid Id, string Code, string Secret, string ExternalId);
}

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.EntityFrameworkCore;
using Tapwork.Infrastructure.Integrations;
using Tapwork.Infrastructure.Monitoring;
using Tapwork.Tests.Integrations;

namespace Tapwork.Tests.Monitoring;

/// <summary>Certificates seen by several instances, on several hosts.</summary>
public class CertificateWatchTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    // Each instance wrote its own sighting whenever it differed, so that an old one and a new one took turns.
    [Fact]
    public async Task An_instance_that_has_not_called_since_the_renewal_does_not_bring_the_old_certificate_back()
    {
        await using var hub = await HubFixture.StartAsync();
        var (id, _) = await hub.WebhookAsync();
        var other = new SeenCertificates(hub.Clock);
        hub.Get<SeenCertificates>().See(id, "partner.example", Until(5));
        (await WatchAsync(hub)).ShouldBe(["alert.certificate"]);
        hub.Clock.Advance(TimeSpan.FromMinutes(1));
        other.See(id, "Partner.example", Until(300));
        await hub.ChangeAsync(db => other.WriteDownAsync(db, Cancel));
        for (var i = 0; i < 3; i++)
            (await WatchAsync(hub)).ShouldBe(["alert.certificate", "alert.cleared"]);
    }

    [Fact]
    public async Task Of_two_hosts_the_first_to_expire_counts_while_it_is_called()
    {
        await using var hub = await HubFixture.StartAsync();
        var (id, _) = await hub.WebhookAsync();
        var seen = hub.Get<SeenCertificates>();
        seen.See(id, "login.example", Until(5));
        seen.See(id, "api.example", Until(300));
        for (var i = 0; i < 3; i++)
            (await WatchAsync(hub)).ShouldBe(["alert.certificate"]);
        hub.Clock.Advance(CertificateSighting.Lately + TimeSpan.FromHours(1));
        seen.See(id, "api.example", Until(300));
        (await WatchAsync(hub)).ShouldBe(["alert.certificate", "alert.cleared"], "the other host is not used any more");
    }

    private static X509Certificate2 Until(int days)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificateRequest("CN=partner.example", key, HashAlgorithmName.SHA256).CreateSelfSigned(Given.Now.AddYears(-1), Given.Now.AddDays(days));
    }

    private static async Task<List<string>> WatchAsync(HubFixture hub)
    {
        await hub.Get<WatchJob>().RunAsync(Cancel);
        await using var db = hub.Open();
        return await db.Events.Where(e => e.Topic.StartsWith("alert.")).OrderBy(e => e.Id).Select(e => e.Topic).ToListAsync(Cancel);
    }
}

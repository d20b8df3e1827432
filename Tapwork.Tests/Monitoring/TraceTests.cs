using System.Collections.Concurrent;
using System.Diagnostics;
using Tapwork.Core.Accounts;
using Tapwork.Core.Catalogue;
using Tapwork.Core.Dossiers;
using Tapwork.Infrastructure.Interventions;
using Tapwork.Infrastructure.Monitoring;
using Tapwork.Tests.Integrations;

namespace Tapwork.Tests.Monitoring;

/// <summary>A dossier followed from the click to the answer.</summary>
public class TraceTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Finishing_an_intervention_its_routing_and_every_send_are_one_trace()
    {
        await using var hub = await HubFixture.StartAsync();
        var (id, _) = await hub.WebhookAsync();
        await hub.SubscribeAsync(id, null, DossierPrepared.Name);
        var (office, intervention) = await ReadyAsync(hub);
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == Telemetry.SourceName,
            Sample = (ref _) => ActivitySamplingResult.AllData,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);

        await hub.Get<InterventionWorkflow>().CompleteInstallationAsync(office, intervention, Cancel);
        await hub.RouteAsync();
        hub.Answer = (context, _) => SymphonicsPartner.JsonAsync(context, 500, "");
        await hub.SendAsync();
        hub.Answer = null;
        hub.Clock.Advance(TimeSpan.FromMinutes(1));
        await hub.SendAsync();

        // Other tests run at the same time: theirs are other traces.
        var own = spans.Where(s => s.TraceId.ToHexString() == office.CorrelationId).ToList();
        own.Select(s => s.OperationName).Distinct().ShouldBe(["act", "route", "send"]);
        own.Where(s => s.OperationName == "send").Select(s => s.GetTagItem("tapwork.outcome")).ShouldBe(["TryLater", "Accepted"]);
    }

    [Fact]
    public void A_request_of_another_trace_is_linked_and_a_correlation_that_is_no_trace_is_only_named()
    {
        using var listener = new ActivityListener { ShouldListenTo = source => source.Name == Telemetry.SourceName, Sample = (ref _) => ActivitySamplingResult.AllData };
        ActivitySource.AddActivityListener(listener);
        using var request = new Activity("request").SetIdFormat(ActivityIdFormat.W3C).Start();
        var correlation = Actor.NewCorrelationId();
        using (var act = Telemetry.Begin("act", correlation))
        {
            act!.TraceId.ToHexString().ShouldBe(correlation);
            act.Links.Single().Context.TraceId.ShouldBe(request.TraceId);
            using var inner = Telemetry.Begin("act", correlation);
            inner!.ParentSpanId.ShouldBe(act.SpanId);
        }
        using var odd = Telemetry.Begin("act", "c1");
        (odd!.TraceId, odd.GetTagItem("tapwork.correlation")).ShouldBe((request.TraceId, "c1"));
    }

    private static async Task<(Actor Office, Guid Intervention)> ReadyAsync(HubFixture hub)
    {
        var person = Person.Create("Claire Martin", "claire@example.com", Role.Office, null, "fr", Given.Now);
        var intervention = Given.Intervention(hub.Company.Id).ReadyToComplete();
        await hub.ChangeAsync(db =>
        {
            db.AddRange(person, intervention, Operation.Add(intervention.OperationCode, "Régulation", true, null));
            return Task.CompletedTask;
        });
        return (new Actor(person.Id, person.Name, person.Role, null, "127.0.0.1", "test", Actor.NewCorrelationId()), intervention.Id);
    }
}

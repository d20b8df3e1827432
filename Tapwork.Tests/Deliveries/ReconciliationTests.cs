using Tapwork.Core.Accounts;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Integrations;
using Tapwork.Infrastructure.Integrations;

namespace Tapwork.Tests.Deliveries;

public class ReconciliationTests
{
    // A partner that never answered kept the comparison running for as many timeouts as there were dossiers.
    [Fact]
    public async Task A_partner_that_does_not_answer_is_asked_once_and_the_comparison_says_what_it_does_not_know()
    {
        await using var bench = await DeliveryBench.CreateAsync();
        await bench.OrderAsync(3, purpose: "dossier");
        var instance = bench.Start(new ToldConnector());
        await instance.SendDueAsync();
        var silent = new SilentConnector();
        var comparing = bench.Compare(silent).RunAsync(Actor.System("test"), 500, TestContext.Current.CancellationToken);
        await silent.Asked.Task.WaitAsync(TestContext.Current.CancellationToken);
        bench.Clock.Advance(TimeSpan.FromSeconds(bench.Integration.TimeoutSeconds + 1));
        var report = await comparing;
        report.Asked.ShouldBe(1);
        report.Findings.Single(f => f.Rule == "partner.not_told").Count.ShouldBe(1);
        report.Findings.Single(f => f.Rule == "partner.missing").Count.ShouldBe(0);
    }

    private sealed class SilentConnector : IConnector
    {
        public TaskCompletionSource Asked { get; } = new();

        public ConnectorDescriptor Descriptor => new ToldConnector().Descriptor;

        public bool IsIdempotent => true;

        public Task<SendResult> SendAsync(Integration integration, Delivery delivery, CancellationToken cancel) => throw new NotSupportedException();

        public async Task<bool?> HoldsAsync(Integration integration, Delivery delivery, CancellationToken cancel)
        {
            Asked.TrySetResult();
            await Task.Delay(Timeout.Infinite, cancel);
            return null;
        }

        public Uri? AddressOf(Integration integration) => null;

        public Task<Probe> ProbeAsync(Integration integration, CancellationToken cancel) => throw new NotSupportedException();
    }
}

using Microsoft.Extensions.Time.Testing;
using Tapwork.Core.Deliveries;
using Tapwork.Infrastructure.Integrations;
using Tapwork.Infrastructure.Integrations.Symphonics;

namespace Tapwork.Tests.Integrations;

public class SymphonicsTokensTests
{
    private const string Path = "/auth/token";

    // Made anew by two who asked at once, the client was two, and so were the tokens.
    [Fact]
    public void Who_asks_at_once_gets_the_same_client()
    {
        for (var turn = 0; turn < 200; turn++)
        {
            var settings = new SymphonicsSettings { BaseUrl = "https://symphonics.example", ClientId = "client", ClientSecret = "secret" };
            var clients = new TokenClient[8];
            Parallel.For(0, clients.Length, i => clients[i] = settings.Client);
            clients.ShouldAllBe(c => ReferenceEquals(c, clients[0]));
        }
    }

    [Fact]
    public async Task Fifty_callers_at_once_sign_in_once()
    {
        await using var partner = await SymphonicsPartner.AnswersAsync(async (_, arrival) =>
        {
            if (arrival.Path == Path)
                await Task.Delay(100);
            return false;
        });
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(() => partner.OutcomeAsync(), TestContext.Current.CancellationToken)));
        outcomes.ShouldAllBe(o => o is DeliveryOutcome.Accepted);
        partner.Server.Count(Path).ShouldBe(1);
        partner.Server.Arrivals.First().Body.ShouldBe($"grant_type=client_credentials&client_id=client&client_secret={SymphonicsPartner.Secret}");
    }

    [Fact]
    public async Task Fifty_callers_refused_at_once_renew_once()
    {
        var first = 0;
        await using var partner = await SymphonicsPartner.AnswersAsync(async (context, arrival) =>
        {
            if (arrival.Path == Path)
            {
                await SymphonicsPartner.JsonAsync(context, 200, $$"""{"access_token":"token-{{Interlocked.Increment(ref first)}}","expires_in":3600}""");
                return true;
            }
            if (arrival.Headers["Authorization"] != "Bearer token-1")
                return false;
            await SymphonicsPartner.JsonAsync(context, 401, "{}");
            return true;
        });
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(() => partner.OutcomeAsync(), TestContext.Current.CancellationToken)));
        outcomes.ShouldAllBe(o => o is DeliveryOutcome.Accepted);
        partner.Server.Count(Path).ShouldBe(2);
    }

    [Fact]
    public async Task A_token_is_renewed_before_it_expires_and_nobody_waits_for_it()
    {
        var clock = new FakeTimeProvider(Given.Now);
        var renewal = new TaskCompletionSource();
        var asked = 0;
        await using var partner = await SymphonicsPartner.AnswersAsync(async (_, arrival) =>
        {
            if (arrival.Path == Path && Interlocked.Increment(ref asked) == 2)
                await renewal.Task;
            return false;
        }, clock: clock);
        await partner.OutcomeAsync();
        clock.Advance(TimeSpan.FromMinutes(58));
        (await partner.OutcomeAsync()).ShouldBeOfType<DeliveryOutcome.Accepted>();
        partner.Server.Count(Path).ShouldBe(1);
        clock.Advance(TimeSpan.FromSeconds(61));
        (await partner.OutcomeAsync()).ShouldBeOfType<DeliveryOutcome.Accepted>();
        while (partner.Server.Count(Path) < 2)
            await Task.Delay(5, TestContext.Current.CancellationToken);
        renewal.SetResult();
    }

    [Fact]
    public async Task An_expired_token_is_not_used()
    {
        var clock = new FakeTimeProvider(Given.Now);
        await using var partner = await SymphonicsPartner.AnswersAsync((_, _) => Task.FromResult(false), clock: clock);
        await partner.OutcomeAsync();
        clock.Advance(TimeSpan.FromMinutes(61));
        await partner.OutcomeAsync();
        partner.Server.Arrivals.Select(a => a.Path).ShouldBe([Path, "/crm/interventions", Path, "/crm/interventions"]);
    }

    [Fact]
    public async Task A_caller_who_gives_up_does_not_end_it_for_the_others()
    {
        var answer = new TaskCompletionSource();
        await using var partner = await SymphonicsPartner.AnswersAsync(async (_, arrival) =>
        {
            if (arrival.Path == Path)
                await answer.Task;
            return false;
        });
        using var impatient = new CancellationTokenSource();
        var first = partner.Connector.SendAsync(partner.Integration, partner.Delivery(), impatient.Token);
        var second = partner.OutcomeAsync();
        while (partner.Server.Count(Path) == 0)
            await Task.Delay(5, TestContext.Current.CancellationToken);
        await impatient.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(first);
        answer.SetResult();
        (await second).ShouldBeOfType<DeliveryOutcome.Accepted>();
        partner.Server.Count(Path).ShouldBe(1);
    }

    [Theory]
    [InlineData(400, typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(401, typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(404, typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(429, typeof(DeliveryOutcome.TryLater))]
    [InlineData(500, typeof(DeliveryOutcome.TryLater))]
    [InlineData(200, typeof(DeliveryOutcome.TryLater))]
    public async Task Without_a_token_nothing_is_submitted_and_the_secret_is_not_told(int status, Type expected)
    {
        await using var partner = await SymphonicsPartner.AnswersAsync(async (context, arrival) =>
        {
            if (arrival.Path != Path)
                return false;
            await SymphonicsPartner.JsonAsync(context, status, $$$"""{"error":{"message":"wrong: {{{SymphonicsPartner.Secret}}}"}}""");
            return true;
        });
        var (outcome, exchange) = await partner.SendAsync();
        outcome.ShouldBeOfType(expected);
        outcome.ToString().ShouldNotContain("marker");
        exchange.ShouldBe(new Exchange(null, null, null));
        partner.Server.Count("/crm/interventions").ShouldBe(0);
    }
}

using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Text;
using Tapwork.Core.Accounts;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Integrations;

namespace Tapwork.Infrastructure.Integrations.Symphonics;

/// <summary>The access token: fetched once for all callers, renewed before it expires, and once more when it is refused.</summary>
internal sealed class SymphonicsTokens(OutgoingHttp http, DestinationBudget budget, TimeProvider clock)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    private readonly ConcurrentDictionary<Guid, Wallet> _wallets = new();

    public ValueTask<AccessToken> GetAsync(Integration integration, SymphonicsSettings settings, CancellationToken cancel)
    {
        var wallet = WalletOf(integration);
        var token = wallet.Token;
        if (token is { Outcome: null } && ReferenceEquals(token.Settings, settings))
        {
            var now = clock.GetUtcNow();
            if (now < token.RenewAt)
                return new(token);
            // Still good: those who come now go on with it while it is renewed.
            if (now < token.ExpiresAt)
            {
                _ = NewerAsync(wallet, integration, settings, token);
                return new(token);
            }
        }
        return new(NewerAsync(wallet, integration, settings, token).WaitAsync(cancel));
    }

    /// <summary>After a 401: however many were refused with one token, it is renewed once.</summary>
    public Task<AccessToken> RenewAsync(Integration integration, SymphonicsSettings settings, AccessToken refused, CancellationToken cancel)
    {
        var wallet = WalletOf(integration);
        lock (wallet)
        {
            if (ReferenceEquals(wallet.Token, refused))
                wallet.Token = null;
            return NewerAsync(wallet, integration, settings, refused).WaitAsync(cancel);
        }
    }

    private Wallet WalletOf(Integration integration) => _wallets.GetOrAdd(integration.Id, static _ => new Wallet());

    // The fetch belongs to nobody in particular: a caller who gives up does not end it for the others.
    // One that ended between the caller's look and this lock has left a newer token than the caller saw.
    private Task<AccessToken> NewerAsync(Wallet wallet, Integration integration, SymphonicsSettings settings, AccessToken? seen)
    {
        lock (wallet)
        {
            if (wallet.Token is { Outcome: null } newer && !ReferenceEquals(newer, seen) && ReferenceEquals(newer.Settings, settings))
                return Task.FromResult(newer);
            if (wallet.Fetching is { } under && ReferenceEquals(under.Settings, settings))
                return under.Task;
            var task = Task.Run(() => FetchAndKeepAsync(wallet, integration, settings));
            wallet.Fetching = (task, settings);
            return task;
        }
    }

    private async Task<AccessToken> FetchAndKeepAsync(Wallet wallet, Integration integration, SymphonicsSettings settings)
    {
        AccessToken? token = null;
        try
        {
            return token = await FetchAsync(integration, settings);
        }
        finally
        {
            lock (wallet)
                (wallet.Fetching, wallet.Token) = (null, token is { Outcome: null } ? token : wallet.Token);
        }
    }

    private async Task<AccessToken> FetchAsync(Integration integration, SymphonicsSettings settings)
    {
        using var over = new CancellationTokenSource(Patience, clock);
        try
        {
            if (await budget.TakeAsync(integration, CallFor.Person, Actor.System("symphonics-token"), Patience, over.Token) is { } wait)
                return Without(settings, new DeliveryOutcome.TryLater("no call left for a token", wait, FaultClass.Rate, false));
            var form = $"grant_type=client_credentials&client_id={Uri.EscapeDataString(settings.ClientId)}&client_secret={Uri.EscapeDataString(settings.ClientSecret)}";
            using var request = new HttpRequestMessage(HttpMethod.Post, settings.Token);
            request.Content = new OutgoingContent(Encoding.UTF8.GetBytes(form), "application/x-www-form-urlencoded");
            return Read(settings, await http.SendAsync(integration.Id, request, over.Token));
        }
        catch (OperationCanceledException)
        {
            return Without(settings, new DeliveryOutcome.TryLater("no token in time", null, FaultClass.System, false));
        }
    }

    private AccessToken Read(SymphonicsSettings settings, HttpAnswer answer)
    {
        if (answer.IsSuccess && Wire.Read(answer.Body, Wire.Default.TokenAnswer) is { AccessToken: { Length: > 0 } value } read)
        {
            var now = clock.GetUtcNow();
            var life = TimeSpan.FromSeconds(Math.Max(1, read.ExpiresIn ?? 300));
            var margin = life / 10 < TimeSpan.FromMinutes(1) ? life / 10 : TimeSpan.FromMinutes(1);
            return new AccessToken(settings, new AuthenticationHeaderValue("Bearer", value), now + life - margin, now + life, null);
        }
        var said = Masking.Mask(SymphonicsErrors.Read(answer.Body).Reason ?? $"HTTP {answer.Status}", settings.SecretForms);
        return Without(settings, answer switch
        {
            { Fault: HttpFault.Misconfigured } => new DeliveryOutcome.Misconfigured(answer.Reason!),
            { Fault: not HttpFault.None } => new DeliveryOutcome.TryLater(answer.Reason!, null, FaultClass.System, false),
            { Status: 429 } => new DeliveryOutcome.TryLater($"token: {said}", answer.RetryAfter, FaultClass.Rate, false),
            { Status: 408 or 425 or >= 500 or (>= 200 and < 300) } =>
                new DeliveryOutcome.TryLater($"token: {said}", answer.RetryAfter, FaultClass.System, false),
            _ => new DeliveryOutcome.Misconfigured($"sign-in refused: {said}"),
        });
    }

    private static AccessToken Without(SymphonicsSettings settings, DeliveryOutcome outcome) =>
        new(settings, null, default, default, outcome);

    private sealed class Wallet
    {
        public volatile AccessToken? Token;
        public (Task<AccessToken> Task, SymphonicsSettings Settings)? Fetching;
    }
}

/// <summary>A token for these settings, or what kept it away.</summary>
internal sealed record AccessToken(
    SymphonicsSettings Settings, AuthenticationHeaderValue? Header, DateTimeOffset RenewAt, DateTimeOffset ExpiresAt, DeliveryOutcome? Outcome)
{
    /// <summary>The token is secret: names what it is for only.</summary>
    public override string ToString() => $"token for {Settings}";
}

using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Text;
using Tapwork.Core.Accounts;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Integrations;

namespace Tapwork.Infrastructure.Integrations;

/// <summary>Access tokens by OAuth 2 client credentials: fetched once for all callers, renewed before they expire, and once more when one is refused.</summary>
internal sealed class ClientTokens(OutgoingHttp http, DestinationBudget budget, TimeProvider clock)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    private readonly ConcurrentDictionary<Guid, Wallet> _wallets = new();

    /// <param name="whom">Who waits for the token: their share of the calls pays for it.</param>
    public ValueTask<AccessToken> GetAsync(Integration integration, TokenClient client, CallFor whom, CancellationToken cancel)
    {
        var wallet = WalletOf(integration);
        var token = wallet.Token;
        if (token is { Outcome: null } && ReferenceEquals(token.Client, client))
        {
            var now = clock.GetUtcNow();
            if (now < token.RenewAt)
                return new(token);
            // Still good: those who come now go on with it while it is renewed.
            if (now < token.ExpiresAt)
            {
                _ = NewerAsync(wallet, integration, client, token, whom);
                return new(token);
            }
        }
        return new(NewerAsync(wallet, integration, client, token, whom).WaitAsync(cancel));
    }

    /// <summary>After a 401: however many were refused with one token, it is renewed once.</summary>
    public Task<AccessToken> RenewAsync(Integration integration, TokenClient client, AccessToken refused, CallFor whom, CancellationToken cancel)
    {
        var wallet = WalletOf(integration);
        lock (wallet)
        {
            if (ReferenceEquals(wallet.Token, refused))
                wallet.Token = null;
            return NewerAsync(wallet, integration, client, refused, whom).WaitAsync(cancel);
        }
    }

    private Wallet WalletOf(Integration integration) => _wallets.GetOrAdd(integration.Id, static _ => new Wallet());

    // The fetch belongs to nobody in particular: a caller who gives up does not end it for the others.
    // One that ended between the caller's look and this lock has left a newer token than the caller saw.
    private Task<AccessToken> NewerAsync(Wallet wallet, Integration integration, TokenClient client, AccessToken? seen, CallFor whom)
    {
        lock (wallet)
        {
            if (wallet.Token is { Outcome: null } newer && !ReferenceEquals(newer, seen) && ReferenceEquals(newer.Client, client))
                return Task.FromResult(newer);
            var isUnderWay = wallet.Fetching is { } under && ReferenceEquals(under.Client, client);
            wallet.IsForQueue = whom != CallFor.Person || (isUnderWay && wallet.IsForQueue);
            if (isUnderWay)
                return wallet.Fetching!.Value.Task;
            var task = Task.Run(() => FetchAndKeepAsync(wallet, integration, client));
            wallet.Fetching = (task, client);
            return task;
        }
    }

    private async Task<AccessToken> FetchAndKeepAsync(Wallet wallet, Integration integration, TokenClient client)
    {
        AccessToken? token = null;
        try
        {
            return token = await FetchAsync(wallet, integration, client);
        }
        finally
        {
            lock (wallet)
                (wallet.Fetching, wallet.Token) = (null, token is { Outcome: null } ? token : wallet.Token);
        }
    }

    private async Task<AccessToken> FetchAsync(Wallet wallet, Integration integration, TokenClient client)
    {
        using var over = new CancellationTokenSource(Patience, clock);
        try
        {
            if (await budget.TakeForTokenAsync(integration, () => wallet.IsForQueue, Actor.System("token"), Patience, over.Token) is { } wait)
                return Without(client, new DeliveryOutcome.TryLater("no call left for a token", wait, FaultClass.Rate, false));
            using var request = client.ToRequest();
            return Read(client, await http.SendAsync(integration.Id, request, over.Token));
        }
        catch (OperationCanceledException)
        {
            return Without(client, new DeliveryOutcome.TryLater("no token in time", null, FaultClass.System, false));
        }
    }

    private AccessToken Read(TokenClient client, HttpAnswer answer)
    {
        if (answer.IsSuccess && TokenAnswer.Read(answer.Body) is { } read)
        {
            var (value, life, now) = (read.AccessToken, read.Life, clock.GetUtcNow());
            var margin = life / 10 < TimeSpan.FromMinutes(1) ? life / 10 : TimeSpan.FromMinutes(1);
            return new AccessToken(client, new AuthenticationHeaderValue("Bearer", value), now + life - margin, now + life, null);
        }
        var said = Masking.Mask(client.ReasonOf(answer.Body) ?? $"HTTP {answer.Status}", client.SecretForms);
        return Without(client, answer switch
        {
            { Fault: HttpFault.Misconfigured } => new DeliveryOutcome.Misconfigured(answer.Reason!),
            { Fault: not HttpFault.None } => new DeliveryOutcome.TryLater(answer.Reason!, null, FaultClass.System, false),
            { Status: 429 } => new DeliveryOutcome.TryLater($"token: {said}", answer.RetryAfter, FaultClass.Rate, false),
            { Status: 408 or 425 or >= 500 or (>= 200 and < 300) } =>
                new DeliveryOutcome.TryLater($"token: {said}", answer.RetryAfter, FaultClass.System, false),
            _ => new DeliveryOutcome.Misconfigured($"sign-in refused: {said}"),
        });
    }

    private static AccessToken Without(TokenClient client, DeliveryOutcome outcome) =>
        new(client, null, default, default, outcome);

    private sealed class Wallet
    {
        public volatile AccessToken? Token;

        /// <summary>Whether the queue waits for what is being fetched, alone or beside people.</summary>
        public volatile bool IsForQueue;

        public (Task<AccessToken> Task, TokenClient Client)? Fetching;
    }
}

/// <summary>A token for this client, or what kept it away.</summary>
internal sealed record AccessToken(
    TokenClient Client, AuthenticationHeaderValue? Header, DateTimeOffset RenewAt, DateTimeOffset ExpiresAt, DeliveryOutcome? Outcome)
{
    /// <summary>The token is secret: names what it is for only.</summary>
    public override string ToString() => $"token of {Client.Id}";
}

/// <summary>How a client shows its secret to a token endpoint (RFC 6749, 2.3.1).</summary>
public enum ClientAuthentication
{
    /// <summary>Id and secret in the form (<c>client_secret_post</c>).</summary>
    Form,

    /// <summary>HTTP Basic (<c>client_secret_basic</c>).</summary>
    Basic,
}

/// <summary>Who asks for a token, and where. One object as long as the settings are the same: what was fetched is known by it.</summary>
/// <param name="SecretForms">Every way the secret may be written in what comes back.</param>
/// <param name="ReasonOf">Why it was refused, in the far side's words; null when it says nothing.</param>
internal sealed record TokenClient(Uri Address, string Id, string Secret, string[] SecretForms, Func<byte[], string?> ReasonOf)
{
    public ClientAuthentication Authentication { get; init; }

    /// <summary>What the token is to be good for; null or empty asks for what the far side gives by itself.</summary>
    public string? Scope { get; init; }

    /// <summary>The credentials of HTTP Basic: id and secret are form-encoded each before they are joined.</summary>
    public static string BasicOf(string id, string secret) =>
        Convert.ToBase64String(Encoding.ASCII.GetBytes($"{FormEncode(id)}:{FormEncode(secret)}"));

    /// <summary>As <c>application/x-www-form-urlencoded</c> has it.</summary>
    public static string FormEncode(string text) => Uri.EscapeDataString(text).Replace("%20", "+", StringComparison.Ordinal);

    public HttpRequestMessage ToRequest()
    {
        var form = new StringBuilder("grant_type=client_credentials");
        if (Authentication == ClientAuthentication.Form)
            form.Append("&client_id=").Append(FormEncode(Id)).Append("&client_secret=").Append(FormEncode(Secret));
        if (!string.IsNullOrEmpty(Scope))
            form.Append("&scope=").Append(FormEncode(Scope));
        var request = new HttpRequestMessage(HttpMethod.Post, Address)
        {
            Content = new OutgoingContent(Encoding.UTF8.GetBytes(form.ToString()), "application/x-www-form-urlencoded"),
        };
        request.Options.Set(OutgoingHttp.Route, "auth/token");
        if (Authentication == ClientAuthentication.Basic)
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", BasicOf(Id, Secret));
        return request;
    }

    /// <summary>The rest is secret.</summary>
    public override string ToString() => $"{Id} at {Address}";
}

/// <summary>RFC 6749, 5.1.</summary>
internal sealed record TokenAnswer(string AccessToken, TimeSpan Life)
{
    // For an answer without a usable lifetime: a token that ends sooner is renewed at its first 401.
    private const double UsualSeconds = 300;
    private const double MaxSeconds = 24 * 60 * 60;

    /// <summary>Null for an answer without a token that a header can bear.</summary>
    public static TokenAnswer? Read(ReadOnlySpan<byte> body) =>
        LenientJson.Parse(body) is { } json && json.Text("access_token") is { Length: > 0 } token && token.All(c => c is > ' ' and <= '~')
            ? new(token, LifeOf(json.Number("expires_in"))) : null;

    private static TimeSpan LifeOf(double? seconds) => TimeSpan.FromSeconds(seconds is > 0 ? Math.Clamp(seconds.Value, 1, MaxSeconds) : UsualSeconds);
}

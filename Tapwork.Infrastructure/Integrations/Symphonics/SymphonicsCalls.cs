using System.Net.Http.Headers;
using Tapwork.Core.Accounts;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Integrations;

namespace Tapwork.Infrastructure.Integrations.Symphonics;

/// <summary>One call of the API: signed in, counted, and repeated once after a token was refused.</summary>
internal sealed class SymphonicsCalls(OutgoingHttp http, ClientTokens tokens, DestinationBudget budget, SettingsProtection protection)
{
    private static readonly TimeSpan QueuePatience = TimeSpan.FromSeconds(10);
    private static readonly ProductInfoHeaderValue Product = new("Tapwork", "1");

    /// <summary>Throws only when cancelled.</summary>
    public async Task<SymphonicsAnswer> CallAsync(Integration integration, SymphonicsCall call, CancellationToken cancel)
    {
        SymphonicsSettings settings;
        try
        {
            settings = protection.Of<SymphonicsSettings>(integration);
        }
        catch (SettingsUnreadableException e)
        {
            return SymphonicsAnswer.Without(call, new DeliveryOutcome.Misconfigured(e.Message));
        }
        var token = await tokens.GetAsync(integration, settings.Client, call.For, cancel);
        var answer = await OnceAsync(integration, settings, call, token, cancel);
        if (answer is not { Fault: null, Http.Status: 401 })
            return answer;
        token = await tokens.RenewAsync(integration, settings.Client, token, call.For, cancel);
        return await OnceAsync(integration, settings, call with { IsPrepaid = false }, token, cancel);
    }

    /// <summary>Null while they cannot be read.</summary>
    public SymphonicsSettings? SettingsOf(Integration integration) => protection.Find<SymphonicsSettings>(integration);

    private async Task<SymphonicsAnswer> OnceAsync(
        Integration integration, SymphonicsSettings settings, SymphonicsCall call, AccessToken token, CancellationToken cancel)
    {
        if (token.Outcome is { } outcome)
            return SymphonicsAnswer.Without(call, outcome);
        if (!call.IsPrepaid && await PayAsync(integration, call, cancel) is { } wait)
            return SymphonicsAnswer.Without(call, new DeliveryOutcome.TryLater("no call left for now", wait, FaultClass.Rate, false));
        using var request = new HttpRequestMessage(call.Method, call.To(settings));
        if (call.Route is { } route)
            request.Options.Set(OutgoingHttp.Route, route);
        request.Headers.Authorization = token.Header;
        request.Headers.UserAgent.Add(Product);
        if (call.IdempotencyKey is { } key)
            request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        if (call.Body is { } body)
            request.Content = new OutgoingContent(body);
        var answer = await http.SendAsync(integration.Id, request, cancel);
        return new SymphonicsAnswer(call, answer, HttpVerdict.OfFault(answer), settings, token.Header!.Parameter);
    }

    /// <summary>Takes the call's place in the budget: people wait as long as their caller lets them, all others a few seconds.</summary>
    /// <returns>How long it would still be; null when it was taken.</returns>
    public Task<TimeSpan?> PayAsync(Integration integration, SymphonicsCall call, CancellationToken cancel) =>
        budget.TakeAsync(integration, call.For, call.By ?? Actor.System("symphonics"), call.For == CallFor.Person ? SymphonicsChecks.Patience : QueuePatience, cancel);
}

/// <param name="To">The address, under the settings of the moment.</param>
internal sealed record SymphonicsCall(HttpMethod Method, Func<SymphonicsSettings, Uri> To)
{
    /// <summary>The template of the path, for traces; null for the host alone.</summary>
    public string? Route { get; init; }

    public byte[]? Body { get; init; }

    /// <summary>The body for the record, without what is secret in it.</summary>
    public string? MaskedBody { get; init; }

    public string? IdempotencyKey { get; init; }
    public CallFor For { get; init; } = CallFor.Queue;
    public Actor? By { get; init; }

    /// <summary>Counted already, by the pump's claim or by a job.</summary>
    public bool IsPrepaid { get; init; }
}

/// <summary>The answer to a call, or the outcome of there being none.</summary>
internal sealed record SymphonicsAnswer(
    SymphonicsCall Call, HttpAnswer? Http, DeliveryOutcome? Fault, SymphonicsSettings? Settings, string? Token)
{
    public static SymphonicsAnswer Without(SymphonicsCall call, DeliveryOutcome outcome) => new(call, null, outcome, null, null);

    public int Status => Http?.Status ?? 0;

    public ReadOnlySpan<byte> Body => Http is null ? default : Http.Body;

    /// <summary>A text of the partner's without our secrets.</summary>
    public string Masked(string text) => Settings is null ? text : Masking.Mask(text, [Token, .. Settings.SecretForms]);

    /// <summary>For the record; nothing was sent when there was no call.</summary>
    public Exchange ToExchange() => Settings is null ? new Exchange(null, null, null) : HttpTranscript.Of(
        $"{Call.Method} {Call.To(Settings).AbsoluteUri}",
        [("Authorization", $"Bearer {Masking.Mark}"), .. Call.IdempotencyKey is { } key ? [("Idempotency-Key", key)] : Array.Empty<(string, string)>()],
        Call.Body is null ? null : Call.MaskedBody, Http, Masked);
}

using System.Net.Http.Headers;
using System.Text;
using Tapwork.Core.Accounts;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Integrations;

namespace Tapwork.Infrastructure.Integrations.Symphonics;

/// <summary>One call of the API: signed in, counted, and repeated once after a token was refused.</summary>
internal sealed class SymphonicsCalls(OutgoingHttp http, SymphonicsTokens tokens, DestinationBudget budget, SettingsProtection protection)
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
        var token = await tokens.GetAsync(integration, settings, cancel);
        var answer = await OnceAsync(integration, settings, call, token, cancel);
        if (answer is not { Fault: null, Http.Status: 401 })
            return answer;
        token = await tokens.RenewAsync(integration, settings, token, cancel);
        return await OnceAsync(integration, settings, call with { IsPrepaid = false }, token, cancel);
    }

    private async Task<SymphonicsAnswer> OnceAsync(
        Integration integration, SymphonicsSettings settings, SymphonicsCall call, AccessToken token, CancellationToken cancel)
    {
        if (token.Outcome is { } outcome)
            return SymphonicsAnswer.Without(call, outcome);
        if (!call.IsPrepaid && await PayAsync(integration, call, cancel) is { } wait)
            return SymphonicsAnswer.Without(call, new DeliveryOutcome.TryLater("no call left for now", wait, FaultClass.Rate, false));
        using var request = new HttpRequestMessage(call.Method, call.To(settings));
        request.Headers.Authorization = token.Header;
        request.Headers.UserAgent.Add(Product);
        if (call.IdempotencyKey is { } key)
            request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        if (call.Body is { } body)
            request.Content = new OutgoingContent(body);
        var answer = await http.SendAsync(integration.Id, request, cancel);
        return new SymphonicsAnswer(call, answer, FaultOf(answer), settings, token.Header!.Parameter);
    }

    // People wait as long as their caller lets them; the queue's further calls (after the one its claim has taken) a few seconds.
    private Task<TimeSpan?> PayAsync(Integration integration, SymphonicsCall call, CancellationToken cancel) =>
        budget.TakeAsync(integration, call.For, call.By ?? Actor.System("symphonics"), call.For == CallFor.Person ? SymphonicsChecks.Patience : QueuePatience, cancel);

    private static DeliveryOutcome? FaultOf(HttpAnswer answer) => answer.Fault switch
    {
        HttpFault.None => null,
        HttpFault.Misconfigured => new DeliveryOutcome.Misconfigured(answer.Reason!),
        _ => new DeliveryOutcome.TryLater(answer.Reason!, null, FaultClass.System, answer.MayHaveArrived),
    };
}

/// <param name="To">The address, under the settings of the moment.</param>
internal sealed record SymphonicsCall(HttpMethod Method, Func<SymphonicsSettings, Uri> To)
{
    public byte[]? Body { get; init; }

    /// <summary>The body for the record, without what is secret in it.</summary>
    public string? MaskedBody { get; init; }

    public string? IdempotencyKey { get; init; }
    public CallFor For { get; init; } = CallFor.Queue;
    public Actor? By { get; init; }

    /// <summary>Counted already, by the pump's claim.</summary>
    public bool IsPrepaid { get; init; }
}

/// <summary>The answer to a call, or the outcome of there being none.</summary>
internal sealed record SymphonicsAnswer(
    SymphonicsCall Call, HttpAnswer? Http, DeliveryOutcome? Fault, SymphonicsSettings? Settings, string? Token)
{
    private static readonly string[] TellingHeaders = ["Retry-After", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "X-Request-Id"];

    public static SymphonicsAnswer Without(SymphonicsCall call, DeliveryOutcome outcome) => new(call, null, outcome, null, null);

    public int Status => Http?.Status ?? 0;

    public ReadOnlySpan<byte> Body => Http is null ? default : Http.Body;

    /// <summary>A text of the partner's without our secrets.</summary>
    public string Masked(string text) => Settings is null ? text : Masking.Mask(text, [Token, .. Settings.SecretForms]);

    /// <summary>For the record; nothing was sent when there was no call.</summary>
    public Exchange ToExchange() => new(Settings is null ? null : RequestText(), Http is not { Status: > 0 } ? null : ResponseText(), Http is { Status: > 0 } ? Http.Status : null);

    private string RequestText()
    {
        var head = $"{Call.Method} {Call.To(Settings!).AbsoluteUri}\nAuthorization: Bearer {Masking.Mark}\n";
        if (Call.IdempotencyKey is { } key)
            head += $"Idempotency-Key: {key}\n";
        return Masking.Cut(Call.Body is null ? head : $"{head}Content-Type: application/json\n\n{Call.MaskedBody}");
    }

    private string ResponseText()
    {
        var text = new StringBuilder(Http!.Body.Length + 128).Append("HTTP ").Append(Http.Status);
        if (Http.ContentType is { } type)
            text.Append("\nContent-Type: ").Append(type);
        foreach (var name in TellingHeaders)
            if (Http.Headers!.NonValidated.TryGetValues(name, out var values))
                text.Append('\n').Append(name).Append(": ").Append(values.ToString());
        // A character takes at most four bytes; more than that can never be kept.
        var kept = Math.Min(Http.Body.Length, (Exchange.Kept * 4) + 1024);
        text.Append("\n\n").Append(Encoding.UTF8.GetString(Http.Body, 0, kept));
        return Masked(text.Replace("\0", "").ToString());
    }
}

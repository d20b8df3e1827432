using System.Text.Json;
using Tapwork.Core.Accounts;
using Tapwork.Core.Integrations;
using Tapwork.Core.Interventions;

namespace Tapwork.Infrastructure.Integrations.Symphonics;

/// <summary>
/// Questions a person waits for. Symphonics being away answers none of them: then a thing stays unchecked, and is asked again later.
/// Each throws <see cref="Core.RuleViolation"/> <c>integration.calls_per_person_reached</c> for a person who has asked too often,
/// and <see cref="NoCallLeftException"/> for a job whose part of the queue's calls is used up.
/// </summary>
public sealed class SymphonicsChecks
{
    /// <summary>How long a person is kept waiting.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly SymphonicsCalls _calls;
    private readonly IntegrationCatalogue _catalogue;
    private readonly PersonRateLimiter _limiter;
    private readonly TimeProvider _clock;

    internal SymphonicsChecks(SymphonicsCalls calls, IntegrationCatalogue catalogue, PersonRateLimiter limiter, TimeProvider clock) =>
        (_calls, _catalogue, _limiter, _clock) = (calls, catalogue, limiter, clock);

    /// <summary>Whether the delivery point exists.</summary>
    /// <param name="pdl">14 digits.</param>
    public async Task<PdlCheck> CheckPdlAsync(string pdl, Actor by, CancellationToken cancel)
    {
        var answer = await AskAsync(new SymphonicsCall(HttpMethod.Get, s => s.At($"validation/pdl/{Uri.EscapeDataString(pdl)}")) { Route = "validation/pdl/{pdl}" }, by, cancel);
        if (answer is not { Fault: null, Status: 200 or 400 or 404 or 422 } || PdlAnswer.Read(answer.Body) is not { Valid: { } isValid } read)
            return PdlCheck.Unheard;
        return new PdlCheck(isValid ? PdlState.Valid : PdlState.Invalid, read.Message, read.MeterType, ToPlace(read.Address));
    }

    /// <summary>Looks a delivery point up by address and name; null when none is found or nobody answers.</summary>
    public async Task<PdlFound?> FindPdlAsync(PdlPlace place, string customerName, Actor by, CancellationToken cancel)
    {
        var question = new PdlLookupQuestion(new WireAddress(place.Street, place.PostalCode, place.City), customerName);
        var body = JsonSerializer.SerializeToUtf8Bytes(question, Wire.Default.PdlLookupQuestion);
        var answer = await AskAsync(new SymphonicsCall(HttpMethod.Post, static s => s.At("validation/pdl/lookup")) { Route = "validation/pdl/lookup", Body = body }, by, cancel);
        return answer is { Fault: null, Status: 200 } && PdlLookupAnswer.Read(answer.Body) is { Pdl: { Length: > 0 } pdl } read
            ? new PdlFound(pdl, read.Confidence ?? 0, read.MeterType, ToPlace(read.Address))
            : null;
    }

    /// <summary>Whether Symphonics knows an account under this mail address; an inactive one counts, and is told.</summary>
    public async Task<AccountCheck> CheckAccountAsync(string email, Actor by, CancellationToken cancel)
    {
        var answer = await AskAsync(new SymphonicsCall(HttpMethod.Get, s => s.At($"validation/user/{Uri.EscapeDataString(email)}")) { Route = "validation/user/{email}" }, by, cancel);
        if (answer is not { Fault: null, Status: 200 or 404 } || UserAnswer.Read(answer.Body) is not { Exists: { } exists } read)
            return new AccountCheck(AccountState.Unchecked, null);
        return new AccountCheck(exists ? AccountState.Exists : AccountState.Missing, read.Status);
    }

    private async Task<SymphonicsAnswer?> AskAsync(SymphonicsCall call, Actor by, CancellationToken cancel)
    {
        var integration = (await _catalogue.ListAsync(cancel)).FirstOrDefault(i => i.ConnectorKey == SymphonicsConnector.Name && i.IsEnabled);
        if (integration is null)
            return null;
        _limiter.Acquire(integration, by);
        var counted = call with { For = by.PersonId is null ? CallFor.Job : CallFor.Person, By = by };
        // Before a token is asked for: while sign-in fails, the tokens that jobs cause are bounded as well.
        if (counted.For == CallFor.Job)
            counted = await _calls.PayAsync(integration, counted, cancel) is null ? counted with { IsPrepaid = true } : throw new NoCallLeftException();
        using var patience = new CancellationTokenSource(Patience, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancel);
        try
        {
            return await _calls.CallAsync(integration, counted, either.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return null;
        }
    }

    private static PdlPlace? ToPlace(WireAddress? address) =>
        address is null ? null : new PdlPlace(address.Street ?? "", address.PostalCode ?? "", address.City ?? "");
}

/// <summary>Nobody was asked: the jobs' part of the calls is used up for now.</summary>
public sealed class NoCallLeftException() : Exception("no call left for a job's question");

public sealed record PdlPlace(string Street, string PostalCode, string City);

/// <param name="Message">The partner's word on an invalid one.</param>
/// <param name="MeterType">As the partner names it: residential, commercial, precarious …</param>
public sealed record PdlCheck(PdlState State, string? Message, string? MeterType, PdlPlace? Place)
{
    /// <summary>Nobody answered.</summary>
    public static readonly PdlCheck Unheard = new(PdlState.Unchecked, null, null, null);
}

/// <param name="Confidence">0 to 1.</param>
public sealed record PdlFound(string Pdl, double Confidence, string? MeterType, PdlPlace? Place);

/// <param name="Status">As the partner names it: active, inactive …</param>
public sealed record AccountCheck(AccountState State, string? Status);

using Microsoft.AspNetCore.Components;
using Tapwork.Core;
using Tapwork.Core.Interventions;
using Tapwork.Infrastructure.Integrations.Symphonics;
using Tapwork.Infrastructure.Persistence;
using Tapwork.Web.Accounts;
using Tapwork.Web.Shell;

namespace Tapwork.Web.Interventions;

public sealed partial class AccountField : IDisposable
{
    private readonly CancellationTokenSource _gone = new();
    private readonly CancellationToken _closed;
    private string? _asked;
    private AccountCheck? _check;
    private bool _isAsking;
    private string? _refusal;

    public AccountField() => _closed = _gone.Token;

    [Parameter] public string Value { get; set; } = "";
    [Parameter] public EventCallback<string?> ValueChanged { get; set; }
    [Parameter] public string? Error { get; set; }

    /// <summary>What is kept of the address that is saved.</summary>
    [Parameter] public AccountState? Known { get; set; }

    [Parameter] public string? KnownValue { get; set; }
    [Inject] private SymphonicsChecks Symphonics { get; set; } = null!;
    [Inject] private Visitor Visitor { get; set; } = null!;

    private AccountState? State => _asked == Value && _check is not null ? _check.State : Value.Length > 0 && Value == KnownValue ? Known : null;

    protected override Task OnParametersSetAsync() =>
        Error is null && Value.Contains('@') && Value != _asked && !(Value == KnownValue && Known == AccountState.Exists) ? AskAsync() : Task.CompletedTask;

    private async Task AskAsync()
    {
        var asked = _asked = Value;
        (_isAsking, _check, _refusal) = (true, null, null);
        StateHasChanged();
        AccountCheck? answer = null;
        try
        {
            answer = await Symphonics.CheckAccountAsync(asked, Visitor.Actor, _closed);
        }
        catch (RuleViolation refusal)
        {
            _refusal = T.Say(refusal);
        }
        catch (Exception e) when (e is OperationCanceledException || DatabaseWeather.IsPassing(e))
        {
            // It stays unchecked, and can be asked again.
        }
        // An answer about an address that is no longer the entered one is dropped.
        if (asked == _asked)
            (_isAsking, _check) = (false, answer ?? new AccountCheck(AccountState.Unchecked, null));
    }

    public void Dispose()
    {
        _gone.Cancel();
        _gone.Dispose();
    }
}

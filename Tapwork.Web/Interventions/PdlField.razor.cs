using Tapwork.Core;
using Tapwork.Core.Interventions;
using Tapwork.Infrastructure.Integrations.Symphonics;
using Tapwork.Web.Shell;

namespace Tapwork.Web.Interventions;

public sealed partial class PdlField : IDisposable
{
    private readonly CancellationTokenSource _gone = new();
    private readonly CancellationToken _closed;
    private string? _asked;
    private PdlCheck? _check;
    private PdlFound? _found;
    private bool _isAsking, _isNotFound;
    private string? _refusal;

    public PdlField() => _closed = _gone.Token;

    private string Entered => Field.WithoutBlanks(Value);

    private bool IsWorthAsking => Entered.Length == 14 && Entered.All(char.IsAsciiDigit);

    private PdlState? State => _asked == Entered && _check is not null ? _check.State : Entered == KnownValue ? Known : null;

    private bool CanFind => !_isAsking && Place is { Street.Length: > 0, PostalCode.Length: > 0, City.Length: > 0 } && CustomerName.Length > 0;

    protected override async Task OnParametersSetAsync()
    {
        if (IsWorthAsking && Entered != _asked && !(Entered == KnownValue && Known != PdlState.Unchecked))
            await AskAsync();
    }

    private async Task AskAsync()
    {
        var asked = _asked = Entered;
        (_isAsking, _check, _found) = (true, null, null);
        StateHasChanged();
        var answer = await AnsweredAsync(cancel => Symphonics.CheckPdlAsync(asked, Visitor.Actor, cancel));
        // An answer about a number that is no longer the entered one is dropped.
        if (asked == _asked)
            (_isAsking, _check) = (false, answer ?? PdlCheck.Unheard);
    }

    private async Task FindAsync()
    {
        (_isAsking, _isNotFound) = (true, false);
        _found = await AnsweredAsync(cancel => Symphonics.FindPdlAsync(Place, CustomerName, Visitor.Actor, cancel));
        (_isAsking, _isNotFound) = (false, _found is null && _refusal is null);
    }

    private Task UseAsync(string pdl)
    {
        _found = null;
        return ValueChanged.InvokeAsync(pdl);
    }

    // Whatever is wrong out there, a field goes on working.
    private async Task<TAnswer?> AnsweredAsync<TAnswer>(Func<CancellationToken, Task<TAnswer>> ask) where TAnswer : class?
    {
        _refusal = null;
        try
        {
            return await ask(_closed);
        }
        catch (RuleViolation refusal)
        {
            _refusal = T.Say(refusal);
            return null;
        }
        catch (Exception e) when (e is OperationCanceledException || Infrastructure.Persistence.DatabaseWeather.IsPassing(e))
        {
            return null;
        }
    }

    private string MeterOf(string? type) => type is null ? "" : T[$"meter.{type}"] is { ResourceNotFound: false } known ? known.Value : type;

    public void Dispose()
    {
        _gone.Cancel();
        _gone.Dispose();
    }
}

using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;

namespace Tapwork.Web.Shell;

/// <summary>Search over everything, as a combobox: what is typed or pasted is looked for once the person pauses; arrows choose, Enter opens.</summary>
public sealed partial class SearchBox
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private CancellationTokenSource? _typing;
    private IReadOnlyList<Found>? _found;
    private List<string> _paths = [];
    private string _text = "";
    private bool _isListOpen;
    private int _active = -1;

    [Inject] private Finder Finder { get; set; } = null!;

    private bool IsListShown => _isListOpen && _text.Length >= 2 && _found is not null;

    private string Announcement => !IsListShown ? "" : _found!.Count == 0 ? T["search.none", _text] : T.Count("search.count", _found.Sum(f => f.Records.Count));

    private int IndexOf(string path) => _paths.IndexOf(path);

    private string Is(string path) => _active >= 0 && _paths[_active] == path ? "true" : "false";

    private async Task TypedAsync()
    {
        _isListOpen = true;
        if (_typing is not null)
            await _typing.CancelAsync();
        var typing = _typing = CancellationTokenSource.CreateLinkedTokenSource(Gone);
        await Task.Delay(Pause, Clock, typing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        if (!typing.IsCancellationRequested)
            await LookAsync();
    }

    private Task<bool> LookAsync() => ReadAsync(async () =>
    {
        var asked = _text;
        var found = await Finder.FindAsync(Visitor.Actor, asked, T, Gone);
        if (asked == _text)
            Show(found);
    });

    private void Show(IReadOnlyList<Found>? found)
    {
        _found = found;
        _paths = [.. (found ?? []).SelectMany(f => f.Records.Select(r => r.Path).Concat(f.All is { } all ? [all] : []))];
        _active = -1;
    }

    private async Task KeyAsync(KeyboardEventArgs e)
    {
        switch (e.Key)
        {
            case "ArrowDown" when _paths.Count > 0:
                (_isListOpen, _active) = (true, (_active + 1) % _paths.Count);
                break;
            case "ArrowUp" when _paths.Count > 0:
                (_isListOpen, _active) = (true, _active <= 0 ? _paths.Count - 1 : _active - 1);
                break;
            case "Enter":
                await OpenFoundAsync();
                break;
            case "Escape":
                Close();
                break;
        }
    }

    // Enter does not wait for the pause: a paste and Enter leads to the record.
    private async Task OpenFoundAsync()
    {
        if (_active < 0)
        {
            if (_typing is not null)
                await _typing.CancelAsync();
            await LookAsync();
        }
        if (_paths.Count == 0)
            return;
        var path = _paths[Math.Max(0, _active)];
        Leave();
        Navigation.NavigateTo(path);
    }

    private void Leave()
    {
        _text = "";
        Show(null);
        Close();
    }

    private void Close() => _isListOpen = false;
}

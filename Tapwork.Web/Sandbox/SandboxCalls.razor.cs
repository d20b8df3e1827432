using Tapwork.Web.Controls;
using Tapwork.Web.Shell;

namespace Tapwork.Web.Sandbox;

public sealed partial class SandboxCalls
{
    private const int Shown = 100;
    private IReadOnlyList<Arrival> _arrivals = [];
    private SandboxState _state = null!;
    private int _lastMinute;

    protected override void OnInitialized()
    {
        base.OnInitialized();
        Refresh();
    }

    protected override void Refresh()
    {
        if (Store is null)
            return;
        var all = Store.Arrivals;
        _arrivals = [.. all.Reverse().Take(Shown)];
        _lastMinute = all.Count(a => a.At > Now.AddMinutes(-1) && a.Path != SmtpStandIn.Area);
        _state = SandboxState.Of(Store);
    }

    private IEnumerable<(string, int)> Tiles =>
    [
        ("dossiers", _state.Dossiers), ("submissions", _state.Submissions), ("accepted", _state.Accepted201), ("repeats", _state.Repeats409),
        ("limited", _state.RateLimited429), ("files_right", _state.FilesRight), ("files_wrong", _state.FilesWrong + _state.FilesMissing), ("mails", _state.Mails),
    ];

    private string Pace => Need<SandboxSettings>() is { CallsPerMinute: > 0 } s
        ? T["sandbox.pace", _lastMinute, s.CallsPerMinute, Words.Number(s.CallsPerDay)]
        : T["sandbox.pace.none", _lastMinute];

    private static bool IsSecret(Arrival arrival) => arrival.Path.StartsWith("/auth", StringComparison.Ordinal);

    private async Task ResetAsync()
    {
        if (await Dialogs.ConfirmAsync(T["sandbox.reset.title"], T["sandbox.reset.text"], T["sandbox.reset"], isDangerous: true) is null)
            return;
        Store!.Reset();
        Need<SandboxFaults>().Clear();
        Refresh();
    }
}

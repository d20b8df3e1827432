using System.Globalization;
using MudBlazor;
using Tapwork.Web.Shell;

namespace Tapwork.Web.Sandbox;

/// <summary>Tells the stand-in how to misbehave, in plain words.</summary>
public sealed partial class SandboxFaultEditor
{
    private const int MostAtOnce = 1000, LongestDelay = 600_000, LongestRetryAfter = 3600;
    private static readonly Fault[] All = [.. Enum.GetValues<Fault>().Where(f => f != Fault.None)];

    private Dictionary<Fault, int> _rates = [];
    private string _area = "", _delay = "", _retryAfter = "", _times = "1";
    private string? _next, _nextArea, _error;

    private SandboxFaults Faults => Need<SandboxFaults>();

    private (string, string)[] Areas =>
    [
        ("/crm/interventions", T["sandbox.area.submissions"]), ("/validation", T["sandbox.area.validation"]), ("/auth", T["sandbox.area.auth"]), (SmtpStandIn.Area, T["sandbox.area.smtp"]),
        ("/partner", T["sandbox.area.partner"]), ("/webhook", T["sandbox.area.webhook"]),
    ];

    protected override void OnInitialized()
    {
        base.OnInitialized();
        if (Store is not null)
            Show(Faults.Plan);
    }

    private void Show(FaultPlan plan)
    {
        _rates = plan.Rates.ToDictionary(r => r.Key, r => (int)Math.Round(r.Value * 100));
        (_area, _delay, _retryAfter) = (plan.Area, Text(plan.DelayMilliseconds), Text(plan.RetryAfterSeconds));
    }

    private void Apply()
    {
        var rates = _rates.Where(r => r.Value != 0).ToDictionary(r => r.Key, r => r.Value / 100.0);
        var areNumbers = Within(_delay, LongestDelay, out var delay) & Within(_retryAfter, LongestRetryAfter, out var retryAfter);
        var areRates = _rates.Values.All(r => r is >= 0 and <= 100) && _rates.Values.Sum() <= 100;
        _error = !areRates ? T["sandbox.rates.wrong"].Value : !areNumbers ? T["sandbox.number.wrong"].Value : null;
        if (_error is not null)
            return;
        Faults.Plan = Faults.Plan with { Rates = rates, Area = _area, DelayMilliseconds = delay, RetryAfterSeconds = retryAfter };
        Tell(T["sandbox.applied"], Severity.Success);
    }

    private void Clear()
    {
        Faults.Clear();
        Show(Faults.Plan);
        _error = null;
        Tell(T["sandbox.cleared"], Severity.Success);
    }

    private void Enqueue()
    {
        if (!Enum.TryParse<Fault>(_next, out var fault) || !Within(_times, MostAtOnce, out var times) || times == 0)
        {
            Tell(T["sandbox.next.wrong"], Severity.Error);
            return;
        }
        Faults.Enqueue(fault, times, _nextArea);
        Tell(T.Count("sandbox.next.done", times), Severity.Success);
    }

    private static bool Within(string text, int most, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number <= most;

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}

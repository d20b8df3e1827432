using System.Globalization;
using Microsoft.AspNetCore.Components;
using Tapwork.Core;
using Tapwork.Core.Monitoring;
using Tapwork.Infrastructure.Monitoring;

namespace Tapwork.Web.Monitoring;

public partial class AlertRuleForm
{
    private AlertRuleRow _row = null!;
    private IReadOnlyList<Violation> _broken = [];
    private bool _isHalf;
    [Inject] private AlertDesk Desk { get; set; } = null!;
    [Parameter, EditorRequired] public AlertRuleRow Rule { get; set; } = null!;
    [Parameter] public EventCallback Done { get; set; }

    private AlertRecipients Tells => _row.Tells;

    protected override void OnParametersSet() => _row = _isHalf ? _row : Rule;

    // The first of the two hours waits for the second.
    private Task Take(AlertRuleRow row)
    {
        (_row, _isHalf) = (row, row.QuietFrom is null != row.QuietUntil is null);
        return _isHalf ? Task.CompletedTask : SaveAsync(row);
    }

    private async Task SaveAsync(AlertRuleRow row)
    {
        (_row, _broken, _isHalf) = (row, [], false);
        if (await ActAsync((actor, cancel) => Desk.ChangeAsync(actor, row, cancel), T["alerts.saved"], refusal => (_broken, _isHalf) = (refusal.Violations, true)))
            await Done.InvokeAsync();
    }

    private string? IsBroken(string field) => _broken.Any(b => b.Field == field) ? "true" : null;

    private static int Number(ChangeEventArgs e) => int.TryParse(e.Value?.ToString(), NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) ? number : -1;

    private static TimeOnly? Time(ChangeEventArgs e) => TimeOnly.TryParse(e.Value?.ToString(), CultureInfo.InvariantCulture, out var time) ? time : null;

    private static string? Text(TimeOnly? time) => time?.ToString("HH:mm", CultureInfo.InvariantCulture);
}

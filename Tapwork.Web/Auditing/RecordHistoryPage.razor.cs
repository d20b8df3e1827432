using Microsoft.AspNetCore.Components;
using MudBlazor;
using Tapwork.Core;
using Tapwork.Infrastructure.Auditing;
using Tapwork.Web.Controls;
using Tapwork.Web.Shell;

namespace Tapwork.Web.Auditing;

public sealed partial class RecordHistoryPage
{
    private const int Most = 1000;

    private IReadOnlyList<AuditRow>? _rows;

    [Inject] private AuditTrail Trail { get; set; } = null!;
    [Inject] private AuditErasure Erasure { get; set; } = null!;
    [Inject] private IDialogService Dialogs { get; set; } = null!;
    [Parameter] public string RecordType { get; set; } = "";
    [Parameter] public string RecordId { get; set; } = "";
    [SupplyParameterFromQuery(Name = "at")] private string? AtText { get; set; }
    [SupplyParameterFromQuery(Name = "and")] private string? AndText { get; set; }

    private string Title => _rows is [var latest, ..] ? T["audit.history_of", AuditWords.Record(T, latest)] : T["audit.history"];

    protected override void OnInitialized() => Follow(e => e.Subject.ToString() == RecordId, LoadAsync);

    protected override Task OnParametersSetAsync() => ReadAsync(LoadAsync);

    private async Task EraseAsync()
    {
        var fields = _rows!.SelectMany(r => r.Changes).Select(c => c.Field).Distinct().Select(f => (f, AuditWords.Field(T, f))).OrderBy(f => f.Item2, StringComparer.CurrentCultureIgnoreCase).ToList();
        if (await Dialogs.AskChoiceAsync(T["audit.erase.title"], T["audit.erase.text"], T["audit.erase.field"], T["audit.erase.act"], fields, null, T["audit.erase.all"]) is not { } field)
            return;
        var count = 0;
        if (await ActAsync(async (actor, cancel) => count = await Erasure.EraseAsync(actor, RecordType, RecordId, field.Length == 0 ? null : new HashSet<string> { field }, cancel)))
        {
            Tell(T.Count("audit.erase.done", count), Severity.Success);
            await ReadAsync(LoadAsync);
        }
    }

    private async Task LoadAsync() => _rows = await Trail.HistoryAsync(Visitor.Actor, RecordType, RecordId, Most, Gone);

    // Shown to the second, and meant with it.
    private static DateTimeOffset MomentOf(string? text, DateTimeOffset now) => FilterMoment.MomentOf(text)?.AddSeconds(1).AddTicks(-1) ?? now;

    private static string Shown(DateTimeOffset moment) => FilterMoment.Text(Paris.At(moment).DateTime)!;
}

using Microsoft.AspNetCore.Components;
using Tapwork.Infrastructure.Interventions;

namespace Tapwork.Web.Interventions;

public sealed partial class InterventionSheetPage
{
    private InterventionSheet? _sheet;
    private IReadOnlyList<HistoryEntry> _history = [];
    private bool _isUnknown;

    [Parameter] public Guid Id { get; set; }
    [SupplyParameterFromQuery(Name = "tab")] private string? Tab { get; set; }
    [SupplyParameterFromQuery(Name = "history")] private string? Shown { get; set; }
    [Inject] private InterventionQueries Interventions { get; set; } = null!;
    [Inject] private InterventionHistory History { get; set; } = null!;

    private string Current => Tab is "photos" or "documents" or "dossiers" ? Tab : "details";

    protected override void OnInitialized() => Follow(e => e.Subject == Id || e.Json.Contains(Id.ToString(), StringComparison.Ordinal)
        || _sheet?.Dossiers.Any(d => d.Id == e.Subject) == true, LoadAsync);

    protected override async Task OnParametersSetAsync()
    {
        if (_sheet?.Id != Id)
            await ReadAsync(LoadAsync);
    }

    private async Task LoadAsync()
    {
        var (actor, id) = (Visitor.Actor, Id);
        var sheet = await Interventions.FindAsync(actor, id, Gone);
        var history = sheet is null ? [] : await History.ReadAsync(actor, id, Gone);
        (_sheet, _history, _isUnknown) = (sheet, history, sheet is null);
    }

    private static IEnumerable<(string Tab, int? Count)> Tabs(InterventionSheet sheet) =>
        [("details", null), ("photos", sheet.Photos.Count), ("documents", sheet.Documents.Count), ("dossiers", sheet.Dossiers.Count)];
}

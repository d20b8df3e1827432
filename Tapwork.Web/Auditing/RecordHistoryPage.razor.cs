using System.Globalization;
using Microsoft.AspNetCore.Components;
using Tapwork.Core;
using Tapwork.Infrastructure.Auditing;
using Tapwork.Web.Controls;

namespace Tapwork.Web.Auditing;

public sealed partial class RecordHistoryPage
{
    private const int Most = 1000;

    private IReadOnlyList<AuditRow>? _rows;

    [Inject] private AuditTrail Trail { get; set; } = null!;
    [Parameter] public string RecordType { get; set; } = "";
    [Parameter] public string RecordId { get; set; } = "";
    [SupplyParameterFromQuery(Name = "at")] private string? AtText { get; set; }
    [SupplyParameterFromQuery(Name = "and")] private string? AndText { get; set; }

    private string Title => _rows is [var latest, ..] ? T["audit.history_of", AuditWords.Record(T, latest)] : T["audit.history"];

    protected override void OnInitialized() => Follow(e => e.Subject.ToString() == RecordId, LoadAsync);

    protected override Task OnParametersSetAsync() => ReadAsync(LoadAsync);

    private async Task LoadAsync() => _rows = await Trail.HistoryAsync(Visitor.Actor, RecordType, RecordId, Most, Gone);

    // Shown to the second, and meant with it.
    private static DateTimeOffset MomentOf(string? text, DateTimeOffset now) => FilterMoment.Read(text) is { } shown
        ? Paris.At(DateOnly.FromDateTime(shown), TimeOnly.FromDateTime(shown)).AddSeconds(1).AddTicks(-1) : now;

    private static string Shown(DateTimeOffset moment) => Text(Paris.At(moment).DateTime)!;

    private static string? Text(DateTime? moment) => moment?.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture);
}

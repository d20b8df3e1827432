using System.Globalization;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;
using Microsoft.AspNetCore.WebUtilities;
using Tapwork.Infrastructure.Auditing;
using Tapwork.Web.Controls;

namespace Tapwork.Web.Auditing;

public sealed partial class AuditPage
{
    private IReadOnlyList<(Guid Id, string Name)> _people = [];
    private Dictionary<string, string> _values = [];
    private AuditPageRead? _asked;
    private Infrastructure.Auditing.AuditPage? _page;
    private bool _isLoading = true, _hasNews;

    [Inject] private AuditTrail Trail { get; set; } = null!;
    [Inject] private AuditedFields Audited { get; set; } = null!;

    private bool IsFiltered => AuditAddress.Names.Any(n => Value(n) is not null);

    protected override async Task OnInitializedAsync()
    {
        Navigation.LocationChanged += OnMoved;
        Gone.Register(() => Navigation.LocationChanged -= OnMoved);
        // Whoever reads is not interrupted: they are told, and choose.
        Follow(_ => !_hasNews && _asked is { After: null, Before: null }, LookForNewsAsync);
        await ReadAsync(async () => _people = await Trail.PeopleAsync(Visitor.Actor, Gone));
        await ReadAsync(LoadAsync);
    }

    private string? Value(string name) => _values.GetValueOrDefault(name);

    private void OnMoved(object? sender, LocationChangedEventArgs e) => _ = HearAsync(LoadAsync);

    private async Task LoadAsync()
    {
        var address = Navigation.ToAbsoluteUri(Navigation.Uri);
        if (!address.AbsolutePath.EndsWith("/audit", StringComparison.Ordinal))
            return;
        _values = QueryHelpers.ParseQuery(address.Query).Where(v => !string.IsNullOrEmpty(v.Value)).ToDictionary(v => v.Key, v => v.Value[^1]!);
        var asked = new AuditPageRead(AuditAddress.Read(Value), UrlState.NumberOf(Value("after")), UrlState.NumberOf(Value("before")));
        if (asked == _asked && !_hasNews)
            return;
        (_asked, _isLoading, _hasNews) = (asked, true, false);
        _page = await Trail.PageAsync(Visitor.Actor, asked.Filter, asked.After, asked.Before, Gone);
        _isLoading = false;
    }

    private async Task LookForNewsAsync()
    {
        if (_page is { Rows: var rows } && _asked is { } asked)
            _hasNews = (await Trail.PageAsync(Visitor.Actor, asked.Filter, null, rows is [var latest, ..] ? latest.Entry.Id : null, Gone)).Rows.Count > 0;
    }

    private Task ShowNewsAsync() => ReadAsync(LoadAsync);

    private string ExportPath(string form) => QueryHelpers.AddQueryString($"audit/export.{form}", _values.Where(v => AuditAddress.Names.Contains(v.Key)).ToDictionary(v => v.Key, v => (string?)v.Value));

    private void Go((string Name, string? Value) change) => Navigation.GoWith(change, ("after", null), ("before", null));

    private void Turn(string direction, long id) => Navigation.GoWith(("after", null), ("before", null), (direction, id.ToString(CultureInfo.InvariantCulture)));

    private sealed record AuditPageRead(AuditFilter Filter, long? After, long? Before);
}

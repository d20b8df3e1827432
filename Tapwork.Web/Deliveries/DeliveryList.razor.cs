using System.Globalization;
using Microsoft.AspNetCore.Components;
using MudBlazor;
using Tapwork.Core.Deliveries;
using Tapwork.Infrastructure.Deliveries;
using Tapwork.Infrastructure.Monitoring;
using Tapwork.Web.Controls;
using Tapwork.Web.Shell;

namespace Tapwork.Web.Deliveries;

public sealed partial class DeliveryList
{
    private const string InTrouble = "trouble";

    private readonly HashSet<long> _selected = [];
    private IReadOnlyList<(string, string)> _destinations = [];
    private DeliveryPage? _page;
    private bool _isLoading = true;

    [Inject] private DeliveryQueries Deliveries { get; set; } = null!;
    [Inject] private DeliveryDesk Desk { get; set; } = null!;
    [Inject] private LongRuns Runs { get; set; } = null!;
    [Inject] private IDialogService Dialogs { get; set; } = null!;
    [SupplyParameterFromQuery(Name = "q")] private string? Search { get; set; }
    [SupplyParameterFromQuery(Name = "destination")] private string? Destination { get; set; }
    [SupplyParameterFromQuery(Name = "status")] private string? Status { get; set; }
    [SupplyParameterFromQuery(Name = "topic")] private string? Topic { get; set; }
    [SupplyParameterFromQuery(Name = "from")] private string? From { get; set; }
    [SupplyParameterFromQuery(Name = "to")] private string? To { get; set; }
    [SupplyParameterFromQuery(Name = "correlation")] private string? Correlation { get; set; }
    [SupplyParameterFromQuery(Name = "after")] private string? AfterText { get; set; }
    [SupplyParameterFromQuery(Name = "before")] private string? BeforeText { get; set; }

    private bool IsFiltered => (Search ?? Destination ?? Status ?? Topic ?? From ?? To ?? Correlation) is not null;

    private DateOnly? FromDay => Day(From);

    private DateOnly? ToDay => Day(To);

    private bool AreAllSelected => _page is { Rows.Count: > 0 } page && page.Rows.All(r => _selected.Contains(r.Id));

    private IEnumerable<(string, string)> Statuses =>
        [(InTrouble, T["deliveries.in_trouble"].Value), .. Enum.GetValues<DeliveryStatus>().Select(s => (s.ToString(), T.Say(s)))];

    private IEnumerable<(string, string)> TopicChoices => Deliveries.Topics.Select(t => (t, T.Topic(t)));

    private DeliveryFilter Filter => new(
        Search, Guid.TryParse(Destination, out var destination) ? destination : null, UrlState.ChoiceOf<DeliveryStatus>(Status),
        Topic, Status == InTrouble, FromDay, ToDay, null, UrlState.NumberOf(AfterText), UrlState.NumberOf(BeforeText), Correlation);

    protected override async Task OnInitializedAsync()
    {
        Follow(e => e.Topic.StartsWith(DeliveryEvent.Prefix, StringComparison.Ordinal) || e.Topic == "dossier.prepared", LoadAsync);
        await ReadAsync(async () => _destinations = [.. (await Deliveries.DestinationsAsync(Visitor.Actor, Gone)).Select(d => (d.Id.ToString(), d.Name))]);
    }

    protected override async Task OnParametersSetAsync()
    {
        _isLoading = true;
        await ReadAsync(LoadAsync);
        _isLoading = false;
    }

    private async Task LoadAsync()
    {
        _page = await Deliveries.ListAsync(Visitor.Actor, Filter, Gone);
        _selected.IntersectWith(_page.Rows.Select(r => r.Id));
    }

    private async Task ReplaySelectedAsync()
    {
        var count = new ReplayCount(0, 0);
        if (await ActAsync(async (actor, cancel) => count = await Desk.ReplayAsync(actor, [.. _selected], cancel)))
        {
            if (count.Replayed > 0 || count.Superseded == 0)
                Tell(T.Count("deliveries.replayed", count.Replayed), Severity.Success);
            if (count.Superseded > 0)
                Tell(T.Count("deliveries.superseded", count.Superseded), Severity.Info);
            _selected.Clear();
            await ReadAsync(LoadAsync);
        }
    }

    private async Task ReplayAllAsync()
    {
        var filter = Filter with { After = null, Before = null };
        if (await Dialogs.ConfirmAsync(T["deliveries.replay_all.title"], T["deliveries.replay_all.text", T.Total(_page!.Total)], T["delivery.replay"]) is null)
            return;
        var path = "/" + Navigation.ToBaseRelativePath(Navigation.Uri);
        await ActAsync((actor, _) => Task.FromResult(Runs.Begin(actor, "replay", _page.Total, path.Length > 200 ? "/deliveries" : path, async (run, cancel) =>
        {
            var count = await Desk.ReplayAllAsync(actor, filter, run, cancel);
            return count.Superseded == 0 ? "ended" : "ended_superseded";
        })));
    }

    private void Select(long id)
    {
        if (!_selected.Remove(id))
            _selected.Add(id);
    }

    private void SelectAll(ChangeEventArgs e)
    {
        if (e.Value is true)
            _selected.UnionWith(_page!.Rows.Select(r => r.Id));
        else
            _selected.Clear();
    }

    private void Go(string name, string? value) => Navigation.GoWith((name, value), ("after", null), ("before", null));

    private void Turn(string direction, long id) =>
        Navigation.GoWith(("after", null), ("before", null), (direction, id.ToString(CultureInfo.InvariantCulture)));

    private static DateOnly? Day(string? text) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day : null;
}

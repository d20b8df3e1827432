using Microsoft.AspNetCore.Components;
using Tapwork.Infrastructure.Monitoring;
using Tapwork.Web.Controls;
using Tapwork.Web.Shell;

namespace Tapwork.Web.Monitoring;

public sealed partial class LogPage
{
    private HashSet<string> _kinds = [];
    private LogReading? _reading;
    private bool _isLoading = true;

    [Inject] private LogQueries Log { get; set; } = null!;
    [SupplyParameterFromQuery(Name = "q")] private string? Search { get; set; }
    [SupplyParameterFromQuery(Name = "correlation")] private string? Correlated { get; set; }
    [SupplyParameterFromQuery(Name = "level")] private string? Level { get; set; }
    [SupplyParameterFromQuery(Name = "from")] private string? From { get; set; }
    [SupplyParameterFromQuery(Name = "to")] private string? To { get; set; }
    [SupplyParameterFromQuery(Name = "kinds")] private string? Kinds { get; set; }
    [SupplyParameterFromQuery(Name = "before")] private string? Below { get; set; }

    private bool IsFiltered => (Search ?? Correlated ?? Level ?? From ?? To ?? Kinds) is not null;

    private LogFilter Filter => new(
        Correlated, Search, FilterMoment.MomentOf(From), FilterMoment.MomentOf(To),
        [.. _kinds.Select(k => UrlState.ChoiceOf<LogKind>(k)).OfType<LogKind>()],
        UrlState.ChoiceOf<Gravity>(Level) ?? Gravity.Information);

    // What was looked through, so that nobody takes silence for proof.
    private string Period => _reading switch
    {
        null => "",
        { From: null, Until: null } => T["log.any_time"],
        { From: null, Until: { } until } => T["log.until", Words.Moment(until)],
        { From: { } from, Until: null } => T["log.since", Words.Moment(from)],
        { From: { } from, Until: { } until } => T["log.between", Words.Moment(from), Words.Moment(until)],
    } + (_reading is { IsCut: true } ? " " + T["log.cut", LogFilter.Longest.Days] : "");

    protected override async Task OnParametersSetAsync()
    {
        _kinds = [.. (Kinds ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries)];
        _isLoading = true;
        await ReadAsync(async () => _reading = await Log.ReadAsync(Visitor.Actor, Filter, LogPosition.Read(Below), Gone));
        _isLoading = false;
    }

    private void Go(string name, string? value) => Navigation.GoWith((name, value), ("before", null));
}

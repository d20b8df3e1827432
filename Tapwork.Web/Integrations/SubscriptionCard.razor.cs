using Microsoft.AspNetCore.Components;
using Tapwork.Core;
using Tapwork.Core.Integrations;
using Tapwork.Core.Interventions;
using Tapwork.Infrastructure.Catalogue;
using Tapwork.Infrastructure.Companies;
using Tapwork.Infrastructure.Integrations;
using Tapwork.Web.Controls;
using Tapwork.Web.Shell;

namespace Tapwork.Web.Integrations;

public sealed partial class SubscriptionCard
{
    private readonly HashSet<string> _topics = [], _chosenCompanies = [], _chosenOperations = [], _statuses = [], _masked = [];
    private IReadOnlyList<(string, string)> _companies = [], _operations = [];
    private IReadOnlyList<Violation> _broken = [];
    private string? _postcodes, _from, _until;
    private bool _isAdding;

    [Inject] private SubscriptionDesk Desk { get; set; } = null!;
    [Inject] private CompanyQueries Companies { get; set; } = null!;
    [Inject] private OperationQueries Operations { get; set; } = null!;
    [Parameter, EditorRequired] public IntegrationSheet Sheet { get; set; } = null!;
    [Parameter, EditorRequired] public ConnectorDescriptor Connector { get; set; } = null!;
    [Parameter] public EventCallback Done { get; set; }

    private IEnumerable<string> Topics => Connector.Topics.Order(StringComparer.Ordinal);

    protected override Task OnInitializedAsync()
    {
        _from = TypedDate.ToInput(Paris.DayOf(Now));
        return ReadAsync(async () =>
        {
            _companies = [.. (await Companies.ListAsync(Visitor.Actor, Gone)).Select(c => (c.Id.ToString(), c.Name))];
            _operations = [.. (await Operations.ListAsync(Visitor.Actor, Gone)).Select(o => (o.Code, o.Code))];
        });
    }

    private string Narrowed(SubscriptionTerms terms)
    {
        var filter = terms.Filter;
        string[] parts =
        [
            .. filter.Companies.Select(c => _companies.FirstOrDefault(k => k.Item1 == c.ToString()).Item2 ?? c.ToString()), .. filter.Operations,
            .. filter.PostcodePrefixes.Select(p => $"{p}…"), .. filter.Statuses.Select(s => T.Say(s)), .. terms.MaskedFields.Select(m => $"− {m}"),
        ];
        return parts.Length == 0 ? T["integration.everything"] : string.Join(", ", parts);
    }

    private async Task SubscribeAsync()
    {
        _broken = TypedDate.FromInput(_from) is null ? [new Violation("field.required", "From")] : [];
        if (_broken.Count > 0)
            return;
        var terms = new SubscriptionTerms([.. _topics.Order(StringComparer.Ordinal)], new SubscriptionFilter(
            [.. _chosenCompanies.Select(Guid.Parse)], [.. _chosenOperations.Order(StringComparer.Ordinal)],
            [.. (_postcodes ?? "").Split([' ', ',', ';'], StringSplitOptions.RemoveEmptyEntries)], [.. _statuses.Select(Enum.Parse<InterventionStatus>)]),
            [.. _masked.Order(StringComparer.Ordinal)], TypedDate.FromInput(_from)!.Value, TypedDate.FromInput(_until));
        if (!await ActAsync((actor, cancel) => Desk.SubscribeAsync(actor, Sheet.Row.Id, terms, cancel), T["integration.subscribed"], refusal => _broken = refusal.Violations))
            return;
        _isAdding = false;
        _topics.Clear();
        await Done.InvokeAsync();
    }

    private async Task RemoveAsync(Guid id)
    {
        if (await ActAsync((actor, cancel) => Desk.UnsubscribeAsync(actor, Sheet.Row.Id, id, cancel), T["integration.unsubscribed"]))
            await Done.InvokeAsync();
    }

    private string? ErrorOf(string field) => _broken.FirstOrDefault(b => b.Field == field) is { } broken ? T.Say(broken) : null;
}

using Microsoft.AspNetCore.Components;
using MudBlazor;
using Tapwork.Core.Integrations;
using Tapwork.Infrastructure.Catalogue;
using Tapwork.Infrastructure.Companies;
using Tapwork.Infrastructure.Integrations;
using Tapwork.Web.Controls;
using Tapwork.Web.Shell;

namespace Tapwork.Web.Integrations;

public sealed partial class SubscriptionCard
{
    private static readonly Guid New = Guid.Empty;

    private IReadOnlyList<(string, string)> _companies = [], _operations = [];

    // One form at a time: its fields have their ids once on the page.
    private Guid? _open;

    [Inject] private IDialogService Dialogs { get; set; } = null!;
    [Inject] private SubscriptionDesk Desk { get; set; } = null!;
    [Inject] private CompanyQueries Companies { get; set; } = null!;
    [Inject] private OperationQueries Operations { get; set; } = null!;
    [Parameter, EditorRequired] public IntegrationSheet Sheet { get; set; } = null!;
    [Parameter, EditorRequired] public ConnectorDescriptor Connector { get; set; } = null!;
    [Parameter] public EventCallback Done { get; set; }

    protected override Task OnInitializedAsync() => ReadAsync(async () =>
    {
        _companies = [.. (await Companies.ListAsync(Visitor.Actor, Gone)).Select(c => (c.Id.ToString(), c.Name))];
        _operations = [.. (await Operations.ListAsync(Visitor.Actor, Gone)).Select(o => (o.Code, o.Code))];
    });

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

    private async Task SavedAsync()
    {
        _open = null;
        await Done.InvokeAsync();
    }

    private async Task RemoveAsync(Guid id)
    {
        if (await Dialogs.ConfirmAsync(T["integration.unsubscribe"], T["integration.unsubscribe.text"], T["integration.unsubscribe"], isDangerous: true) is not null
            && await ActAsync((actor, cancel) => Desk.UnsubscribeAsync(actor, Sheet.Row.Id, id, cancel), T["integration.unsubscribed"]))
            await Done.InvokeAsync();
    }
}

using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using Tapwork.Core;
using Tapwork.Core.Accounts;
using Tapwork.Core.Integrations;
using Tapwork.Core.Interventions;
using Tapwork.Infrastructure.Integrations;
using Tapwork.Web.Controls;
using Tapwork.Web.Shell;

namespace Tapwork.Web.Integrations;

public sealed partial class SubscriptionForm
{
    private HashSet<string> _topics = [], _chosenCompanies = [], _chosenOperations = [], _statuses = [], _masked = [];
    private IReadOnlyList<Violation> _broken = [];
    private string? _postcodes, _from, _until;
    private bool _isOpen;
    private long _version;

    [Inject] private SubscriptionDesk Desk { get; set; } = null!;
    [Inject] private IJSRuntime Js { get; set; } = null!;
    [Parameter, EditorRequired] public Guid IntegrationId { get; set; }
    [Parameter, EditorRequired] public ConnectorDescriptor Connector { get; set; } = null!;

    /// <summary>Null for a new one.</summary>
    [Parameter] public SubscriptionRow? Subscription { get; set; }

    [Parameter, EditorRequired] public IReadOnlyList<(string Value, string Text)> Companies { get; set; } = [];
    [Parameter, EditorRequired] public IReadOnlyList<(string Value, string Text)> Operations { get; set; } = [];
    [Parameter] public EventCallback Done { get; set; }
    [Parameter] public EventCallback Left { get; set; }

    private IEnumerable<string> Topics => Connector.Topics.Concat(_topics).Distinct().Order(StringComparer.Ordinal);

    private Dictionary<string, string> Labels => new()
    {
        ["Topics"] = T["integration.topics"],
        ["PostcodePrefixes"] = T["integration.postcodes"],
        ["From"] = T["integration.from"],
        ["Until"] = T["integration.until"],
        ["MaskedFields"] = T["integration.masked"],
    };

    // What stands in the fields is the person's from here on, whatever others save meanwhile.
    protected override void OnInitialized()
    {
        _from = TypedDate.ToInput(Paris.DayOf(Now));
        if (Subscription is not (_, var version, var terms))
            return;
        _version = version;
        (_topics, _masked) = ([.. terms.Topics], [.. terms.MaskedFields]);
        (_chosenCompanies, _chosenOperations) = ([.. terms.Filter.Companies.Select(c => c.ToString())], [.. terms.Filter.Operations]);
        (_statuses, _postcodes) = ([.. terms.Filter.Statuses.Select(s => s.ToString())], string.Join(' ', terms.Filter.PostcodePrefixes));
        (_from, _until) = (TypedDate.ToInput(terms.From), terms.Until is { } until ? TypedDate.ToInput(until) : null);
        _isOpen = true;
    }

    // Opened with the keyboard, it goes on with the keyboard.
    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender)
            await Js.InvokeVoidAsync("tapwork.focus", "Topics");
    }

    private async Task SaveAsync()
    {
        _broken = TypedDate.FromInput(_from) is null ? [new Violation("field.required", "From")] : [];
        if (_broken.Count == 0 && await ActAsync(WriteAsync, T[Subscription is null ? "integration.subscribed" : "integration.saved"], refusal => _broken = refusal.Violations))
            await Done.InvokeAsync();
        // An error is not to hide in what is folded away.
        _isOpen |= _broken.Any(b => b.Field is not (null or "Topics"));
    }

    private Task WriteAsync(Actor actor, CancellationToken cancel)
    {
        var terms = new SubscriptionTerms([.. _topics.Order(StringComparer.Ordinal)], new SubscriptionFilter(
            [.. _chosenCompanies.Select(Guid.Parse)], [.. _chosenOperations.Order(StringComparer.Ordinal)],
            [.. (_postcodes ?? "").Split([' ', ',', ';'], StringSplitOptions.RemoveEmptyEntries)], [.. _statuses.Select(Enum.Parse<InterventionStatus>)]),
            [.. _masked.Order(StringComparer.Ordinal)], TypedDate.FromInput(_from)!.Value, TypedDate.FromInput(_until));
        return Subscription is { Id: var id } ? Desk.ChangeAsync(actor, IntegrationId, id, _version, terms, cancel) : Desk.SubscribeAsync(actor, IntegrationId, terms, cancel);
    }

    private string? ErrorOf(string field) => _broken.FirstOrDefault(b => b.Field == field) is { } broken ? T.Say(broken) : null;
}

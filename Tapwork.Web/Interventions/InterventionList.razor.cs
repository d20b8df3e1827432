using Microsoft.AspNetCore.Components;
using Tapwork.Core.Dossiers;
using Tapwork.Core.Interventions;
using Tapwork.Infrastructure.Companies;
using Tapwork.Infrastructure.Interventions;
using Tapwork.Web.Controls;
using Tapwork.Web.Shell;

namespace Tapwork.Web.Interventions;

public sealed partial class InterventionList
{
    private IReadOnlyList<(string, string)> _companies = [];
    private InterventionPage? _page;
    private bool _isLoading = true;

    [Inject] private InterventionQueries Interventions { get; set; } = null!;
    [Inject] private CompanyQueries Companies { get; set; } = null!;
    [SupplyParameterFromQuery(Name = "q")] private string? Search { get; set; }
    [SupplyParameterFromQuery(Name = "status")] private string? Status { get; set; }
    [SupplyParameterFromQuery(Name = "dossier")] private string? Dossier { get; set; }
    [SupplyParameterFromQuery(Name = "company")] private string? Company { get; set; }
    [SupplyParameterFromQuery(Name = "after")] private string? After { get; set; }
    [SupplyParameterFromQuery(Name = "before")] private string? Before { get; set; }

    private bool IsFiltered => Search is not null || Status is not null || Dossier is not null || Company is not null;

    private IEnumerable<(string, string)> Statuses => Enum.GetValues<InterventionStatus>().Select(s => (s.ToString(), T.Say(s)));

    private IEnumerable<(string, string)> Dossiers => Enum.GetValues<DossierState>().Select(s => (s.ToString(), T.Say(s)));

    protected override async Task OnInitializedAsync()
    {
        Follow(e => e.Topic.StartsWith("intervention.", StringComparison.Ordinal) || e.Topic.StartsWith("dossier.", StringComparison.Ordinal), LoadAsync);
        await ReadAsync(async () => _companies = [.. (await Companies.ListAsync(Visitor.Actor, Gone)).Select(c => (c.Id.ToString(), c.Name))]);
    }

    protected override async Task OnParametersSetAsync()
    {
        _isLoading = true;
        await ReadAsync(LoadAsync);
        _isLoading = false;
    }

    private async Task LoadAsync() => _page = await Interventions.ListAsync(Visitor.Actor, new InterventionFilter(
        Search, UrlState.ChoiceOf<InterventionStatus>(Status), Guid.TryParse(Company, out var company) ? company : null,
        UrlState.ChoiceOf<DossierState>(Dossier), After, Before), Gone);

    // A new filter begins at the first page.
    private void Go(params (string Name, string? Value)[] changes) =>
        Navigation.GoWith([.. changes, ("after", null), ("before", null)]);

    private void Turn(string direction, InterventionRow row) =>
        Navigation.GoWith(("after", null), ("before", null), (direction, row.Reference));
}

using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;
using Microsoft.JSInterop;
using MudBlazor;
using Tapwork.Core;
using Tapwork.Core.Interventions;
using Tapwork.Infrastructure.Catalogue;
using Tapwork.Infrastructure.Companies;
using Tapwork.Infrastructure.Integrations.Symphonics;
using Tapwork.Infrastructure.Interventions;
using Tapwork.Web.Controls;
using Tapwork.Web.Shell;

namespace Tapwork.Web.Interventions;

public sealed partial class InterventionEditor
{
    private readonly HashSet<string> _left = [];
    private IReadOnlyList<(string, string)> _companies = [], _operations = [];
    private IReadOnlyList<Violation> _broken = [], _refused = [];
    private IReadOnlyDictionary<string, string> _partner = new Dictionary<string, string>();
    private InterventionSheet? _sheet;
    private InterventionForm? _form;
    private InterventionForm _saved = InterventionForm.Of(new InterventionDetails(), 0);
    private DraftKeeper? _drafts;
    private Guid? _shown;
    private bool _isWhole, _isClosed, _isSaving, _isLeaving;

    [Parameter] public Guid? Id { get; set; }
    [Inject] private InterventionQueries Interventions { get; set; } = null!;
    [Inject] private CompanyQueries Companies { get; set; } = null!;
    [Inject] private OperationQueries Operations { get; set; } = null!;
    [Inject] private IDialogService Dialogs { get; set; } = null!;
    [Inject] private IJSRuntime Js { get; set; } = null!;

    private string Title => Id is null ? T["interventions.new"] : T["intervention.edit.title", _sheet?.Reference ?? "…"];

    private string Form => Id is { } id ? $"intervention/{id}" : "intervention/new";

    private bool IsCorrectable => _sheet?.IsCorrectable == true;

    private bool IsDirty => _form is not null && !_isLeaving && (_form.DifferencesFrom(_saved).Any() || _form[InterventionForm.Company] != _saved[InterventionForm.Company]);

    private PdlPlace Place => new(_form!["Street"].Trim(), _form["PostalCode"].Trim(), _form["City"].Trim());

    // Three numbers of the trade can be 14 digits long: say so when one stands in another's field.
    private string? PceHelp => Field.WithoutBlanks(_form!["Pce"]) is { Length: 14 } pce && (pce == Field.WithoutBlanks(_form["Pdl"]) || Pdl.MayBeASiret(pce))
        ? T[pce == Field.WithoutBlanks(_form["Pdl"]) ? "intervention.pce.same_as_pdl" : "intervention.may_be_a_siret"]
        : T["intervention.pce.help"];

    protected override async Task OnParametersSetAsync()
    {
        if (_form is not null && _shown == Id)
            return;
        (_shown, _form, _sheet, _isWhole, _refused, _conflict) = (Id, null, null, false, [], null);
        _left.Clear();
        await ReadAsync(LoadAsync);
    }

    private async Task LoadAsync()
    {
        var actor = Visitor.Actor;
        _operations = [.. (await Operations.ListAsync(actor, Gone)).Select(o => (o.Code, $"{o.Code} · {o.Title}{(o.EngagedUntil is { } last ? $" ({T["operation.until", Words.Day(last)]})" : "")}"))];
        if (Id is { } id)
            _sheet = await Interventions.FindAsync(actor, id, Gone);
        else
            _companies = [.. (await Companies.ListAsync(actor, Gone)).Select(c => (c.Id.ToString(), c.Name))];
        _isClosed = Id is not null && _sheet is not { IsEditable: true };
        await ResetAsync();
    }

    // Back to what is saved.
    private Task ResetAsync()
    {
        _saved = _sheet is null ? InterventionForm.Of(new InterventionDetails(), 0) : InterventionForm.Of(_sheet.Details, _sheet.Version);
        if (_sheet is null && _companies is [var (company, _)])
            _saved[InterventionForm.Company] = company;
        (_form, _isWhole, _refused) = (_saved.Copy(), false, []);
        _partner = _sheet is { IsCorrectable: true, Dossiers: [var dossier, ..] }
            ? dossier.FieldErrors.GroupBy(e => e.Field).ToDictionary(g => g.Key, g => string.Join(' ', g.Select(e => e.Message)))
            : new Dictionary<string, string>();
        Check();
        return Task.CompletedTask;
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        // The address may name the field to mend.
        if (_form is not null && !_isWhole && _left.Add("#") && new Uri(Navigation.Uri).Fragment is { Length: > 1 } fragment)
            await Js.InvokeVoidAsync("tapwork.focus", Uri.UnescapeDataString(fragment[1..]));
    }

    private bool Restore(IReadOnlyDictionary<string, string> fields)
    {
        var draft = InterventionForm.Of(fields);
        var (read, broken) = draft.Read(Now);
        foreach (var field in InterventionForm.Fields.Where(f => broken.All(b => b.Field != f)))
            draft.Tidy(field, read);
        // An installer is not asked for the company, so the page has no field of it.
        if (draft[InterventionForm.Company].Length == 0)
            draft[InterventionForm.Company] = _saved[InterventionForm.Company];
        if (!draft.DifferencesFrom(_saved).Any())
            return false;
        _form = draft;
        _left.UnionWith(InterventionForm.Fields.Where(f => draft[f].Length > 0 && draft[f] != _saved[f]));
        Check();
        StateHasChanged();
        return true;
    }

    // On leaving a field: judged, and put into the shape it is kept in.
    private void Take(string field, string? text)
    {
        _form![field] = text ?? "";
        _left.Add(field);
        _refused = [.. _refused.Where(b => b.Field != field)];
        var read = Check();
        if (_broken.All(b => b.Field != field))
            _form.Tidy(field, read);
    }

    private InterventionDetails Check()
    {
        var (read, broken) = _form!.Read(Now);
        _broken = [.. broken, .. _refused.Where(r => broken.All(b => b.Field != r.Field))];
        if (Id is null && _form[InterventionForm.Company].Length == 0)
            _broken = [new Violation("field.required", InterventionForm.Company), .. _broken];
        _broken = [.. _broken.OrderBy(b => InterventionForm.PlaceOf(b.Field))];
        return read;
    }

    // A field not yet left is not yet judged; the partner's word stands until the field is changed.
    private string? ErrorOf(string field)
    {
        if ((_isWhole || _left.Contains(field)) && _broken.FirstOrDefault(b => b.Field == field) is { } broken)
            return T.Say(broken);
        return _partner.TryGetValue(field, out var message) && _form![field] == _saved[field] ? T["dossiers.reason", message].Value : null;
    }

    private string DayHelp(string field) => TypedDate.TryRead(_form![field], Paris.DayOf(Now), out var day) ? Words.Day(day) : T["date.help"];

    private async Task RowsChangedAsync()
    {
        Check();
        StateHasChanged();
        await Task.Yield();
        if (_drafts is not null)
            await _drafts.TypedAsync();
    }

    private async Task AskToLeaveAsync(LocationChangingContext context)
    {
        if (IsDirty && await Dialogs.ConfirmAsync(T["form.leave.title"], T["form.leave.draft"], T["form.leave.action"]) is null)
            context.PreventNavigation();
    }
}

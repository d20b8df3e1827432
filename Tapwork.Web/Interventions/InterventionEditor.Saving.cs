using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using MudBlazor;
using Tapwork.Core;
using Tapwork.Core.Interventions;
using Tapwork.Infrastructure.Interventions;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Web.Interventions;

/// <summary>Saving, and what happens when somebody else has saved meanwhile.</summary>
public sealed partial class InterventionEditor
{
    private EditConflict? _conflict;
    private bool _resendsAfterChoice;

    [Inject] private InterventionWorkflow Workflow { get; set; } = null!;
    [Inject] private InterventionChecks Checks { get; set; } = null!;
    [Inject] private ILogger<InterventionEditor> Logger { get; set; } = null!;

    private async Task SaveAsync(bool resend)
    {
        if (_isSaving)
            return;
        (_isWhole, _refused, _isSaving) = (true, [], true);
        var details = Check();
        if (_broken.Count > 0)
            await Js.InvokeVoidAsync("tapwork.focus", _broken[0].Field);
        else if (Id is { } id)
            await ChangeAsync(id, details, resend);
        else
            await EnterAsync(details);
        _isSaving = false;
    }

    private async Task EnterAsync(InterventionDetails details)
    {
        Guid? entered = null;
        var company = Guid.Parse(_form![InterventionForm.Company]);
        if (await ActAsync(async (actor, cancel) => entered = await Workflow.EnterAsync(actor, company, details, cancel), T["form.saved"], Refused))
            await LeaveAsync(entered!.Value, resend: false);
    }

    private async Task ChangeAsync(Guid id, InterventionDetails details, bool resend)
    {
        _ = long.TryParse(_form![InterventionForm.SeenVersion], out var seen);
        var before = BaseOf(seen);
        // A check or a photo may have raised the version meanwhile: that alone is no reason to ask.
        for (var again = 0; again < 3; again++)
        {
            var isOvertaken = false;
            if (await ActAsync((actor, cancel) => Workflow.ChangeAsync(actor, id, seen, details, cancel), T["form.saved"], refusal =>
                {
                    isOvertaken = refusal.Rule == "record.changed_meanwhile";
                    if (!isOvertaken)
                        Refused(refusal);
                }))
            {
                await LeaveAsync(id, resend);
                return;
            }
            if (!isOvertaken || !await ReadAsync(async () => _sheet = await Interventions.FindAsync(Visitor.Actor, id, Gone)) || _sheet is null)
                return;
            var theirs = InterventionForm.Of(_sheet.Details, _sheet.Version);
            if (EditConflict.Between(theirs, _form, before) is { } conflict)
            {
                (_conflict, _isWhole, _resendsAfterChoice) = (conflict, false, resend);
                return;
            }
            seen = _sheet.Version;
        }
    }

    // What the person began from; a draft of an older version no longer knows.
    private InterventionForm? BaseOf(long seen) => _saved[InterventionForm.SeenVersion] == $"{seen}" ? _saved : null;

    private async Task TakeVersionsAsync(InterventionForm merged)
    {
        (_form, _conflict) = (merged, null);
        _saved = InterventionForm.Of(_sheet!.Details, _sheet.Version);
        Check();
        await SaveAsync(_resendsAfterChoice);
    }

    private void Refused(RuleViolation refusal)
    {
        _refused = [.. refusal.Violations.Where(v => v.Field is not null)];
        Check();
        if (refusal.Violations.Any(v => v.Field is null))
            Tell(Shell.Words.Say(T, refusal), Severity.Error);
    }

    private async Task LeaveAsync(Guid id, bool resend)
    {
        _isLeaving = true;
        if (_drafts is not null)
            await _drafts.DropAsync();
        if (resend)
        {
            // A new PDL must be known valid before the dossier goes: this one is waited for.
            await ActAsync((actor, cancel) => Checks.CheckAsync(actor, id, cancel));
            await ActAsync((actor, cancel) => Workflow.CorrectAndResendAsync(actor, id, cancel), T["SheetAction.CorrectAndResend.done"]);
        }
        else
            _ = CheckLaterAsync(id);
        Navigation.NavigateTo($"interventions/{id}");
    }

    // The sheet shows the answer when it comes; without one the job asks again.
    private async Task CheckLaterAsync(Guid id)
    {
        try
        {
            await Checks.CheckAsync(Visitor.Actor, id, CancellationToken.None);
        }
        catch (Exception e) when (e is RuleViolation || DatabaseWeather.IsPassing(e))
        {
            Logger.LogWarning(e, "PDL and account of {Intervention} are checked by the job", id);
        }
    }
}

using Tapwork.Core;
using Tapwork.Core.Accounts;
using Tapwork.Web.Controls;

namespace Tapwork.Web.Interventions;

public sealed partial class SheetHead
{
    private async Task DoAsync(SheetAction action)
    {
        if (_isActing || await AskAsync(action) is not { } act)
            return;
        _isActing = true;
        await ActAsync(act, T[$"SheetAction.{action}.done"]);
        _isActing = false;
        await ReadAsync(() => Done.InvokeAsync());
    }

    // Asks what the action needs to know; null when the person thought better of it.
    private async Task<Func<Actor, CancellationToken, Task>?> AskAsync(SheetAction action) => action switch
    {
        SheetAction.Start => (actor, cancel) => Workflow.StartAsync(actor, Sheet.Id, cancel),
        SheetAction.SendQuote => (actor, cancel) => Workflow.SendQuoteAsync(actor, Sheet.Id, cancel),
        SheetAction.SignQuote => await AskSignatureAsync(),
        SheetAction.SendDocuments => (actor, cancel) => Workflow.SendDocumentsAsync(actor, Sheet.Id, cancel),
        SheetAction.CompleteInstallation => (actor, cancel) => Workflow.CompleteInstallationAsync(actor, Sheet.Id, cancel),
        SheetAction.CorrectAndResend => (actor, cancel) => Workflow.CorrectAndResendAsync(actor, Sheet.Id, cancel),
        SheetAction.FinishMaintenance => (actor, cancel) => Workflow.FinishMaintenanceAsync(actor, Sheet.Id, cancel),
        SheetAction.ResumeWork => (actor, cancel) => Workflow.ResumeWorkAsync(actor, Sheet.Id, cancel),
        SheetAction.RequireMaintenance => (actor, cancel) => Workflow.RequireMaintenanceAsync(actor, Sheet.Id, cancel),
        SheetAction.CheckAgain => (actor, cancel) => Checks.CheckAsync(actor, Sheet.Id, cancel),
        SheetAction.Assign => await AskInstallerAsync(),
        _ => await AskReasonAsync(),
    };

    private async Task<Func<Actor, CancellationToken, Task>?> AskSignatureAsync() =>
        await Dialogs.AskDateAsync(T["intervention.sign.title"], T["intervention.sign.text"], T["details.EngagedOn"], T["SheetAction.SignQuote"], Sheet.Details.EngagedOn ?? Paris.DayOf(Now)) is { } on
            ? (actor, cancel) => Workflow.SignQuoteAsync(actor, Sheet.Id, on, cancel)
            : null;

    private async Task<Func<Actor, CancellationToken, Task>?> AskInstallerAsync()
    {
        IReadOnlyList<(string, string)> installers = [];
        await ReadAsync(async () => installers =
            [.. (await Interventions.InstallersAsync(Visitor.Actor, Sheet.CompanyId, Paris.DayOf(Now), Gone)).Select(i => (i.Id.ToString(), i.Name))]);
        var chosen = await Dialogs.AskChoiceAsync(T["intervention.assign.title"], T["intervention.assign.text", Sheet.Company], T["intervention.installer"],
            T["SheetAction.Assign"], installers, Sheet.AssignedTo?.ToString(), T["intervention.assign.nobody"]);
        return chosen is null ? null : (actor, cancel) => Workflow.AssignAsync(actor, Sheet.Id, Guid.TryParse(chosen, out var installer) ? installer : null, cancel);
    }

    private async Task<Func<Actor, CancellationToken, Task>?> AskReasonAsync() =>
        await Dialogs.ConfirmAsync(T["intervention.cancel.title"], T["intervention.cancel.text"], T["SheetAction.Cancel"], T["intervention.cancel.reason"], isDangerous: true) is { } reason
            ? (actor, cancel) => Workflow.CancelAsync(actor, Sheet.Id, reason, cancel)
            : null;
}

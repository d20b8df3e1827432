using Tapwork.Core;
using Tapwork.Core.Accounts;
using Tapwork.Core.Dossiers;
using Tapwork.Core.Interventions;
using Tapwork.Infrastructure.Interventions;

namespace Tapwork.Web.Interventions;

/// <summary>What a person can do with an intervention from its sheet.</summary>
internal enum SheetAction
{
    Start,
    SendQuote,
    SignQuote,
    SendDocuments,
    CompleteInstallation,
    CorrectAndResend,
    FinishMaintenance,
    ResumeWork,
    RequireMaintenance,
    Assign,
    CheckAgain,
    Cancel,
}

/// <summary>Which of them is next, which others there are, and what is missing for one; the entity itself decides.</summary>
internal static class SheetActions
{
    /// <summary>The one filled button; null when nothing is to be done by a person.</summary>
    public static SheetAction? NextOf(InterventionSheet sheet) => sheet.Status switch
    {
        InterventionStatus.ToProcess => SheetAction.Start,
        InterventionStatus.InProgress => sheet.NeedsQuote ? SheetAction.SendQuote : SheetAction.SendDocuments,
        InterventionStatus.QuoteSent => SheetAction.SignQuote,
        InterventionStatus.QuoteSigned => SheetAction.SendDocuments,
        InterventionStatus.InvoiceSent => SheetAction.CompleteInstallation,
        InterventionStatus.InstallationDone or InterventionStatus.Published when sheet.IsCorrectable => SheetAction.CorrectAndResend,
        InterventionStatus.MaintenanceRequired => SheetAction.FinishMaintenance,
        _ => null,
    };

    /// <summary>What else there is, for the menu.</summary>
    public static IEnumerable<SheetAction> OthersOf(InterventionSheet sheet, Actor actor)
    {
        if (sheet.Status == InterventionStatus.MaintenanceRequired)
            yield return SheetAction.ResumeWork;
        if (sheet.Status is InterventionStatus.InstallationDone or InterventionStatus.Published)
            yield return SheetAction.RequireMaintenance;
        if (actor.SeesAllCompanies && sheet.Status is not (InterventionStatus.Cancelled or InterventionStatus.Published))
            yield return SheetAction.Assign;
        if (sheet.IsEditable && ((sheet.Details.Pdl is not null && sheet.PdlState == PdlState.Unchecked) || sheet.AccountState != AccountState.Exists))
            yield return SheetAction.CheckAgain;
        if (sheet.Status is not (InterventionStatus.Cancelled or InterventionStatus.Published))
            yield return SheetAction.Cancel;
    }

    /// <summary>What keeps the action from being done, as far as it can be known beforehand.</summary>
    public static IReadOnlyList<Violation> MissingFor(InterventionSheet sheet, SheetAction? action)
    {
        var missing = action switch
        {
            SheetAction.SendDocuments => sheet.MissingToFinalise,
            SheetAction.CompleteInstallation or SheetAction.CorrectAndResend or SheetAction.FinishMaintenance => sheet.MissingToComplete,
            _ => [],
        };
        return action is not null && sheet.PdlState == PdlState.Invalid
            ? [new Violation("intervention.pdl_invalid", nameof(InterventionDetails.Pdl)), .. missing]
            : missing;
    }

    /// <summary>Where what is missing can be mended.</summary>
    public static string LinkTo(Guid intervention, string? field) => field switch
    {
        nameof(Intervention.Photos) => $"interventions/{intervention}?tab=photos",
        nameof(Intervention.Documents) => $"interventions/{intervention}?tab=documents",
        nameof(Intervention.Equipment) => $"interventions/{intervention}/edit#{InterventionForm.Cell(0, nameof(Equipment.Name))}",
        _ => $"interventions/{intervention}/edit#{field}",
    };

    /// <summary>How many photos of a kind the finalising asks for beyond those that are there.</summary>
    public static int MissingPhotos(InterventionSheet sheet, Core.Documents.PhotoKind kind) =>
        sheet.MissingToFinalise.Where(v => v.Rule == "intervention.photos_missing" && Equals(v.Args[0], kind)).Sum(v => (int)v.Args[1]);

    /// <summary>Whether the latest dossier is on its way: nothing is to be done but wait.</summary>
    public static bool IsUnderWay(InterventionSheet sheet) =>
        sheet.Dossiers is [{ State: DossierState.Preparing or DossierState.Sending, IsStalled: false }, ..];
}

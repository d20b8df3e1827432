using Tapwork.Core;
using Tapwork.Core.Interventions;
using static Tapwork.Core.Interventions.InterventionStatus;

namespace Tapwork.Tests.Interventions;

public class JourneyTests
{
    private static readonly Dictionary<string, (Action<Intervention> Move, InterventionStatus[] From, string Rule)> Moves = new()
    {
        ["Start"] = (i => i.Start(Given.Office, Given.Now), [ToProcess], "intervention.not_to_process"),
        ["SendQuote"] = (i => i.SendQuote(Given.Office, Given.Now), [InProgress], "intervention.not_in_progress"),
        ["SignQuote"] = (i => i.SignQuote(new DateOnly(2026, 11, 3), Given.Office, Given.Now), [QuoteSent], "intervention.quote_not_sent"),
        ["SendDocuments"] = (i => i.SendDocuments(Given.Office, Given.Now), [QuoteSigned], "intervention.quote_not_signed"),
        ["CompleteInstallation"] = (i => i.CompleteInstallation(Given.Office, Given.Now), [InvoiceSent], "intervention.documents_not_sent"),
        ["RequireMaintenance"] = (i => i.RequireMaintenance(Given.Office, Given.Now), [InstallationDone, Published], "intervention.not_installed"),
        ["ResumeWork"] = (i => i.ResumeWork(Given.Office, Given.Now), [MaintenanceRequired], "intervention.no_maintenance_required"),
        ["FinishMaintenance"] = (i => i.FinishMaintenance(Given.Office, Given.Now), [MaintenanceRequired], "intervention.no_maintenance_required"),
        ["Cancel"] = (i => i.Cancel("client parti", Given.Office, Given.Now),
            [ToProcess, InProgress, QuoteSent, QuoteSigned, InvoiceSent, InstallationDone, MaintenanceRequired], "intervention.not_cancellable"),
    };

    public static TheoryData<InterventionStatus, string> EveryMoveFromEveryState()
    {
        var all = new TheoryData<InterventionStatus, string>();
        foreach (var status in Enum.GetValues<InterventionStatus>())
            foreach (var move in Moves.Keys)
                all.Add(status, move);
        return all;
    }

    [Theory]
    [MemberData(nameof(EveryMoveFromEveryState))]
    public void A_move_is_made_from_its_states_and_refused_by_its_rule_from_all_others(InterventionStatus status, string name)
    {
        var intervention = At(status);
        var (move, from, rule) = Moves[name];
        if (from.Contains(status))
        {
            move(intervention);
            intervention.Status.ShouldNotBe(status);
        }
        else
        {
            Should.Throw<RuleViolation>(() => move(intervention)).Rule.ShouldBe(rule);
            intervention.Status.ShouldBe(status);
        }
    }

    [Fact]
    public void An_invalid_pdl_blocks_every_status_change()
    {
        foreach (var (name, (move, from, _)) in Moves)
        {
            var intervention = At(from[0]);
            intervention.RecordPdlCheck(intervention.Pdl!, PdlState.Invalid);
            Should.Throw<RuleViolation>(() => move(intervention), name).Rule.ShouldBe("intervention.pdl_invalid");
        }
    }

    [Fact]
    public void An_unchecked_pdl_blocks_only_the_finalising()
    {
        var intervention = Given.Intervention().ReadyToFinalise();
        intervention.RecordPdlCheck(intervention.Pdl!, PdlState.Unchecked);
        Should.Throw<RuleViolation>(() => intervention.SendDocuments(Given.Office, Given.Now)).Violations.ShouldContain(v => v.Rule == "intervention.pdl_unchecked");
        intervention.Cancel("client parti", Given.Office, Given.Now);
        intervention.Status.ShouldBe(Cancelled);
    }

    [Fact]
    public void Finalising_names_each_photo_that_is_missing()
    {
        var intervention = Given.Intervention();
        intervention.Start(Given.Office, Given.Now);
        intervention.RecordPdlCheck(intervention.Pdl!, PdlState.Valid);
        intervention.RecordAccountCheck(intervention.Email, AccountState.Exists);
        Should.Throw<RuleViolation>(() => intervention.SendDocuments(Given.Office, Given.Now))
            .Violations.Count(v => v.Rule == "intervention.photos_missing").ShouldBe(4);
    }

    private static Intervention At(InterventionStatus status)
    {
        var intervention = Given.Intervention(needsQuote: true);
        if (status == ToProcess)
            return intervention;
        intervention.ReadyToFinalise();
        if (status == InProgress)
            return intervention;
        if (status == Cancelled)
        {
            intervention.Cancel("client parti", Given.Office, Given.Now);
            return intervention;
        }
        intervention.SendQuote(Given.Office, Given.Now);
        if (status == QuoteSent)
            return intervention;
        intervention.SignQuote(new DateOnly(2026, 11, 2), Given.Office, Given.Now);
        if (status == QuoteSigned)
            return intervention;
        intervention.SendDocuments(Given.Office, Given.Now);
        intervention.AddDocument(Core.Documents.DocumentKind.Invoice, Given.Pdf("facture.pdf"), Given.Office, Given.Now);
        intervention.AddDocument(Core.Documents.DocumentKind.SymphonicsContract, Given.Pdf("contrat.pdf"), Given.Office, Given.Now);
        if (status == InvoiceSent)
            return intervention;
        intervention.CompleteInstallation(Given.Office, Given.Now);
        if (status == InstallationDone)
            return intervention;
        if (status == MaintenanceRequired)
        {
            intervention.RequireMaintenance(Given.Office, Given.Now);
            return intervention;
        }
        var content = Core.Dossiers.DossierContent.Of(intervention, "Programmation", "Société");
        var dossier = Core.Dossiers.Dossier.Prepare(intervention, content, null, Given.Now);
        dossier.Accept("sym-1", Given.Now);
        intervention.Follow(dossier, Given.Office, Given.Now);
        return intervention;
    }
}

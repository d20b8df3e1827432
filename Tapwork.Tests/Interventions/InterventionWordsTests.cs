using System.Globalization;
using System.Resources;
using System.Runtime.CompilerServices;
using Tapwork.Core;
using Tapwork.Core.Documents;
using Tapwork.Core.Interventions;
using Tapwork.Infrastructure.Interventions;
using Tapwork.Web.Interventions;
using Tapwork.Web.Shell;

namespace Tapwork.Tests.Interventions;

/// <summary>The keys that the sheet and the editor put together all have their words.</summary>
public class InterventionWordsTests
{
    private static readonly ResourceManager Texts = new("Tapwork.Web.Shell.Texts", typeof(Texts).Assembly);

    [Fact]
    public void Every_action_has_its_verb_and_tells_what_was_done() =>
        Enum.GetNames<SheetAction>().SelectMany(a => (string[])[$"SheetAction.{a}", $"SheetAction.{a}.done"]).Where(IsMissing).ShouldBeEmpty();

    [Fact]
    public void Every_event_of_an_intervention_and_its_dossiers_is_a_sentence() =>
        typeof(DomainEvent).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(DomainEvent)) && !t.IsAbstract)
            .Select(t => ((DomainEvent)RuntimeHelpers.GetUninitializedObject(t)).Topic)
            .Where(t => t.StartsWith("intervention.", StringComparison.Ordinal) || t.StartsWith("dossier.", StringComparison.Ordinal))
            .Select(t => $"history.{t}").Where(IsMissing).ShouldBeEmpty();

    [Fact]
    public void What_people_do_with_deliveries_is_a_sentence() =>
        ((string[])["replayed", "held", "cancelled"]).Select(act => $"history.delivery.{act}").Where(IsMissing).ShouldBeEmpty();

    [Fact]
    public void Every_field_has_its_label() =>
        InterventionForm.Fields.Concat(["Equipment", "Photos", "Documents", InterventionForm.Company]).Select(f => $"details.{f}")
            .Concat(typeof(Equipment).GetProperties().SelectMany(p => (string[])[$"equipment.{p.Name}", $"equipment.label.{p.Name}"]))
            .Where(IsMissing).ShouldBeEmpty();

    [Fact]
    public void Every_tab_filter_and_source_of_a_position_has_its_word() =>
        ((string[])["details", "photos", "documents", "dossiers"]).Select(tab => $"intervention.tab.{tab}")
            .Concat(Enum.GetNames<HistoryKind>().Append("All").Select(kind => $"history.kind.{kind}"))
            .Concat(Enum.GetNames<GeotagSource>().Select(source => $"photos.place.{source}"))
            .Where(IsMissing).ShouldBeEmpty();

    private static bool IsMissing(string key) => string.IsNullOrEmpty(Texts.GetString(key, CultureInfo.InvariantCulture));
}

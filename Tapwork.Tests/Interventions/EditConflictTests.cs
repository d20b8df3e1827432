using Tapwork.Core.Interventions;
using Tapwork.Web.Interventions;

namespace Tapwork.Tests.Interventions;

public class EditConflictTests
{
    private readonly InterventionForm _before = InterventionForm.Of(Given.Details().Check(Given.Now).Read, 1);

    [Fact]
    public void A_version_raised_by_a_check_or_a_photo_is_no_conflict()
    {
        var mine = _before.Copy();
        mine["City"] = "Villeurbanne";
        EditConflict.Between(With(("SeenVersion", "2")), mine, _before).ShouldBeNull();
    }

    [Fact]
    public void What_I_typed_stays_mine_and_what_only_the_other_changed_becomes_theirs()
    {
        var mine = With(("City", "Villeurbanne"), ("Notes", "digicode 12"));
        var theirs = With(("City", "Bron"), ("Phone", "06 99 99 99 99"), ("SeenVersion", "2"));
        var conflict = EditConflict.Between(theirs, mine, _before).ShouldNotBeNull();
        conflict.Fields.Select(f => (f.Field, f.KeepsMine)).ShouldBe([("Phone", false), ("City", true), ("Notes", true)]);
        var merged = conflict.Merge();
        (merged["City"], merged["Phone"], merged["Notes"], merged["SeenVersion"]).ShouldBe(("Villeurbanne", "06 99 99 99 99", "digicode 12", "2"));
    }

    [Fact]
    public void Keeping_theirs_takes_all_of_it_rows_too()
    {
        var mine = With(("Equipment[0].Name", "Sonde"));
        var theirs = With(("Equipment[0].Name", "Ballon"), ("SeenVersion", "2"));
        var conflict = EditConflict.Between(theirs, mine, _before).ShouldNotBeNull();
        conflict.Fields.ShouldHaveSingleItem().Field.ShouldBe(nameof(InterventionDetails.Equipment));
        conflict.KeepAll(mine: false);
        conflict.Merge().DifferencesFrom(theirs).ShouldBeEmpty();
    }

    [Fact]
    public void A_draft_of_a_forgotten_version_shows_every_difference_and_proposes_what_was_typed()
    {
        var mine = With(("City", "Villeurbanne"));
        var conflict = EditConflict.Between(With(("SeenVersion", "9")), mine, before: null).ShouldNotBeNull();
        conflict.Fields.Select(f => (f.Field, f.KeepsMine)).ShouldBe([("City", true)]);
    }

    private InterventionForm With(params (string Field, string Text)[] changes)
    {
        var form = _before.Copy();
        foreach (var (field, text) in changes)
            form[field] = text;
        return form;
    }
}

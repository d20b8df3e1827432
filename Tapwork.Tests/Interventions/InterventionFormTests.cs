using Tapwork.Web.Interventions;

namespace Tapwork.Tests.Interventions;

public class InterventionFormTests
{
    [Fact]
    public void What_is_saved_comes_back_unchanged_through_the_form()
    {
        var details = Given.Details().Check(Given.Now).Read;
        var (read, broken) = InterventionForm.Of(details, 3).Read(Given.Now);
        broken.ShouldBeEmpty();
        read.ShouldBe(details with { Equipment = read.Equipment });
        read.Equipment.ShouldBe(details.Equipment);
    }

    [Fact]
    public void A_field_is_put_into_the_shape_it_is_kept_in()
    {
        var form = Filled();
        (form["Phone"], form["EngagedOn"], form["Pdl"], form["PostalCode"]) = ("+33 6.12-34 56 78", "2 nov 2026", " 1234 5678 901234 ", "69 003");
        var (read, broken) = form.Read(Given.Now);
        broken.ShouldBeEmpty();
        foreach (var field in (string[])["Phone", "EngagedOn", "Pdl", "PostalCode"])
            form.Tidy(field, read);
        (form["Phone"], form["EngagedOn"], form["Pdl"], form["PostalCode"]).ShouldBe(("06 12 34 56 78", "02/11/2026", "12345678901234", "69003"));
    }

    [Fact]
    public void What_is_no_date_and_no_number_is_told_at_its_field()
    {
        var form = Filled();
        (form["CompletedOn"], form["Equipment[0].Quantity"]) = ("bientôt", "deux");
        form.Read(Given.Now).Broken.Select(b => (b.Rule, b.Field)).ShouldBe(
            [("date.malformed", "CompletedOn"), ("equipment.quantity_out_of_range", "Equipment[0].Quantity")], ignoreOrder: true);
    }

    [Fact]
    public void A_row_nobody_filled_in_is_passed_over_and_errors_stay_at_their_own_row()
    {
        var form = Filled();
        form.AddRow();
        form.AddRow();
        (form["Equipment[2].Name"], form["Equipment[2].Quantity"]) = ("Sonde", "101");
        var (read, broken) = form.Read(Given.Now);
        read.Equipment.Select(e => e.Name).ShouldBe(["Thermostat connecté", "Sonde"]);
        broken.ShouldHaveSingleItem().Field.ShouldBe("Equipment[2].Quantity");
    }

    [Fact]
    public void Taking_a_row_out_moves_the_next_ones_up()
    {
        var form = Filled();
        form.AddRow();
        (form["Equipment[1].Name"], form["Equipment[1].Quantity"]) = ("Sonde", "4");
        form.RemoveRow(0);
        (form.Rows, form["Equipment[0].Name"], form["Equipment[0].Model"], form["Equipment[0].Quantity"]).ShouldBe((1, "Sonde", "", "4"));
        form.RemoveRow(0);
        (form.Rows, form["Equipment[0].Name"], form["Equipment[0].Quantity"]).ShouldBe((1, "", "1"));
    }

    [Fact]
    public void A_draft_is_read_back_with_all_its_rows_and_without_what_it_does_not_know()
    {
        var form = InterventionForm.Of(new Dictionary<string, string>
        {
            ["FirstName"] = "Zoé",
            ["Equipment[1].Name"] = "Sonde",
            ["SeenVersion"] = "7",
            ["Equipment[999].Name"] = "x",
            ["__proto__"] = "x",
        });
        (form.Rows, form["FirstName"], form["Equipment[1].Name"], form["SeenVersion"], form["__proto__"]).ShouldBe((2, "Zoé", "Sonde", "7", ""));
    }

    private static InterventionForm Filled() => InterventionForm.Of(Given.Details().Check(Given.Now).Read, 1);
}

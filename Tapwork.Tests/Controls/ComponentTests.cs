using System.Globalization;
using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Tapwork.Core;
using Tapwork.Core.Deliveries;
using Tapwork.Infrastructure.Deliveries;
using Tapwork.Web.Controls;
using Tapwork.Web.Deliveries;

namespace Tapwork.Tests.Controls;

/// <summary>The controls every screen is made of, rendered by themselves.</summary>
public sealed class ComponentTests : BunitContext
{
    private readonly FakeTimeProvider _clock = new(Given.Now);

    public ComponentTests()
    {
        Services.AddLocalization().AddSingleton<TimeProvider>(_clock);
        Speak("en");
    }

    [Theory]
    [InlineData("fr", "Refusé")]
    [InlineData("en", "Refused")]
    public void A_status_is_told_by_its_word_and_not_by_its_colour_alone(string language, string word)
    {
        Speak(language);
        var chip = Render<StatusChip>(p => p.Add(c => c.State, DeliveryStatus.Refused)).Find("span");
        (chip.TextContent, chip.ClassList.Contains("bad")).ShouldBe((word, true));
    }

    [Fact]
    public void Small_bars_show_what_failed_and_are_told_in_a_sentence()
    {
        var spark = Render<Sparkline>(p => p.Add(s => s.Bars, [(10, 0), (0, 0), (3, 2)]).Add(s => s.Label, "15 sends, 2 failed"));
        (spark.Find("svg").GetAttribute("role"), spark.Find("svg").GetAttribute("aria-label")).ShouldBe(("img", "15 sends, 2 failed"));
        spark.FindAll("rect:not(.failed)").Select(r => r.GetAttribute("height")).ShouldBe(["20", "0", "6"]);
        spark.FindAll("rect.failed").Select(r => (r.GetAttribute("y"), r.GetAttribute("height"))).ShouldBe([("0", "0"), ("20", "0"), ("10", "4")]);
    }

    [Fact]
    public void A_moment_is_told_as_a_distance_with_the_exact_one_in_Paris_on_hover()
    {
        var time = Render<When>(p => p.Add(w => w.At, new DateTimeOffset(2026, 7, 14, 22, 30, 0, TimeSpan.Zero))).Find("time");
        time.GetAttribute("title").ShouldBe("15 Jul 2026 00:30:00");
        time.TextContent.ShouldBe("15 Jul 2026");
        Render<When>(p => p.Add(w => w.At, Given.Now.AddMinutes(-5))).Find("time").TextContent.ShouldBe("5 min ago");
    }

    [Fact]
    public void An_entry_gives_its_value_on_leaving_and_tells_what_was_typed_meanwhile()
    {
        var (typed, values) = (new List<string?>(), new List<string?>());
        var entry = Render<Entry>(p => p.Add(e => e.Id, "Name").Add(e => e.Label, "Name").Add(e => e.Typed, typed.Add).Add(e => e.ValueChanged, values.Add));
        entry.Find("input").Input("Du");
        entry.Find("input").Input("Durand");
        values.ShouldBeEmpty();
        entry.Find("input").Change("Durand");
        typed.ShouldBe(["Du", "Durand"]);
        values.ShouldBe(["Durand"]);
    }

    [Fact]
    public void What_is_typed_is_not_overwritten_by_the_value_of_before_that_comes_back_late()
    {
        var entry = Render<Entry>(p => p.Add(e => e.Id, "Name").Add(e => e.Value, "Du"));
        entry.Find("input").Input("Durand");
        entry.Render(p => p.Add(e => e.Value, "Du"));
        entry.Find("input").GetAttribute("value").ShouldBe("Durand");
        entry.Render(p => p.Add(e => e.Value, "Martin"));
        entry.Find("input").GetAttribute("value").ShouldBe("Martin");
    }

    [Fact]
    public void An_error_stands_at_its_field_and_is_read_out_with_it()
    {
        var entry = Render<Entry>(p => p.Add(e => e.Id, "Pdl").Add(e => e.Help, "14 digits").Add(e => e.Error, "This is a PCE."));
        var input = entry.Find("input");
        input.GetAttribute("aria-invalid").ShouldBe("true");
        entry.Find($"#{input.GetAttribute("aria-describedby")}").TextContent.ShouldBe("This is a PCE.");
        entry.Render(p => p.Add(e => e.Error, null));
        entry.Find("input").HasAttribute("aria-invalid").ShouldBeFalse();
        entry.Find($"#{entry.Find("input").GetAttribute("aria-describedby")}").TextContent.ShouldBe("14 digits");
    }

    [Fact]
    public void Choosing_nothing_takes_a_filter_away()
    {
        var chosen = new List<string?>();
        var filter = Render<FilterSelect>(p => p.Add(f => f.Id, "status").Add(f => f.All, "All").Add(f => f.Value, "Dead").Add(f => f.ValueChanged, chosen.Add)
            .Add(f => f.Choices, [("Dead", "Dead"), ("Held", "Held")]));
        filter.Find("span.filter").ClassList.ShouldContain("on");
        filter.Find("select").Change("Held");
        filter.Find("select").Change("");
        chosen.ShouldBe(["Held", null]);
    }

    [Fact]
    public void A_search_begins_once_the_person_pauses()
    {
        var asked = new List<string?>();
        var search = Render<FilterSearch>(p => p.Add(s => s.Label, "Search").Add(s => s.ValueChanged, asked.Add));
        search.Find("input").Input("Du");
        _clock.Advance(TimeSpan.FromMilliseconds(200));
        search.Find("input").Input("Dur");
        _clock.Advance(TimeSpan.FromMilliseconds(200));
        asked.ShouldBeEmpty();
        _clock.Advance(TimeSpan.FromMilliseconds(100));
        search.WaitForAssertion(() => asked.ShouldBe(["Dur"]));
    }

    [Fact]
    public void A_grid_shows_skeletons_first_then_rows_that_stay_while_the_next_load_and_a_sentence_when_there_is_none()
    {
        var grid = Render<Grid<int>>(p => p.Add(g => g.Rows, null).Add(g => g.IsLoading, true).Add(g => g.KeyOf, r => r).Add(g => g.Label, "Numbers")
            .Add(g => g.Head, "<th>Number</th>").Add(g => g.Row, r => $"<td>{r}</td>").Add(g => g.Empty, "None yet."));
        grid.FindAll("tr.skeleton").Count.ShouldBe(8);
        grid.Render(p => p.Add(g => g.Rows, [1, 2]).Add(g => g.IsLoading, false));
        grid.FindAll("tbody tr").Select(r => r.TextContent).ShouldBe(["1", "2"]);
        grid.Render(p => p.Add(g => g.IsLoading, true));
        grid.FindAll("tbody tr").Count.ShouldBe(2);
        grid.Find(".grid").ClassList.ShouldContain("stale");
        grid.Render(p => p.Add(g => g.Rows, []).Add(g => g.IsLoading, false));
        grid.Find(".empty").TextContent.ShouldBe("None yet.");
    }

    [Fact]
    public void A_single_page_has_no_pager_and_a_page_in_the_middle_goes_both_ways()
    {
        Render<Pager>().Markup.Trim().ShouldBeEmpty();
        var gone = new List<string>();
        var pager = Render<Pager>(p => p.Add(g => g.HasPrevious, true).Add(g => g.HasNext, true)
            .Add(g => g.OnPrevious, () => gone.Add("previous")).Add(g => g.OnNext, () => gone.Add("next")));
        foreach (var button in pager.FindAll("button"))
            button.Click();
        gone.ShouldBe(["previous", "next"]);
        pager.Render(p => p.Add(g => g.HasNext, false));
        pager.FindAll("button")[1].HasAttribute("disabled").ShouldBeTrue();
    }

    [Fact]
    public void Every_wrong_field_of_a_form_is_summed_up_and_leads_to_its_field()
    {
        var focus = JSInterop.SetupVoid("tapwork.focus", "Pdl").SetVoidResult();
        var wrong = Render<WrongFields>(p => p.Add(w => w.Labels, new Dictionary<string, string> { ["Pdl"] = "PDL" })
            .Add(w => w.Violations, [new Violation("field.required", "Pdl"), new Violation("record.changed_meanwhile")]));
        wrong.FindAll("li").Count.ShouldBe(2);
        wrong.Find("li button").TextContent.ShouldBe("PDL");
        wrong.Find("li button").Click();
        focus.Invocations.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(0, "1")]
    [InlineData(1, "1")]
    [InlineData(7, "10")]
    [InlineData(10, "10")]
    [InlineData(11, "20")]
    [InlineData(340, "500")]
    public void A_chart_has_an_axis_that_ends_at_a_round_number_and_its_table_behind_a_switch(int highest, string top)
    {
        var chart = Render<DayChart>(p => p.Add(c => c.Days, [new DayCount(new DateOnly(2026, 11, 24), highest), new DayCount(new DateOnly(2026, 11, 25), 0)]));
        chart.FindAll(".chart-value").Select(v => v.TextContent).ShouldBe([top, "0"]);
        chart.Find("button").Click();
        chart.FindAll("tbody tr").Select(r => r.TextContent).ShouldBe([$"24 Nov 2026{highest}", "25 Nov 20260"]);
    }

    private static void Speak(string language) => CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo(language);
}

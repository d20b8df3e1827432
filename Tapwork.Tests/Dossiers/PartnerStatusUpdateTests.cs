using Tapwork.Core.Dossiers;

namespace Tapwork.Tests.Dossiers;

/// <summary>Which of two updates of a partner counts, in whichever order they arrive.</summary>
public class PartnerStatusUpdateTests
{
    // Of two updates of one second the later on the wire won, so that an approved dossier could stand "in review" for ever.
    [Theory]
    [InlineData("in_review", "approved", "approved")]
    [InlineData("received", "in_review", "in_review")]
    [InlineData("received", "rejected", "rejected")]
    [InlineData("on_hold", "rejected", "rejected")]
    [InlineData("received", "on_hold", "on_hold")]
    [InlineData("approved", "rejected", "rejected")]
    public void Of_two_updates_of_one_second_the_verdict_counts_in_either_order(string one, string other, string counts)
    {
        Last(Of(one), Of(other)).ShouldBe(counts);
        Last(Of(other), Of(one)).ShouldBe(counts);
    }

    [Theory]
    [InlineData("approved", "rejected")]
    [InlineData("rejected", "approved")]
    public void Of_two_verdicts_of_one_second_the_one_that_follows_the_other_counts(string first, string then)
    {
        Last(Of(first, "in_review"), Of(then, first)).ShouldBe(then);
        Last(Of(then, first), Of(first, "in_review")).ShouldBe(then);
    }

    [Fact]
    public void A_later_second_counts_whatever_the_states()
    {
        var later = new PartnerStatusUpdate("in_review", Given.Now.AddSeconds(1));
        Last(Of("approved"), later).ShouldBe("in_review");
        Last(later, Of("approved")).ShouldBe("in_review");
    }

    // One sender's clock counts in seconds, another's in milliseconds, and some use both: the fraction decides between like states only.
    [Fact]
    public void Within_a_second_the_state_counts_over_the_fraction()
    {
        var review = new PartnerStatusUpdate("in_review", Given.Now.AddMilliseconds(400));
        Last(review, Of("approved")).ShouldBe("approved");
        Last(Of("approved"), review).ShouldBe("approved");
        var finer = new PartnerStatusUpdate("received", Given.Now.AddMilliseconds(401));
        Last(finer, review).ShouldBe("in_review");
        Last(new PartnerStatusUpdate("on_hold", Given.Now.AddMilliseconds(300)), review).ShouldBe("in_review");
    }

    [Fact]
    public void Three_updates_end_alike_in_whichever_order_they_arrive()
    {
        var all = (from status in (string[])["received", "in_review", "on_hold", "approved", "rejected"]
                   from previous in (string?[])[null, "in_review", "approved", "rejected"]
                   from milliseconds in (int[])[0, 200, 800]
                   select new PartnerStatusUpdate(status, Given.Now.AddMilliseconds(milliseconds), previous)).ToList();
        foreach (var (a, b, c) in from a in all from b in all from c in all select (a, b, c))
            Final(a, b, c).ShouldBe(Final(c, a, b), $"{a} | {b} | {c}");
    }

    [Fact]
    public void A_dossier_that_was_approved_stays_so_when_a_review_of_the_same_second_arrives_after_it()
    {
        var intervention = Given.Intervention().ReadyToComplete();
        intervention.CompleteInstallation(Given.Office, Given.Now);
        var dossier = Dossier.Prepare(intervention, DossierContent.Of(intervention, "Thermostat", "Hugo Petit"), null, Given.Now);
        dossier.Hear(Of("approved", "in_review"), null, Given.Now).ShouldBeTrue();
        dossier.Hear(Of("in_review", "received"), null, Given.Now).ShouldBeFalse();
        (dossier.State, dossier.PartnerStatus).ShouldBe((DossierState.Approved, "approved"));
    }

    // The reason was that of whichever rejection arrived first, and a verdict that a later review had overtaken was lost.
    [Fact]
    public void A_dossier_ends_alike_in_whichever_order_its_updates_arrive()
    {
        (string Status, int Milliseconds, string? Previous, string? Notes)[][] sets =
        [
            [("rejected", 0, "in_review", "photo floue"), ("rejected", 500, "in_review", "facture manquante")],
            [("rejected", 0, null, "photo floue"), ("rejected", 0, null, "facture manquante"), ("rejected", 0, null, null)],
            [("rejected", 0, "in_review", "a"), ("rejected", 1000, "in_review", "b"), ("in_review", 2000, "rejected", "c")],
            [("approved", 0, "in_review", null), ("in_review", 1000, "approved", null)],
            [("approved", 0, "in_review", null), ("rejected", 0, "approved", "photo"), ("in_review", 1000, "rejected", null)],
            [("approved", 0, "rejected", null), ("rejected", 0, "in_review", "photo"), ("paid", 3000, null, null), ("received", 0, null, "x")],
            [("approved", 0, "rejected", "a"), ("rejected", 0, "approved", "b"), ("approved", 1, null, "c"), ("rejected", 1, "on_hold", "d")],
            [("REJECTED", 0, null, null), ("rejected", 0, null, "x"), ("in_review", 1, "approved", null), ("in_review", 1, "received", null)],
        ];
        foreach (var set in sets)
            Orders(set).Select(order => EndOf(order)).Distinct().Count().ShouldBe(1, string.Join(" | ", set));
    }

    [Fact]
    public void The_words_are_those_of_the_rejection_that_counts()
    {
        (string, int, string?, string?) first = ("rejected", 0, "in_review", "photo floue"), second = ("rejected", 500, "in_review", "facture manquante");
        EndOf([first, second]).Reason.ShouldBe("facture manquante");
        EndOf([second, first]).Reason.ShouldBe("facture manquante");
    }

    [Fact]
    public void A_verdict_that_a_later_review_overtook_decides_the_dossier_and_leaves_its_status()
    {
        var end = EndOf([("in_review", 2000, null, null), ("approved", 0, "in_review", null), ("rejected", -5000, "in_review", "photo")]);
        (end.State, end.Status, end.Reason).ShouldBe((DossierState.Approved, "in_review", null));
    }

    // A rejection kept what the refusal before it had said of single fields, beside its own reason.
    [Theory]
    [InlineData("rejected", "photo floue")]
    [InlineData("approved", null)]
    public void A_verdict_takes_the_place_of_all_that_a_refusal_said(string status, string? reason)
    {
        var intervention = Given.Intervention().ReadyToComplete();
        intervention.CompleteInstallation(Given.Office, Given.Now);
        var dossier = Dossier.Prepare(intervention, DossierContent.Of(intervention, "Thermostat", "Hugo Petit"), null, Given.Now);
        dossier.Refuse("HTTP 422", [new FieldError("Pdl", "unknown")], Given.Now);
        dossier.FieldErrors.ShouldHaveSingleItem();
        dossier.Hear(Of(status), "photo floue", Given.Now).ShouldBeTrue();
        dossier.FieldErrors.ShouldBeEmpty();
        dossier.Reason.ShouldBe(reason);
    }

    // Databases keep microseconds: a finer part would decide before it is stored, and not after.
    [Fact]
    public void A_moment_counts_in_microseconds()
    {
        var at = Given.Now.AddTicks(3);
        new PartnerStatusUpdate("rejected", at).At.ShouldBe(Given.Now);
        new PartnerStatusUpdate("in_review", at).Supersedes(new PartnerStatusUpdate("on_hold", Given.Now)).ShouldBeFalse();
    }

    // Its verdict had no moment of its own, and became as late as each review that followed.
    [Fact]
    public void A_verdict_noted_by_an_earlier_version_keeps_its_moment_when_a_review_follows()
    {
        var intervention = Given.Intervention().ReadyToComplete();
        intervention.CompleteInstallation(Given.Office, Given.Now);
        var dossier = Dossier.Prepare(intervention, DossierContent.Of(intervention, "Thermostat", "Hugo Petit"), null, Given.Now);
        dossier.Hear(new PartnerStatusUpdate("approved", Given.Now), null, Given.Now);
        typeof(Dossier).GetProperty(nameof(Dossier.VerdictAt))!.SetValue(dossier, null);
        dossier.Hear(new PartnerStatusUpdate("in_review", Given.Now.AddSeconds(20)), null, Given.Now);
        dossier.Hear(new PartnerStatusUpdate("rejected", Given.Now.AddSeconds(15)), "toiture", Given.Now);
        (dossier.State, dossier.Reason, dossier.PartnerStatus).ShouldBe((DossierState.Rejected, "toiture", "in_review"));
    }

    private static (DossierState State, string? Status, DateTimeOffset? At, string? Previous, string? Reason) EndOf(
        IEnumerable<(string Status, int Milliseconds, string? Previous, string? Notes)> updates)
    {
        var intervention = Given.Intervention().ReadyToComplete();
        intervention.CompleteInstallation(Given.Office, Given.Now);
        var dossier = Dossier.Prepare(intervention, DossierContent.Of(intervention, "Thermostat", "Hugo Petit"), null, Given.Now);
        foreach (var (status, milliseconds, previous, notes) in updates)
            dossier.Hear(new PartnerStatusUpdate(status, Given.Now.AddMilliseconds(milliseconds), previous), notes, Given.Now);
        return (dossier.State, dossier.PartnerStatus, dossier.PartnerStatusAt, dossier.PartnerPreviousStatus, dossier.Reason);
    }

    private static IEnumerable<List<T>> Orders<T>(IReadOnlyList<T> items) => items.Count == 0 ? [[]]
        : items.SelectMany((item, i) => Orders([.. items.Where((_, j) => j != i)]).Select(rest => (List<T>)[item, .. rest]));

    // What is kept of the last one, whose previous state may be told in two ways.
    private static string Final(params ReadOnlySpan<PartnerStatusUpdate> updates)
    {
        PartnerStatusUpdate? known = null;
        foreach (var update in updates)
            known = update.Supersedes(known) ? update : known;
        return known!.Status;
    }

    private static PartnerStatusUpdate Of(string status, string? previous = null) => new(status, Given.Now, previous);

    private static string Last(PartnerStatusUpdate first, PartnerStatusUpdate second) => (second.Supersedes(first) ? second : first).Status;
}

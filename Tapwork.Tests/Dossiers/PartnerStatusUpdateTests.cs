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

using Tapwork.Core.Deliveries;

namespace Tapwork.Tests.Deliveries;

public class DeliveryOutcomeTests
{
    // PostgreSQL refused a reason with a NUL in it, and with it the outcomes of the whole batch, which were sent again after every lease.
    [Fact]
    public void What_a_partner_answers_is_made_such_that_every_database_can_keep_it()
    {
        new DeliveryOutcome.Accepted("S\0-1").Storable().ShouldBe(new DeliveryOutcome.Accepted("S-1"));
        new DeliveryOutcome.TryLater("a\0b", null, FaultClass.System, true).Storable().ShouldBe(new DeliveryOutcome.TryLater("ab", null, FaultClass.System, true));
        new DeliveryOutcome.Misconfigured("a\0b").Storable().ShouldBe(new DeliveryOutcome.Misconfigured("ab"));
        // So does it half of a pair of surrogates, which cutting may leave.
        new DeliveryOutcome.Misconfigured(new string('x', DeliveryOutcome.LongestReason - 1) + "😀").Storable().ShouldBe(new DeliveryOutcome.Misconfigured(new string('x', DeliveryOutcome.LongestReason - 1) + "\uFFFD"));
        ((DeliveryOutcome.Accepted)new DeliveryOutcome.Accepted(new string('x', 300)).Storable()).ExternalId!.Length.ShouldBe(DeliveryOutcome.LongestId);
        ((DeliveryOutcome.Refused)new DeliveryOutcome.Refused(new string('x', 9000), []).Storable()).Reason.Length.ShouldBe(DeliveryOutcome.LongestReason);
    }
}

using Tapwork.Core;

namespace Tapwork.Tests;

public class ParisTests
{
    // Found by a reader: such a day in an address, or typed into a field, took the page down.
    [Fact]
    public void The_first_and_the_last_day_there_are_have_a_beginning_and_an_end()
    {
        Paris.StartOf(DateOnly.MinValue).Year.ShouldBe(1);
        Paris.EndOf(DateOnly.MaxValue).ShouldBe(DateTimeOffset.MaxValue);
        Paris.EndOf(new DateOnly(2026, 10, 25)).ShouldBe(new DateTimeOffset(2026, 10, 25, 23, 0, 0, TimeSpan.Zero), "winter time began in the night");
    }
}

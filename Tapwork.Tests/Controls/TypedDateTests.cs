using Tapwork.Web.Controls;

namespace Tapwork.Tests.Controls;

public class TypedDateTests
{
    private static readonly DateOnly Today = new(2026, 11, 25);

    [Theory]
    [InlineData("03/11/2026")]
    [InlineData("3/11/26")]
    [InlineData("3.11.2026")]
    [InlineData("03-11-2026")]
    [InlineData("03112026")]
    [InlineData("2026-11-03")]
    [InlineData("2026/11/3")]
    [InlineData("3 nov 2026")]
    [InlineData("3 nov. 2026")]
    [InlineData(" 3  NOVEMBRE  2026 ")]
    [InlineData("le 3 novembre 2026")]
    [InlineData("3rd of November 2026")]
    [InlineData("November 3rd, 2026")]
    [InlineData("Nov 3 26")]
    [InlineData("3 nov")]
    [InlineData("3/11")]
    public void A_day_is_understood_the_French_way_and_the_English_way(string typed)
    {
        TypedDate.TryRead(typed, Today, out var day).ShouldBeTrue();
        day.ShouldBe(new DateOnly(2026, 11, 3));
    }

    [Theory]
    [InlineData("1er août 2026", 8, 1)]
    [InlineData("5 févr. 2026", 2, 5)]
    [InlineData("5 February 2026", 2, 5)]
    [InlineData("14 juil. 2026", 7, 14)]
    [InlineData("14 July 2026", 7, 14)]
    [InlineData("2 juin 2026", 6, 2)]
    [InlineData("9 déc 2026", 12, 9)]
    [InlineData("29/02/2028", 2, 29)]
    public void Months_are_known_in_both_languages(string typed, int month, int dayOfMonth)
    {
        TypedDate.TryRead(typed, Today, out var day).ShouldBeTrue();
        (day.Month, day.Day).ShouldBe((month, dayOfMonth));
    }

    [Theory]
    [InlineData("")]
    [InlineData("hier")]
    [InlineData("31 nov 2026")]
    [InlineData("29/02/2026")]
    [InlineData("12/31/2026")]
    [InlineData("2026")]
    [InlineData("3 brumaire 2026")]
    [InlineData("03/11/202")]
    [InlineData("00/11/2026")]
    public void What_is_no_day_is_not_guessed_at(string typed) => TypedDate.TryRead(typed, Today, out _).ShouldBeFalse();
}

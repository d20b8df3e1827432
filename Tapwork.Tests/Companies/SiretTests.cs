using Tapwork.Core.Companies;

namespace Tapwork.Tests.Companies;

public class SiretTests
{
    [Theory]
    [InlineData("73282932000074", true)]
    [InlineData("73282932000075", false)]
    [InlineData("35600000000048", true)]
    [InlineData("35600000049837", true)]
    [InlineData("35600000049838", false)]
    [InlineData("7328293200007", false)]
    [InlineData("7328293200007A", false)]
    public void A_siret_passes_luhn_or_is_an_establishment_of_La_Poste(string digits, bool valid) => Siret.IsValid(digits).ShouldBe(valid);
}

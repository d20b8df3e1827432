using System.Text.RegularExpressions;
using Tapwork.Core.Companies;

namespace Tapwork.Core.Interventions;

/// <summary>Electricity delivery point (PDL or PRM): 14 digits kept as text. No check digit is documented: only the syntax is checked here.</summary>
public static class Pdl
{
    /// <summary>The digits without blanks, or null; notes <c>pdl.malformed</c>, or what the number looks like instead.</summary>
    public static string? Read(string? input, string field, List<Violation> broken)
    {
        var digits = Field.WithoutBlanks(input);
        if (digits.Length == 0)
            return null;
        if (Pce.LooksLikeGas(digits))
            broken.Add(new Violation("pdl.is_a_pce", field));
        else if (digits.Length != 14 || !digits.All(char.IsAsciiDigit))
            broken.Add(new Violation("pdl.malformed", field, digits.Length));
        return digits;
    }

    /// <summary>A SIRET is 14 digits too: worth a word when one is typed here, though a PDL may pass its check by chance.</summary>
    public static bool MayBeASiret(string? pdl) => pdl is not null && Siret.IsValid(pdl);
}

/// <summary>Gas delivery point (PCE): 14 digits, or <c>GI</c> and 6 digits, or <c>IR</c> and 4 digits. Source: GRDF.</summary>
public static partial class Pce
{
    /// <summary>The code without blanks in capitals, or null; notes <c>pce.g1_for_gi</c> for the usual typo, else <c>pce.malformed</c>.</summary>
    public static string? Read(string? input, string field, List<Violation> broken)
    {
        var code = Field.WithoutBlanks(input).ToUpperInvariant();
        if (code.Length == 0)
            return null;
        if (code.StartsWith("G1", StringComparison.Ordinal))
            broken.Add(new Violation("pce.g1_for_gi", field));
        else if (!Pattern().IsMatch(code))
            broken.Add(new Violation("pce.malformed", field));
        return code;
    }

    internal static bool LooksLikeGas(string code) => code.Length > 0 && code[0] is 'G' or 'g' or 'I' or 'i';

    [GeneratedRegex("^([0-9]{14}|GI[0-9]{6}|IR[0-9]{4})$")]
    private static partial Regex Pattern();
}

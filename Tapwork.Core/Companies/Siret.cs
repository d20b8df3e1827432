namespace Tapwork.Core.Companies;

/// <summary>The number of an establishment: 14 digits, a SIREN (9) and a serial (5). Source: INSEE, Sirene register.</summary>
public static class Siret
{
    /// <summary>Luhn's check, save for La Poste's establishments (SIREN 356000000), whose digits sum to a multiple of 5.</summary>
    public static bool IsValid(string digits)
    {
        if (digits.Length != 14 || !digits.All(char.IsAsciiDigit))
            return false;
        return PassesLuhn(digits) || (digits.StartsWith("356000000", StringComparison.Ordinal) && digits.Sum(c => c - '0') % 5 == 0);
    }

    /// <summary>The 14 digits without blanks; notes <c>siret.malformed</c> or <c>siret.check_digit</c>.</summary>
    public static string Read(string? input, string field, List<Violation> broken)
    {
        var digits = Field.WithoutBlanks(input);
        if (digits.Length == 0)
            broken.Add(new Violation("field.required", field));
        else if (digits.Length != 14 || !digits.All(char.IsAsciiDigit))
            broken.Add(new Violation("siret.malformed", field));
        else if (!IsValid(digits))
            broken.Add(new Violation("siret.check_digit", field));
        return digits;
    }

    private static bool PassesLuhn(string digits)
    {
        var sum = 0;
        for (var i = 0; i < digits.Length; i++)
        {
            var digit = digits[i] - '0';
            var weighted = i % 2 == 0 ? digit * 2 : digit;
            sum += weighted > 9 ? weighted - 9 : weighted;
        }
        return sum % 10 == 0;
    }
}

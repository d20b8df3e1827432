using Microsoft.AspNetCore.Identity;

namespace Tapwork.Infrastructure.Accounts;

/// <summary>Refuses what everybody tries first: well-known beginnings stretched to length, rows of keys, and the person's own name or address.</summary>
internal sealed class CommonPasswords : IPasswordValidator<Login>
{
    public const string Code = "PasswordTooCommon";

    // As they look after the same folding.
    private static readonly string[] Known = [.. ((string[])
    [
        "password", "motdepasse", "azerty", "qwerty", "123456", "abcdef", "tapwork", "symphonics", "bonjour", "soleil", "doudou", "chouchou", "loulou",
        "marseille", "letmein", "welcome", "bienvenue", "admin", "iloveyou", "jetaime", "secret", "football", "dragon", "monkey", "superman",
    ]).Select(Letters)];

    public Task<IdentityResult> ValidateAsync(UserManager<Login> manager, Login user, string? password)
    {
        var plain = Letters(password ?? "");
        var own = (user.Email ?? "").Split('@')[0];
        var rest = Known.Aggregate(plain, (text, word) => text.Replace(word, "", StringComparison.Ordinal));
        var isCommon = rest.Length < 5 || (own.Length > 3 && plain.Contains(Letters(own), StringComparison.Ordinal) && plain.Length - own.Length < 6);
        return Task.FromResult(isCommon ? IdentityResult.Failed(new IdentityError { Code = Code }) : IdentityResult.Success);
    }

    // Case and the usual stand-ins (0 for o, 1 for i …) hide nothing.
    private static string Letters(string text) => string.Concat(text.ToLowerInvariant().Select(c => c switch
    {
        '0' => 'o',
        '@' => 'a',
        '3' => 'e',
        '$' => 's',
        _ => c,
    }).Where(char.IsLetterOrDigit));
}

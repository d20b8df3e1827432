using System.Security.Cryptography;
using System.Text;
using Tapwork.Core;

namespace Tapwork.Infrastructure.Accounts;

/// <summary>The code that opens the set-up page of an installation without accounts: made anew at each start, printed on the console, kept nowhere.</summary>
public sealed class SetupCode
{
    // No letters or digits that are taken for one another.
    private const string Alphabet = "ABCDEFGHJKMNPQRSTUVWXYZ23456789";

    private const int Tries = 20;
    private int _wrong;

    /// <summary><c>XXXX-XXXX-XXXX</c>.</summary>
    public string Text { get; } = string.Join('-', Enumerable.Range(0, 3).Select(_ => RandomNumberGenerator.GetString(Alphabet, 4)));

    /// <summary>Refuses unless it was typed rightly; hyphens and blanks do not matter. After 20 wrong tries only a restart makes a new one.</summary>
    /// <exception cref="RuleViolation"><c>setup.code_wrong</c>, or <c>setup.code_spent</c> once there were too many.</exception>
    public void MustOpen(string? typed)
    {
        if (Volatile.Read(ref _wrong) >= Tries)
            throw new RuleViolation("setup.code_spent", "Code");
        if (CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(Plain(typed ?? "")), Encoding.UTF8.GetBytes(Plain(Text))))
            return;
        Interlocked.Increment(ref _wrong);
        throw new RuleViolation("setup.code_wrong", "Code");
    }

    private static string Plain(string code) => Field.WithoutBlanks(code).Replace("-", "", StringComparison.Ordinal).ToUpperInvariant();
}

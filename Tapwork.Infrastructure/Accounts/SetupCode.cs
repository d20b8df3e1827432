using System.Security.Cryptography;
using System.Text;

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

    /// <summary>Whether it was typed rightly; after 20 wrong tries only a restart makes a new one.</summary>
    public bool Opens(string? typed)
    {
        if (Volatile.Read(ref _wrong) >= Tries)
            return false;
        var plain = (typed ?? "").Trim().ToUpperInvariant().Replace(" ", "", StringComparison.Ordinal);
        if (CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(plain), Encoding.UTF8.GetBytes(Text)))
            return true;
        Interlocked.Increment(ref _wrong);
        return false;
    }
}

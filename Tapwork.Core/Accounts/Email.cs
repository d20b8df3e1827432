using System.Globalization;
using System.Net.Mail;

namespace Tapwork.Core.Accounts;

/// <summary>A mail address, without display name.</summary>
public static class Email
{
    /// <summary>Trims and checks; adds <c>email.malformed</c> for the field. At most 254 characters (RFC 5321).</summary>
    public static string Read(string? input, string field, List<Violation> broken)
    {
        var text = Field.Required(input, field, 254, broken);
        var isAddress = MailAddress.TryCreate(text, out var address) && address.Address == text
            && text.IndexOf('.', text.IndexOf('@') + 1) > 0 && !text.EndsWith('.') && !text.Contains(".@", StringComparison.Ordinal) && !text.Any(IsInvisible);
        if (text.Length > 0 && !isAddress)
            broken.Add(new Violation("email.malformed", field));
        return text;
    }

    // A mail with such an address could never be written, or goes to another than the one that is read.
    private static bool IsInvisible(char c) => char.IsWhiteSpace(c) || c == '\uFFFD' || char.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate;
}

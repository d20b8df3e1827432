using Tapwork.Core.Accounts;

namespace Tapwork.Core.Monitoring;

/// <summary>Whom a rule tells.</summary>
/// <param name="Owner">The integration's owner, where it is about one.</param>
/// <param name="MoreEmails">Further addresses as typed, divided by commas, semicolons or blanks.</param>
public sealed record AlertRecipients(bool Admins, bool Managers, bool Owner, string? MoreEmails)
{
    /// <summary>Further addresses of one rule.</summary>
    public const int MostEmails = 10;

    private static readonly char[] Between = [',', ';', ' ', '\n', '\r', '\t'];

    /// <summary>The addresses, each once; adds <c>email.malformed</c> and <c>alert.too_many_emails</c>.</summary>
    internal IReadOnlyList<string> Read(List<Violation> broken)
    {
        var emails = Split(MoreEmails ?? "").Distinct(StringComparer.OrdinalIgnoreCase).ToList();
        if (emails.Count > MostEmails)
        {
            broken.Add(new Violation("alert.too_many_emails", nameof(MoreEmails)));
            return emails;
        }
        return [.. emails.Select(e => Email.Read(e, nameof(MoreEmails), broken))];
    }

    internal static IReadOnlyList<string> Split(string emails) => emails.Split(Between, StringSplitOptions.RemoveEmptyEntries);
}

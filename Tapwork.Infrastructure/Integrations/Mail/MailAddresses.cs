using MimeKit;
using Tapwork.Core;

namespace Tapwork.Infrastructure.Integrations.Mail;

/// <summary>Addresses as a mail bears them; what cannot stand in a mail is none.</summary>
internal static class MailAddresses
{
    private static readonly ParserOptions Whole = new() { AllowAddressesWithoutDomain = false };

    /// <summary>One address with or without a name; null for none, for several, and for one without a domain or with control characters.</summary>
    public static MailboxAddress? Parse(string? text) =>
        text is not null && !text.Any(c => char.IsControl(c) || c is '\u2028' or '\u2029') && Field.Storable(text) is var plain
        && MailboxAddress.TryParse(Whole, plain, out var mailbox) && mailbox is { Domain.Length: > 0 } && mailbox.LocalPart.Length > 0 ? mailbox : null;

    /// <summary>Of a person; null where the address cannot stand in a mail.</summary>
    public static MailboxAddress? Of(string name, string address)
    {
        if (Parse(address) is not { } mailbox)
            return null;
        mailbox.Name = string.Concat(Field.Storable(name).Select(c => char.IsControl(c) ? ' ' : c));
        return mailbox;
    }
}

using System.Text.RegularExpressions;
using MailKit.Net.Smtp;
using Words = Tapwork.Infrastructure.Integrations.Mail.MailRefusalWords;

namespace Tapwork.Infrastructure.Integrations.Mail;

/// <summary>
/// Whom a mail server's permanent answer concerns: this mail alone (its recipient or content), or every mail (sender, relay, policy). By the enhanced status code
/// (RFC 3463, RFC 7372, Exchange Online's own), where it leaves that open by the words, and else by the reply code and the phase. See decision 12.
/// </summary>
internal static partial class MailRefusals
{
    // 530 authentication required, 534 and 538 mechanism too weak, 535 credentials invalid (RFC 4954).
    private static readonly int[] Credentials = [530, 534, 535, 538];

    // 523 and 552: larger than is taken.
    private static readonly int[] Sizes = [523, 552];

    // Commands not known, not taken here or out of order, and a server that takes no mail (RFC 5321, RFC 7504).
    private static readonly int[] Protocol = [500, 502, 503, 504, 521, 555];

    // Details of 5.7 about who may write to this recipient: lists, groups and mailboxes of Exchange, RFC 7293, and a priority's size (RFC 6710).
    private static readonly int[] RecipientPolicies = [12, 16, 17, 18, 19, 124, 129, 133, 134, 135, 136, 193, 504, 505, 703];

    // Details that servers use for anything.
    private static readonly int[] OpenProtocol = [0, 2], OpenPolicies = [0, 1, 2, 13];

    /// <summary>Whether it is about the sender, the relay or a policy, and so about every mail.</summary>
    /// <param name="answer">Of 500 and more.</param>
    /// <param name="isHandedOver">Whether the mail itself had begun to go out: a greeting or a sign-in concerns all.</param>
    public static bool ConcernEveryMail(SmtpCommandException answer, bool isHandedOver)
    {
        var (code, status, words) = ((int)answer.StatusCode, StatusOf(answer.Message), WordsOf(answer));
        if (!isHandedOver || Credentials.Contains(code))
            return true;
        var isSize = Sizes.Contains(code) || status is (3, 4) or (2, 3) or (6, _) or (5, 6);
        // A relay that does not take us, under a code of the recipient's address.
        if (status?.Subject is 1 or 2 && Words.RelayRefuses().IsMatch(words))
            return true;
        // A relay's quota under a code of the recipient's mailbox or of a size.
        if ((isSize || status?.Subject == 2) && IsSendingLimit(words))
            return true;
        if (isSize)
            return false;
        if (answer.ErrorCode == SmtpErrorCode.SenderNotAccepted)
            return true;
        return OfStatus(status) ?? OfWords(words, status?.Subject, answer.ErrorCode) ?? OfNeither(code, status?.Subject, answer.ErrorCode);
    }

    // Null where the code alone leaves it open.
    private static bool? OfStatus((int Subject, int Detail)? status) => status switch
    {
        (1, 7 or 8 or 20 or 90) => true,
        (1, not 0) => false,
        (2, >= 250 and < 260) => true,
        (2, not 0) => false,
        (3 or 5, var detail) => OpenProtocol.Contains(detail) ? null : true,
        (7, var detail) => OpenPolicies.Contains(detail) ? null : !RecipientPolicies.Contains(detail),
        _ => null,
    };

    // The order matters: who is named outweighs what is only mentioned, and an account that may not send outweighs a word about the mail.
    private static bool? OfWords(string words, int? subject, SmtpErrorCode stage) => words switch
    {
        _ when Words.Size().IsMatch(words) || Words.RecipientRefuses().IsMatch(words) => false,
        _ when Words.SendingLimit().IsMatch(words) || Words.SendingAccount().IsMatch(words) || Words.RelayRefuses().IsMatch(words) => true,
        _ when Words.Content().IsMatch(words) => false,
        _ when Words.Sender().IsMatch(words) => true,
        _ when Words.SpamMessage().IsMatch(words) || (stage == SmtpErrorCode.MessageNotAccepted && Words.Spam().IsMatch(words)) => false,
        _ when IsPolicyLimit(words, subject) => true,
        _ when Words.Recipient().IsMatch(words) => false,
        _ when Words.Policy().IsMatch(words) || Words.Spam().IsMatch(words) => true,
        _ => null,
    };

    // qmail's x.3.y at the end of a mail is its filter's word about the content.
    private static bool OfNeither(int code, int? subject, SmtpErrorCode stage) =>
        subject is 5 or 7 || (subject == 3 && stage != SmtpErrorCode.MessageNotAccepted) || (subject is null && (Protocol.Contains(code) || code is >= 570 and < 580));

    private static bool IsSendingLimit(string words) =>
        Words.SendingLimit().IsMatch(words) && !Words.RecipientRefuses().IsMatch(words) && !Words.Mailbox().IsMatch(words) && !Words.Size().IsMatch(words);

    // A policy service answers at RCPT, and names the recipient, whatever it is about.
    private static bool IsPolicyLimit(string words, int? subject) => Words.Limit().IsMatch(words) && !Words.Mailbox().IsMatch(words)
        && (subject is 4 or 7 || (subject is null && words.Contains("address rejected", StringComparison.OrdinalIgnoreCase)));

    private static (int Subject, int Detail)? StatusOf(string text) => EnhancedStatus().Match(text) is { Success: true } match
        ? (match.Groups[1].ValueSpan[0] - '0', int.Parse(match.Groups[2].ValueSpan, System.Globalization.CultureInfo.InvariantCulture)) : null;

    // The recipient's address is said as such, and a link to a page about senders; another address or link may hold any word, and says nothing.
    private static string WordsOf(SmtpCommandException answer)
    {
        var (text, said) = (answer.Message, $" {Words.RecipientAddress} ");
        if (answer.Mailbox is { Address: { Length: > 0 } address } && answer.ErrorCode == SmtpErrorCode.RecipientNotAccepted)
            text = text.Replace($"<{address}>", said, StringComparison.OrdinalIgnoreCase).Replace(address, said, StringComparison.OrdinalIgnoreCase);
        return Words.Quoted().Replace(Words.SenderLink().Replace(text, " $1 "), " ");
    }

    [GeneratedRegex(@"(?<![\w.])[245]\.([0-7])\.(\d{1,3})(?!\.?\d)", RegexOptions.CultureInvariant)]
    private static partial Regex EnhancedStatus();
}

using System.Text.RegularExpressions;
using MailKit.Net.Smtp;

namespace Tapwork.Infrastructure.Integrations.Mail;

/// <summary>
/// Whom a mail server's permanent answer concerns: this mail alone (its recipient or content), or every mail (sender, relay, policy). By the enhanced status code
/// (RFC 3463, RFC 7372, Exchange Online's own), where it leaves that open by the words, and else by the reply code and the phase. See decision 12.
/// </summary>
internal static partial class MailRefusals
{
    private const RegexOptions Plain = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant;

    // 530 authentication required, 534 and 538 mechanism too weak, 535 credentials invalid (RFC 4954).
    private static readonly int[] Credentials = [530, 534, 535, 538];

    // 523 and 552: larger than is taken.
    private static readonly int[] Sizes = [523, 552];

    // Commands not known, not taken here or out of order, and a server that takes no mail (RFC 5321, RFC 7504).
    private static readonly int[] Protocol = [500, 502, 503, 504, 521, 555];

    // Details of 5.7 about who may write to this recipient: lists, groups and mailboxes of Exchange, RFC 7293, and a priority's size (RFC 6710).
    private static readonly int[] RecipientPolicies = [12, 16, 17, 18, 19, 124, 129, 133, 134, 135, 136, 193, 504, 505, 703];

    /// <summary>Whether it is about the sender, the relay or a policy, and so about every mail.</summary>
    /// <param name="answer">Of 500 and more.</param>
    /// <param name="isHandedOver">Whether the mail itself had begun to go out: a greeting or a sign-in concerns all.</param>
    public static bool ConcernEveryMail(SmtpCommandException answer, bool isHandedOver)
    {
        var (code, status) = ((int)answer.StatusCode, StatusOf(answer.Message));
        if (!isHandedOver || Credentials.Contains(code))
            return true;
        if (Sizes.Contains(code) || status is (3, 4) or (2, 3) or (6, _) or (5, 6))
            return false;
        if (answer.ErrorCode == SmtpErrorCode.SenderNotAccepted)
            return true;
        return OfStatus(status) ?? OfWords(answer.Message) ?? status?.Subject is 3 or 5 or 7 || (status is null && (Protocol.Contains(code) || code is >= 570 and < 580));
    }

    // Null where the code alone leaves it open.
    private static bool? OfStatus((int Subject, int Detail)? status) => status switch
    {
        (1, 7 or 8 or 20 or 90) => true,
        (1, not 0) => false,
        (2, >= 250 and < 260) => true,
        (2, not 0) => false,
        (3, not 0) => true,
        // Servers use these for anything.
        (5, 0 or 2) or (7, 0 or 1 or 2 or 13) => null,
        (5, _) => true,
        (7, var detail) => !RecipientPolicies.Contains(detail),
        _ => null,
    };

    private static bool? OfWords(string text)
    {
        // An address or a link may hold any word.
        var words = Quoted().Replace(text, " ");
        return RecipientRefuses().IsMatch(words) ? false : SenderOrRelay().IsMatch(words) ? true : Recipient().IsMatch(words) ? false : Policy().IsMatch(words) ? true : null;
    }

    private static (int Subject, int Detail)? StatusOf(string text) => EnhancedStatus().Match(text) is { Success: true } match
        ? (match.Groups[1].ValueSpan[0] - '0', int.Parse(match.Groups[2].ValueSpan, System.Globalization.CultureInfo.InvariantCulture)) : null;

    [GeneratedRegex(@"(?<![\w.])[245]\.([0-7])\.(\d{1,3})(?!\.?\d)", Plain)]
    private static partial Regex EnhancedStatus();

    [GeneratedRegex(@"<[^>]*>|\S+@\S+|\bhttps?:\S+|\bwww\.\S+", Plain)]
    private static partial Regex Quoted();

    [GeneratedRegex(@"\b(?:recipient|mailbox owner) (?:has )?(?:blocked|refuse|reject|does not accept|doesn't accept)", Plain)]
    private static partial Regex RecipientRefuses();

    [GeneratedRegex(
        @"\brelay|authenticat|\bauth\b|log ?in|\bspf\b|\bdkim\b|\bdmarc\b|block ?list|black ?list|deny ?list|blocked using|spamhaus|spamcop|\brbl\b|dnsbl|reputation|\bbanned\b"
        + @"|\b(?:helo|ehlo)\b|\br(?:everse )?dns\b|\bptr\b|send ?as|on behalf of|\bsender|client host|your (?:\w+ )?(?:ip|host|server|domain|account)|\btls\b|starttls|rcpthosts"
        + @"|\bidentit(?:y|ies)\b|not authori[sz]ed to|sending (?:paused|activity)|messages from|\bsandbox|credits|from address|exp[ée]diteur|[ée]metteur|\brelais|authentifi"
        + @"|(?:sending|daily|hourly|outbound|submission|sender) (?:\w+ )*(?:limit|quota)|quota d.envoi|e-?mails per|rate limit|too many (?:mail|message|connection)", Plain)]
    private static partial Regex SenderOrRelay();

    [GeneratedRegex(@"recipient|destinat|mailbox|\buser|account|virus|malware|mailing list|list expansion|no such|unknown|not exist|not found|invalid address|inactive|disabled|over ?quota", Plain)]
    private static partial Regex Recipient();

    [GeneratedRegex(@"polic|prohibit|denied|\bblocked\b|not (?:allowed|permitted|authori[sz]ed)|unauthori[sz]ed|spam|\bjunk\b", Plain)]
    private static partial Regex Policy();
}

using System.Text.RegularExpressions;

namespace Tapwork.Infrastructure.Integrations.Mail;

/// <summary>
/// What the words of a mail server's refusal speak of, in English and French. <see cref="MailRefusals"/> decides by them where the codes leave it open.
/// Each list holds the words of one subject, so that an answer of a server nobody knew yet is read by what it names.
/// </summary>
internal static partial class MailRefusalWords
{
    /// <summary>Stands for the address the answer is about. A word of its own, because whom it is sent to is no reason.</summary>
    public const string RecipientAddress = "rcptaddr";

    private const RegexOptions Plain = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant;
    private const string FewWords = @"(?:[\w'-]+ ){0,4}";

    /// <summary>A link to a page about senders: it names the reason.</summary>
    [GeneratedRegex(@"\b(?:https?:|www\.)\S*?(openspf|(?<![a-z0-9])(?:spf|dkim|dmarc|rbl)(?![a-z0-9])|spamhaus|spamcop|dnsbl|block-?list|black-?list)\S*", Plain)]
    public static partial Regex SenderLink();

    /// <summary>Addresses and links, which may hold any word, and line ends.</summary>
    [GeneratedRegex(@"(?:<[^>]*>|\S+@\S+|\bhttps?:\S+|\bwww\.\S+|\s)+", Plain)]
    public static partial Regex Quoted();

    /// <summary>The recipient's state or own will, or that of the recipient's list: no word about us undoes it.</summary>
    [GeneratedRegex(
        @"\b(?:recipients?|mailbox owner|addressee|" + RecipientAddress + @")(?:'s)? (?:account |mailbox )?"
        + @"(?:(?:has |have )?(?:does not|doesn't|do not|don't) accept|(?:has |have )(?:block|refus|reject)|(?:blocks|refuses|rejects)\b|(?:blocked|refused|rejected) (?:(?:the|this|your) )?(?:sender|e?-?mail|messages?)\b|(?:has exceeded|is over)\b"
        + @"|(?:has |have |is |are |was )?(?:been |permanently |temporarily )?(?:full|disabled|unknown|suppress|marked))"
        + @"|\bRESOLVER\.|\bto (?:this|that) (?:\w+ )?(?:group|list)\b|(?:mailing|distribution) list|list expansion"
        + @"|trying to (?:contact|reach)|tried to reach|(?:may|can) receive|receiving mail|address you are sending to\b|marked as in(?:active|valid)|suppress(?:ed|ion)"
        + @"|\b(?:recipient|group|list|mailbox|address|user|owner) (?:\w+ ){0,3}accepts? (?:e?-?mail|messages) from", Plain)]
    public static partial Regex RecipientRefuses();

    /// <summary>The server does not relay for us: it outweighs the code of an unknown address, which some servers send with it.</summary>
    [GeneratedRegex(
        @"(?:\b(?:not|cannot|can not|unable|refuse[sd]?|denied|no)|n't) (?:(?:allow(?:ed)?|permit(?:ted)?|authori[sz]ed|able|configured|willing) )?(?:to |as |an? )?relay(?!=|[ _]recipient[ _](?:table|map))"
        + @"|\brelay(?:ing|s)? (?:(?:access|mail|attempt|through|is|was|has|been|by|of|to|for|here|" + RecipientAddress + @") ){0,3}(?:not|denied|refus|disallow|forbidden|prohibit|reject|block|restrict|disabled)"
        + @"|not (?:an? )?(?:\w+ )?gateway\b|(?:not|isn't) (?:an? )?local (?:host|domain)|rcpthosts|\brelais " + FewWords + @"(?:refus|interdit|non|pas)|\brelayer\b"
        + @"|delivery (?:is |was )?not (?:allowed|permitted|authori[sz]ed)|(?:cannot|can ?n.t|can not|do not|don't|does not) deliver (?:any )?(?:e?-?mail|messages?) (?:for|to)\W*(?:"
        + RecipientAddress + @"|(?:this|that) (?:domain|host))?\W*$", Plain)]
    public static partial Regex RelayRefuses();

    /// <summary>The sending account has used up what it may send.</summary>
    [GeneratedRegex(
        @"\b(?:sending|send|sent|outgoing|outbound|outmail|submission|relay|sender'?s?|smtp|daily|hourly|monthly|weekly|\d+-hour|plan|e-?mails?|account) ?" + FewWords
        + @"(?:limits?|quotas?|allowance|rate) ?(?:is |has been |was |have been )?(?:exceed|reached|hit|over|used|will|of|\(|\.|$)"
        + @"|(?:submission|sending|relay|outbound|outgoing|sender|daily|hourly|outmail)[ _]?quota|(?:sending|outbound|outgoing|submission|daily|hourly|monthly) " + FewWords + @"limit|rate limit"
        + @"|limite? (?:is |has been |was )?(?:reached|exceeded|atteinte|depass)|\b(?:per|an|every) (?:second|minute|hour|day|week|month)\b|max(?:imum)? (?:defers|e-?mails|messages)"
        + @"|too many (?:mail|message|e-?mail|connection|defer|fail)|\b(?:last|this) (?:hour|day|week|month)\b|today\b|journalier|quotidien|mensuel|throttl|exceeded your"
        + @"|quota d.envoi|limite d.envoi|nombre maxim\w+ d|trop de (?:mess|mail|courriel|connex)|no more (?:mail|message|e-?mail)|\bcredits?\b", Plain)]
    public static partial Regex SendingLimit();

    /// <summary>The sending account, its domain, plan or sign-in, or the relay: may not send.</summary>
    [GeneratedRegex(
        @"(?:sending|outgoing|outbound|account|domain|smtp|workspace|tenant|client|service|subscription|plan|credentials?|api key|compte|envoi\w*|abonnement|forfait|contrat|licence)\b ?" + FewWords
        + @"(?:suspen|paused|disabled|deactivat|d[ée]sactiv|blocked|bloqu|banned|locked|restricted|frozen|expir|unpaid|r[ée]sili|[ée]chu|termin[ée]|revoked|on hold|not (?:yet )?(?:activ|verified|allowed to|permitted to|authori[sz]ed to|enabled))"
        + @"|suspen(?:ded|sion) (?:for|of)|\btrial\b|(?:free|test|demo|sandbox) (?:account|plan|domain|subdomain|mode|tenant)|in (?:your )?account\b|\bsandbox|upgrade|billing|invoice|unpaid|impay"
        + @"|pending approval|activate your|configuration.set|api key|(?:can|may) only send|(?:not|n't) (?:allowed|permitted|authori[sz]ed|able|configured) to (?:send|relay)"
        + @"|(?:cannot|can ?n.t|may not) (?:send|be sent)|unable to send|(?:not|be|un) ?verified|non v[ée]rifi|your (?:\w+ )?(?:ip|host|server|domain|account|plan|subscription|credentials)"
        + @"|votre (?:compte|domaine|serveur|adresse ip|abonnement|forfait|offre|contrat)|\brelay(?!=|[ _]recipient[ _](?:table|map))|authenticat|\bauth\b|log(?:ged)? ?in|not authori[sz]ed to|starttls|\btls\b|authentifi|\brelais\b|credentials"
        + @"|\bpop3? ?(?:-|before|first|avant)|(?:check|read|fetch|retrieve) (?:your|for|any) (?:new )?(?:e?-?mails?|messages|mailbox|inbox) (?:first|before)|\brelev(?:ez|er) " + FewWords + @"(?:avant|d.abord)", Plain)]
    public static partial Regex SendingAccount();

    /// <summary>Something that stands in this mail.</summary>
    [GeneratedRegex(
        @"\bvirus|\binfected\b|malware|trojan|phish|eicar|gtube|\bmacros?\b|attachment|pi[èe]ces? jointe|reject, id=|bad.header|matched map|malicious|executable|forbidden extension|extension (?:not|forbidden)"
        + @"|\barchive\b|\bbody\b|\bsubject\b(?! to)|\bhtml\b|file type|fichier|\blinks?\b|\blien\b|\bcontains?\b|contenant|contient|spam ?assassin|\bcontent\b|contenu|\b(?:message|mail|e-?mail)\b " + FewWords + @"(?:ind[ée]sirable|class)|banned:|banned (?:file|name|type|extension)"
        + @"|\bur[li]s?\b|\bsurbl|\buribl|headers? (?:\w+ ){0,3}(?:not|missing|invalid|malformed)|(?:missing|malformed|invalid|duplicate) header|not rfc|rfc ?[25]?[38]22", Plain)]
    public static partial Regex Content();

    /// <summary>The sender's address or domain, or the host or IP address that sends.</summary>
    [GeneratedRegex(
        @"\b(?:open)?spf\b|\bdkim\b|\bdmarc\b|block ?list|black ?list|deny ?list|threat list|blocked (?:using|by)(?! (?:the )?(?:spam|content|recipient|" + RecipientAddress + @"))|spamhaus|spamcop|\brbl\b|dnsbl|reputation|\bbanned\b"
        + @"|\b(?:helo|ehlo)\b|\br(?:everse )?dns\b|\bptr\b|send ?as\b|sendasdenied|on behalf of|\bsender|\bsending|client host|\bip address|adresse ip|connection refused"
        + @"|\bidentit(?:y|ies)\b|messages? from|mail from|from address|from your|from this (?:account|domain|address|ip|host)|'from'|spoof|\bexp[ée]dit|[ée]met(?:teur|trice)|\b[ée]mission|(?:adresse|domaine|serveur) d.(?:envoi|origine)"
        + @"|likely (?:unsolicited|suspicious)|service refus|\bspam abuse|spam complaint", Plain)]
    public static partial Regex Sender();

    /// <summary>This message was taken for spam.</summary>
    [GeneratedRegex(
        @"spam (?:message|mail|e-?mail|score|filter|detect|check)|(?:as|is|like|likely|appears|looks|considered|classified|tagged|suspicion of|probability of|- ) ?(?:(?!blocked|banned|for)[\w']+ ){0,2}spam\b", Plain)]
    public static partial Regex SpamMessage();

    /// <summary>Spam of any kind: of this message, or of whoever sends.</summary>
    [GeneratedRegex(@"spam|\bjunk|unsolicited|ind[ée]sirable|pourriel|\bube\b", Plain)]
    public static partial Regex Spam();

    /// <summary>Some limit: a policy's is the sender's, a mailbox's the recipient's.</summary>
    [GeneratedRegex(@"quota|\blimit", Plain)]
    public static partial Regex Limit();

    [GeneratedRegex(@"mailbox|\bfull\b|inbox|storage|disk|bo[iî]te|over ?quota", Plain)]
    public static partial Regex Mailbox();

    [GeneratedRegex(@"\bsize\b|too (?:big|large|long)|\btaille\b|trop (?:gros|volumineux)", Plain)]
    public static partial Regex Size();

    [GeneratedRegex(
        @"recipient|" + RecipientAddress + @"|addressee|target address|\bto (?:this|that) (?:\w+ )?address\b|\bno mx\b|destinat|mailbox|bo[iî]te|\buser|utilisateur|no such|unknown|inconnu|inexistant|existe pas|not exist|not found|invalid address|inactive|disabled|over ?quota|unrouteable|suppress", Plain)]
    public static partial Regex Recipient();

    /// <summary>A policy or an account, and nobody's name: a doubt.</summary>
    [GeneratedRegex(@"polic|prohibit|denied|\bblocked\b|bloqu|not (?:allowed|permitted|authori[sz]ed)|unauthori[sz]ed|interdit|\babuse|account|compte\b", Plain)]
    public static partial Regex Policy();
}

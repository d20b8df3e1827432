using System.Security.Cryptography.X509Certificates;
using MimeKit;

namespace Tapwork.Web.Sandbox;

/// <summary>One connection to the mail stand-in, from greeting to goodbye (RFC 5321, 3207 and 4954).</summary>
internal sealed class SmtpConversation(SmtpWire wire, X509Certificate2 certificate, SandboxStore store, SandboxFaults faults, TimeProvider clock)
{
    private string? _from;
    private readonly List<string> _to = [];
    private Fault _fault;

    public async Task RunAsync(CancellationToken cancel)
    {
        await wire.SayAsync("220 localhost Tapwork sandbox", cancel);
        var goesOn = true;
        while (goesOn && await wire.ReadLineAsync(cancel) is { } line)
            goesOn = await HearAsync(line, cancel);
    }

    /// <returns>Whether the conversation goes on.</returns>
    private async Task<bool> HearAsync(string line, CancellationToken cancel)
    {
        var verb = line.Split(' ', ':')[0].ToUpperInvariant();
        switch (verb)
        {
            case "STARTTLS" when !wire.IsSecure:
                await wire.SayAsync("220 2.0.0 go on", cancel);
                await wire.SecureAsync(certificate, cancel);
                Forget();
                return true;
            case "AUTH" when wire.IsSecure:
                await SignInAsync(line, cancel);
                return true;
            case "DATA" when _to.Count > 0:
                return await TakeMailAsync(cancel);
        }
        var answer = Answer(verb, line);
        await wire.SayAsync(answer, cancel);
        return !answer.StartsWith("221", StringComparison.Ordinal) && !answer.StartsWith("421", StringComparison.Ordinal);
    }

    private string Answer(string verb, string line)
    {
        switch (verb)
        {
            case "EHLO":
                return $"250-localhost\r\n250-8BITMIME\r\n250-{(wire.IsSecure ? "AUTH PLAIN LOGIN" : "STARTTLS")}\r\n250 SIZE {SmtpWire.LargestMail}";
            case "HELO" or "NOOP":
                return "250 2.0.0 ok";
            case "RSET":
                Forget();
                return "250 2.0.0 ok";
            case "AUTH":
                return "538 5.7.11 encryption required";
            case "MAIL":
                return wire.IsSecure ? TakeSender(line) : "530 5.7.0 must issue a STARTTLS command first";
            case "RCPT":
                return TakeRecipient(AddressIn(line));
            case "DATA":
                return "503 5.5.1 no recipient yet";
            case "QUIT":
                return "221 2.0.0 bye";
            default:
                return "500 5.5.2 unknown command";
        }
    }

    private string TakeSender(string line)
    {
        Forget();
        if (SizeIn(line) > SmtpWire.LargestMail)
            return "552 5.3.4 too large";
        _fault = faults.For(SmtpStandIn.Area);
        var refusal = _fault switch
        {
            Fault.Http503 => "421 4.3.2 closing for a while",
            Fault.Rate429 or Fault.Rate429Bare => "451 4.7.1 too many mails, try again later",
            Fault.Unauthorized401 => "530 5.7.0 authentication required",
            Fault.Forbidden403 => "550 5.7.1 sender not allowed",
            _ => null,
        };
        if (refusal is null)
            _from = AddressIn(line);
        return refusal ?? "250 2.1.0 ok";
    }

    private string TakeRecipient(string address)
    {
        if (_from is null)
            return "503 5.5.1 no sender yet";
        if (!address.Contains('@', StringComparison.Ordinal))
            return "501 5.1.3 bad address";
        if (_fault is Fault.Refuse422 or Fault.NotFound404 || address.StartsWith("unknown@", StringComparison.OrdinalIgnoreCase))
            return "550 5.1.1 no such mailbox";
        _to.Add(address);
        return "250 2.1.5 ok";
    }

    private async Task SignInAsync(string line, CancellationToken cancel)
    {
        // Anybody may: it is a sandbox. The words are asked for nevertheless, as a real server would.
        var asked = line.Split(' ') switch
        {
            [_, var mechanism] when mechanism.Equals("PLAIN", StringComparison.OrdinalIgnoreCase) => ["334 "],
            [_, var mechanism] when mechanism.Equals("LOGIN", StringComparison.OrdinalIgnoreCase) => ["334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6"],
            [_, var mechanism, _] when mechanism.Equals("LOGIN", StringComparison.OrdinalIgnoreCase) => new[] { "334 UGFzc3dvcmQ6" },
            _ => [],
        };
        foreach (var question in asked)
        {
            await wire.SayAsync(question, cancel);
            await wire.ReadLineAsync(cancel);
        }
        await wire.SayAsync("235 2.7.0 signed in", cancel);
    }

    /// <returns>Whether the conversation goes on.</returns>
    private async Task<bool> TakeMailAsync(CancellationToken cancel)
    {
        await wire.SayAsync("354 end with a dot on a line of its own", cancel);
        var raw = await wire.ReadMailAsync(cancel);
        if (_fault == Fault.Slow)
            await Task.Delay(TimeSpan.FromMilliseconds(faults.Plan.DelayMilliseconds), clock, cancel);
        var answer = raw is null ? "552 5.3.4 too large" : await JudgeAsync(raw, cancel);
        if (_fault == Fault.Hang)
            await Task.Delay(Timeout.InfiniteTimeSpan, clock, cancel);
        if (_fault == Fault.SlowAfter)
            await Task.Delay(TimeSpan.FromMilliseconds(faults.Plan.DelayMilliseconds), clock, cancel);
        if (_fault is Fault.CutBefore or Fault.CutAfter)
            return false;
        await wire.SayAsync(answer, cancel);
        Forget();
        return true;
    }

    private async Task<string> JudgeAsync(byte[] raw, CancellationToken cancel)
    {
        var answer = _fault switch
        {
            Fault.Http500 => "451 4.3.0 try again later",
            Fault.Bad400 or Fault.Refuse422Framework => "554 5.6.0 content refused",
            Fault.Garbage or Fault.Huge => "<html>this is no mail server</html>",
            _ => "250 2.0.0 queued",
        };
        using var source = new MemoryStream(raw);
        var mail = await MimeMessage.LoadAsync(source, cancel);
        var isKept = answer.StartsWith("250", StringComparison.Ordinal) && _fault is not (Fault.CutBefore or Fault.Hang);
        var arrival = store.Arrive("DATA", SmtpStandIn.Area, $"{mail.MessageId} {mail.Subject}", _fault);
        if (isKept)
            store.Add(Kept(mail));
        store.Answered(arrival, _fault is Fault.CutBefore or Fault.CutAfter or Fault.Hang || !int.TryParse(answer[..3], out var code) ? null : code);
        return answer;
    }

    private SandboxMail Kept(MimeMessage mail) =>
        new(mail.MessageId ?? Guid.NewGuid().ToString("n"), _from!, string.Join(", ", _to), mail.Subject ?? "", mail.TextBody ?? "", clock.GetUtcNow())
        {
            Html = mail.HtmlBody,
        };

    private void Forget()
    {
        _from = null;
        _to.Clear();
        _fault = Fault.None;
    }

    private static string AddressIn(string line) =>
        line.IndexOf('<', StringComparison.Ordinal) is >= 0 and var open && line.IndexOf('>', open) is > 0 and var close ? line[(open + 1)..close] : "";

    private static long SizeIn(string line) =>
        line.Split(' ').FirstOrDefault(p => p.StartsWith("SIZE=", StringComparison.OrdinalIgnoreCase)) is { } size && long.TryParse(size[5..], out var bytes) ? bytes : 0;
}

using System.Text;
using Tapwork.Core.Deliveries;

namespace Tapwork.Infrastructure.Integrations;

/// <summary>Writes a call down as text for the record.</summary>
internal static class HttpTranscript
{
    /// <summary>Bytes of a body from which its record is made: a character takes at most four, and secrets are masked before the text is cut.</summary>
    public const int MaxBytes = (Exchange.Kept * 4) + 1024;

    private static readonly string[] TellingHeaders = ["Retry-After", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "X-Request-Id"];

    /// <summary>Both sides.</summary>
    /// <param name="call">Method and address.</param>
    /// <param name="headers">Of the request, their secrets replaced by the mark.</param>
    /// <param name="body">Without what is secret in it; null for none.</param>
    /// <param name="answer">Null when none was asked for.</param>
    /// <param name="mask">Takes our secrets out of what the far side said.</param>
    public static Exchange Of(string call, IEnumerable<(string Name, string Value)> headers, string? body, HttpAnswer? answer, Func<string, string> mask)
    {
        var head = string.Concat(headers.Select(h => $"{h.Name}: {h.Value}\n").Prepend($"{call}\n"));
        var request = Masking.Cut(body is null ? head : $"{head}Content-Type: application/json\n\n{body}");
        return answer is { Status: > 0 } ? new Exchange(request, Answered(answer, mask), answer.Status) : new Exchange(request, null, null);
    }

    /// <summary>A call and the question it led to, under the call's own status. Of each side the question takes at most half of what is kept.</summary>
    public static Exchange Join(Exchange call, Exchange question) =>
        new(Join(call.Request, question.Request), Join(call.Response, question.Response), call.Status);

    private static string? Join(string? first, string? second)
    {
        if (first is null || second is null)
            return first ?? second;
        var last = "\n\n" + Masking.Cut(second, Exchange.Kept / 2);
        return Masking.Cut(first, Exchange.Kept - last.Length) + last;
    }

    private static string Answered(HttpAnswer answer, Func<string, string> mask)
    {
        var text = new StringBuilder(answer.Body.Length + 128).Append("HTTP ").Append(answer.Status);
        if (answer.ContentType is { } type)
            text.Append("\nContent-Type: ").Append(type);
        foreach (var name in TellingHeaders)
            if (answer.Headers!.NonValidated.TryGetValues(name, out var values))
                text.Append('\n').Append(name).Append(": ").Append(values.ToString());
        if (answer.IsCut)
            text.Append("\n[cut: the body was not read to its end]");
        var kept = Math.Min(answer.Body.Length, MaxBytes);
        text.Append("\n\n").Append(Encoding.UTF8.GetString(answer.Body, 0, kept));
        return mask(text.Replace("\0", "").ToString());
    }
}

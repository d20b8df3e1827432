using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Tapwork.Infrastructure.Auditing;

/// <summary>
/// What is authenticated, chained and signed, byte by byte; described for third parties in <c>docs/audit-proof.md</c>. A text is its length in UTF-8 (4 bytes,
/// most significant first) and its bytes; one that is absent has the length FFFFFFFF.
/// </summary>
internal static class AuditChain
{
    public const int HashLength = SHA256.HashSizeInBytes;

    public const string Format = "tapwork-audit-1";

    /// <summary>Before the first entry.</summary>
    public static byte[] Origin { get; } = SHA256.HashData(Encoding.UTF8.GetBytes(Format));

    /// <summary>What an entry says, with commitments in place of its values: the message its HMAC is made of.</summary>
    /// <exception cref="FormatException">Its changes or salts are not what was written.</exception>
    public static byte[] MessageOf(AuditEntry entry) => MessageOf(entry, AuditChanges.CommitmentsOf(entry.Changes, entry.Salts));

    public static byte[] MessageOf(AuditEntry entry, IReadOnlyList<FieldCommitments> commitments)
    {
        var message = new ArrayBufferWriter<byte>(1024);
        foreach (var text in (ReadOnlySpan<string?>)[
            Format, MomentOf(entry.At), entry.ActorId?.ToString(), entry.ActorName, entry.Role, entry.Ip, entry.UserAgent, entry.CorrelationId, entry.Cause, entry.Action,
            entry.RecordType, entry.RecordId, entry.RecordVersion?.ToString(CultureInfo.InvariantCulture), entry.KeyId])
            Append(message, text);
        foreach (var field in commitments)
        {
            Append(message, field.Field);
            Append(message, field.Old);
            Append(message, field.New);
        }
        return message.WrittenSpan.ToArray();
    }

    /// <summary>An entry in 32 bytes: SHA-256 of its message and its HMAC. One that cannot even be read says nothing, and has its place like the others.</summary>
    public static byte[] DigestOf(AuditEntry entry)
    {
        try
        {
            return DigestOf(MessageOf(entry), entry.Mac);
        }
        catch (FormatException)
        {
            return DigestOf([], entry.Mac);
        }
    }

    public static byte[] DigestOf(byte[] message, byte[] mac)
    {
        return SHA256.HashData([.. message, .. mac]);
    }

    /// <summary>The chain up to and with this entry: SHA-256 of the hash before, the sequence (8 bytes, most significant first) and the digest.</summary>
    public static byte[] Link(ReadOnlySpan<byte> before, long sequence, ReadOnlySpan<byte> digest)
    {
        Span<byte> text = stackalloc byte[HashLength + sizeof(long) + HashLength];
        before.CopyTo(text);
        BinaryPrimitives.WriteInt64BigEndian(text[HashLength..], sequence);
        digest.CopyTo(text[(HashLength + sizeof(long))..]);
        return SHA256.HashData(text);
    }

    /// <summary>What is signed of a head.</summary>
    public static byte[] MessageOf(AuditHead head)
    {
        var message = new ArrayBufferWriter<byte>(256);
        foreach (var text in (ReadOnlySpan<string>)[Format + "-head", head.Sequence.ToString(CultureInfo.InvariantCulture), MomentOf(head.At), head.KeyId])
            Append(message, text);
        Append(message, head.Hash);
        return message.WrittenSpan.ToArray();
    }

    /// <summary>What is signed of a summary.</summary>
    public static byte[] MessageOf(AuditSummary summary)
    {
        var message = new ArrayBufferWriter<byte>(summary.Digests.Length + 1024);
        foreach (var text in (ReadOnlySpan<string>)[
            Format + "-summary", summary.Class.ToString(), summary.FirstSequence.ToString(CultureInfo.InvariantCulture), summary.LastSequence.ToString(CultureInfo.InvariantCulture),
            MomentOf(summary.FirstAt), MomentOf(summary.LastAt), summary.Counts, MomentOf(summary.RetiredAt), summary.KeyId])
            Append(message, text);
        Append(message, summary.Digests);
        return message.WrittenSpan.ToArray();
    }

    /// <summary>UTC to the microsecond: what all three databases keep.</summary>
    public static DateTimeOffset Kept(DateTimeOffset moment) => new(moment.UtcTicks - (moment.UtcTicks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);

    /// <summary>False for a moment that somebody else wrote: its part below a microsecond is not authenticated, and no entry is written with one.</summary>
    public static bool IsAsWritten(DateTimeOffset moment) => moment.UtcTicks % TimeSpan.TicksPerMicrosecond == 0;

    public static string MomentOf(DateTimeOffset moment) => moment.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);

    private static void Append(ArrayBufferWriter<byte> message, string? text)
    {
        if (text is null)
        {
            Append(message, (byte[]?)null);
            return;
        }
        var length = Encoding.UTF8.GetByteCount(text);
        BinaryPrimitives.WriteInt32BigEndian(message.GetSpan(sizeof(int)), length);
        message.Advance(sizeof(int));
        message.Advance(Encoding.UTF8.GetBytes(text, message.GetSpan(length)));
    }

    private static void Append(ArrayBufferWriter<byte> message, byte[]? bytes)
    {
        BinaryPrimitives.WriteInt32BigEndian(message.GetSpan(sizeof(int)), bytes?.Length ?? -1);
        message.Advance(sizeof(int));
        message.Write(bytes);
    }
}

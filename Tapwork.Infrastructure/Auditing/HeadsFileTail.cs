using System.Text;

namespace Tapwork.Infrastructure.Auditing;

/// <summary>The end of the heads file.</summary>
/// <param name="Sequence">Of the last head whose line is ended.</param>
/// <param name="Length">Of the file up to there, in bytes.</param>
/// <param name="Unended">What stands after it: a head that may not have been committed.</param>
/// <param name="Whole">Length of the file.</param>
internal sealed record HeadsFileTail(long Sequence, long Length, AuditHead? Unended, long Whole)
{
    private const int Enough = 8192;

    /// <summary>Whether a line ends where the next is to begin.</summary>
    public bool IsEnded { get; private init; } = true;

    public static HeadsFileTail Of(FileStream file)
    {
        var whole = file.Length;
        var start = file.Seek(-Math.Min(whole, Enough), SeekOrigin.End);
        var bytes = new byte[whole - start];
        file.ReadExactly(bytes);
        var end = Array.LastIndexOf(bytes, (byte)'\n') + 1;
        var last = Encoding.UTF8.GetString(bytes, 0, end).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(AuditHeadsFile.Parse).LastOrDefault(h => h is not null);
        return new HeadsFileTail(last?.Sequence ?? AuditHead.Origin, start + end, AuditHeadsFile.Parse(Encoding.UTF8.GetString(bytes, end, bytes.Length - end)), whole);
    }

    /// <summary>With its last line taken as ended if the database has committed that head.</summary>
    public HeadsFileTail Settled(AuditHead end) =>
        Unended is not null && AuditHeadsFile.IsSame(Unended, end) ? this with { Sequence = Unended.Sequence, Length = Whole, Unended = null, IsEnded = false } : this;
}

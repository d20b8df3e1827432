using System.Text;

namespace Tapwork.Infrastructure.Auditing;

/// <summary>Reads the heads file as it was when it was opened, one line at a time; what is no head (a line cut off by a power cut) is passed over.</summary>
internal sealed class OutsideHeads : IDisposable
{
    private const int Near = 65_536;

    private readonly StreamReader _reader;
    private readonly long _length, _after;
    private long _read;

    public OutsideHeads(FileStream file, long after)
    {
        (_length, _after) = (file.Length, after);
        First = FirstFrom(file, 0)?.Sequence;
        _read = after == AuditHead.Origin ? 0 : NearTo(file, after);
        file.Seek(_read, SeekOrigin.Begin);
        _reader = new StreamReader(file, Encoding.UTF8, detectEncodingFromByteOrderMarks: false, Near);
    }

    /// <summary>The sequence that the file begins with.</summary>
    public long? First { get; }

    /// <summary>The next one that is to be read; null after the last.</summary>
    public AuditHead? Current { get; private set; }

    /// <summary>Whether the line of the current one is ended: if not, it may not have been committed.</summary>
    public bool IsEnded { get; private set; }

    /// <returns>Whether there is another.</returns>
    public bool MoveNext()
    {
        Current = null;
        while (Current is null && _read < _length && _reader.ReadLine() is { } line)
        {
            _read += Encoding.UTF8.GetByteCount(line) + 1;
            IsEnded = _read <= _length;
            Current = AuditHeadsFile.Parse(line) is { } head && head.Sequence > _after ? head : null;
        }
        return Current is not null;
    }

    public void Dispose() => _reader.Dispose();

    // By halving: the file is in order, and may be long.
    private static long NearTo(FileStream file, long after)
    {
        var (low, high) = (0L, file.Length);
        while (high - low > Near)
        {
            var middle = low + ((high - low) / 2);
            if (FirstFrom(file, middle) is { } head && head.Sequence <= after)
                low = middle;
            else
                high = middle;
        }
        return low;
    }

    private static AuditHead? FirstFrom(FileStream file, long place)
    {
        file.Seek(place, SeekOrigin.Begin);
        using var reader = new StreamReader(file, Encoding.UTF8, detectEncodingFromByteOrderMarks: false, 1024, leaveOpen: true);
        while (reader.ReadLine() is { } line)
            if (AuditHeadsFile.Parse(line) is { } head)
                return head;
        return null;
    }
}

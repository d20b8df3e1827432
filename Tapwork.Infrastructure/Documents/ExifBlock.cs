using System.Buffers.Binary;

namespace Tapwork.Infrastructure.Documents;

/// <summary>
/// A camera's Exif block (a TIFF structure), reduced to what is asked of it: time and place. Entries of a crafted block all point at the same bytes, and a reader that copies each
/// entry's value makes gigabytes of 64 KB.
/// </summary>
internal sealed class ExifBlock
{
    private const ushort ExifPointer = 0x8769, GpsPointer = 0x8825;
    private const int HeaderBytes = 8, EntryBytes = 12, MaxEntries = 200, MaxValueBytes = 64;

    // Bytes of one value by its type (TIFF 6.0, section 2).
    private static readonly int[] TypeBytes = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8];

    private readonly byte[] _block;
    private readonly bool _isLittle;
    private readonly List<byte> _reduced;

    private ExifBlock(byte[] block) => (_block, _isLittle, _reduced) = (block, block[0] == 'I', [.. block[..4]]);

    /// <summary>A block of the same byte order with nothing but times, their offsets and the place; null for what is no such block.</summary>
    public static byte[]? Reduced(byte[] block) =>
        block.Length > HeaderBytes && (block.AsSpan().StartsWith("II*\0"u8) || block.AsSpan().StartsWith("MM\0*"u8)) ? new ExifBlock(block).Reduced() : null;

    private byte[] Reduced()
    {
        Append32(HeaderBytes);
        List<Entry> pointers = [.. EntriesAt(Read32(4)).Where(e => e is { Tag: ExifPointer or GpsPointer, Length: 4 }).DistinctBy(e => e.Tag).OrderBy(e => e.Tag)];
        Append16((ushort)pointers.Count);
        foreach (var pointer in pointers)
            _reduced.AddRange(_block.AsSpan(pointer.At, EntryBytes));
        Append32(0);
        for (var i = 0; i < pointers.Count; i++)
        {
            Write32(HeaderBytes + 2 + (i * EntryBytes) + 8, (uint)_reduced.Count);
            AppendDirectory([.. EntriesAt(pointers[i].Value).Where(e => IsWanted(pointers[i].Tag, e)).DistinctBy(e => e.Tag)]);
        }
        return [.. _reduced];
    }

    // Time of exposure, of digitising, offsets and fractions of seconds; everything of the place.
    private static bool IsWanted(ushort directory, Entry entry) =>
        entry.Length is > 0 and <= MaxValueBytes && (directory == GpsPointer ? entry.Tag <= 0x1F : entry.Tag is 0x9003 or 0x9004 or (>= 0x9010 and <= 0x9012) or (>= 0x9290 and <= 0x9292));

    private void AppendDirectory(List<Entry> entries)
    {
        var start = _reduced.Count;
        Append16((ushort)entries.Count);
        foreach (var entry in entries)
            _reduced.AddRange(_block.AsSpan(entry.At, EntryBytes));
        Append32(0);
        for (var i = 0; i < entries.Count; i++)
        {
            // Up to four bytes stand in the entry itself.
            if (entries[i] is not { Length: > 4 } far)
                continue;
            Write32(start + 2 + (i * EntryBytes) + 8, (uint)_reduced.Count);
            _reduced.AddRange(_block.AsSpan((int)far.Value, (int)far.Length));
        }
    }

    private IEnumerable<Entry> EntriesAt(uint offset)
    {
        if (offset > _block.Length - 2)
            yield break;
        var count = Math.Min((int)Read16((int)offset), MaxEntries);
        for (var at = (int)offset + 2; count-- > 0 && at <= _block.Length - EntryBytes; at += EntryBytes)
        {
            var type = Read16(at + 2);
            var length = type < TypeBytes.Length ? (long)TypeBytes[type] * Read32(at + 4) : 0;
            var entry = new Entry(at, Read16(at), length, Read32(at + 8));
            if (length <= 4 || entry.Value + length <= _block.Length)
                yield return entry;
        }
    }

    private ushort Read16(int at) => _isLittle ? BinaryPrimitives.ReadUInt16LittleEndian(_block.AsSpan(at)) : BinaryPrimitives.ReadUInt16BigEndian(_block.AsSpan(at));

    private uint Read32(int at) => _isLittle ? BinaryPrimitives.ReadUInt32LittleEndian(_block.AsSpan(at)) : BinaryPrimitives.ReadUInt32BigEndian(_block.AsSpan(at));

    private void Append16(ushort value)
    {
        Span<byte> bytes = [(byte)value, (byte)(value >> 8)];
        if (!_isLittle)
            bytes.Reverse();
        _reduced.AddRange(bytes);
    }

    private void Append32(uint value)
    {
        _reduced.AddRange(new byte[4]);
        Write32(_reduced.Count - 4, value);
    }

    private void Write32(int at, uint value)
    {
        for (var i = 0; i < 4; i++)
            _reduced[at + i] = (byte)(value >> (_isLittle ? 8 * i : 24 - (8 * i)));
    }

    /// <param name="At">Where it begins in the block.</param>
    /// <param name="Length">Bytes of its value.</param>
    /// <param name="Value">The value's offset; where it is a pointer, the directory's.</param>
    private sealed record Entry(int At, ushort Tag, long Length, uint Value);
}

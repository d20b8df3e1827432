using System.Buffers.Binary;

namespace Tapwork.Infrastructure.Documents;

/// <summary>
/// What a picture's segments say before anything of it is decoded: its size, and where the camera's Exif block stands. Compressed blocks (texts, colour profiles) are stepped over:
/// a small one may inflate to gigabytes.
/// </summary>
/// <param name="Width">Pixels; 0 where the picture does not say.</param>
/// <param name="Height">Pixels.</param>
/// <param name="Exif">The block, a TIFF structure; null without one.</param>
public sealed record PictureHead(int Width, int Height, byte[]? Exif)
{
    /// <summary>More than any phone's camera takes; a viewer needs four bytes of memory for each.</summary>
    public const long MaxPixels = 120_000_000;

    private const int MaxExif = ushort.MaxValue - 8;

    private static readonly PictureHead Unknown = new(0, 0, null);

    public bool IsTooLarge => (long)Width * Height > MaxPixels;

    public static PictureHead Read(Stream picture)
    {
        Span<byte> signature = stackalloc byte[8];
        if (picture.ReadAtLeast(signature, 8, throwOnEndOfStream: false) < 8)
            return Unknown;
        if (signature.SequenceEqual((ReadOnlySpan<byte>)[0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]))
            return Png(picture, Unknown);
        picture.Position -= 6;
        return signature is [0xFF, 0xD8, ..] ? Jpeg(picture, Unknown) : Unknown;
    }

    /// <summary>A JPEG of nothing but time and place of the Exif block, for a reader that would read the rest as well.</summary>
    public Stream? ExifAlone() => Exif is null || ExifBlock.Reduced(Exif) is not { } exif ? null
        : new MemoryStream([0xFF, 0xD8, 0xFF, 0xE1, (byte)((exif.Length + 8) >> 8), (byte)(exif.Length + 8), .. "Exif\0\0"u8, .. exif, 0xFF, 0xD9]);

    // Chunks of length, type, data and checksum (PNG, 5.3).
    private static PictureHead Png(Stream picture, PictureHead head)
    {
        Span<byte> chunk = stackalloc byte[8];
        Span<byte> size = stackalloc byte[8];
        while (picture.ReadAtLeast(chunk, 8, throwOnEndOfStream: false) == 8)
        {
            var (length, next) = (BinaryPrimitives.ReadUInt32BigEndian(chunk), picture.Position + BinaryPrimitives.ReadUInt32BigEndian(chunk) + 4);
            if (chunk[4..].SequenceEqual("IEND"u8) || next > picture.Length)
                break;
            if (chunk[4..].SequenceEqual("IHDR"u8) && picture.ReadAtLeast(size, 8, throwOnEndOfStream: false) == 8)
                head = head.AtLeast(BinaryPrimitives.ReadInt32BigEndian(size), BinaryPrimitives.ReadInt32BigEndian(size[4..]));
            else if (chunk[4..].SequenceEqual("eXIf"u8) && length <= MaxExif)
                head = head with { Exif = head.Exif ?? Bytes(picture, (int)length) };
            picture.Position = next;
        }
        return head;
    }

    // Markers, most of them with a length (ITU T.81, B.1.1.4), up to where the picture itself begins.
    private static PictureHead Jpeg(Stream picture, PictureHead head)
    {
        while (Marker(picture) is { } marker and not (0xD9 or 0xDA))
        {
            // TEM, RSTn and SOI stand alone.
            if (marker is 0x01 or (>= 0xD0 and <= 0xD8))
                continue;
            if (Bytes(picture, 2) is not [var high, var low])
                break;
            var next = picture.Position + ((high << 8) | low) - 2;
            if (next < picture.Position || next > picture.Length)
                break;
            if (marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC) && Bytes(picture, 5) is [_, var h1, var h2, var w1, var w2])
                head = head.AtLeast((w1 << 8) | w2, (h1 << 8) | h2);
            else if (marker == 0xE1 && Bytes(picture, (int)(next - picture.Position)) is { } data && data.AsSpan().StartsWith("Exif\0\0"u8))
                head = head with { Exif = head.Exif ?? data[6..] };
            picture.Position = next;
        }
        return head;
    }

    // Readers step over what stands between segments, and over fill bytes.
    private static int? Marker(Stream picture)
    {
        var (before, read) = (0, picture.ReadByte());
        while (read >= 0 && (before != 0xFF || read is 0 or 0xFF))
            (before, read) = (read, picture.ReadByte());
        return read < 0 ? null : read;
    }

    private static byte[]? Bytes(Stream picture, int count)
    {
        var bytes = new byte[count];
        return picture.ReadAtLeast(bytes, count, throwOnEndOfStream: false) == count ? bytes : null;
    }

    // A picture may name several sizes: the largest is what a reader may have to make room for. A negative one is a number too large for the format.
    private PictureHead AtLeast(int width, int height) =>
        this with { Width = Math.Max(Width, width < 0 ? int.MaxValue : width), Height = Math.Max(Height, height < 0 ? int.MaxValue : height) };
}

using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Tapwork.Infrastructure.Documents;
using Tapwork.Infrastructure.Sandbox;

namespace Tapwork.Tests.Documents;

/// <summary>What is read of a picture before anything of it is decoded.</summary>
public class PictureHeadTests
{
    // 306 KB became 1.4 GB.
    [Theory]
    [InlineData("zTXt")]
    [InlineData("iTXt")]
    [InlineData("iCCP")]
    public void A_compressed_block_of_a_small_picture_is_stepped_over(string kind)
    {
        var bomb = PngWith(kind, kind switch { "iTXt" => "a\0\u0001\0\0\0"u8.ToArray(), _ => "a\0\0"u8.ToArray() }, 64 * 1024 * 1024);
        bomb.Length.ShouldBeLessThan(100_000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        PhotoExif.Read(new MemoryStream(bomb)).ShouldBe(new PhotoExif(null, null));
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(4 * 1024 * 1024);
    }

    [Fact]
    public void The_Exif_block_of_a_PNG_is_found_behind_a_compressed_one()
    {
        byte[] exif = [.. "II*\0"u8, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        byte[] picture = [.. DemoEvidence.Picture(4, 3, 1, 2, 3)];
        var end = picture.AsSpan().IndexOf("IEND"u8) - 4;
        byte[] all = [.. picture.AsSpan(0, end), .. Chunk("zTXt", [1, 2, 3]), .. Chunk("eXIf", exif), .. picture.AsSpan(end)];
        var head = PictureHead.Read(new MemoryStream(all));
        (head.Width, head.Height).ShouldBe((4, 3));
        head.Exif.ShouldBe(exif);
    }

    [Theory]
    [InlineData(12000, 9000, false)]
    [InlineData(30000, 30000, true)]
    [InlineData(-1, 1, true)]
    public void A_PNG_that_would_take_the_memory_is_known_by_its_head(int width, int height, bool isTooLarge) =>
        PictureHead.Read(new MemoryStream([.. "\u0089PNG\r\n\u001a\n".Select(c => (byte)c), .. Chunk("IHDR", Ihdr(width, height))])).IsTooLarge.ShouldBe(isTooLarge);

    [Theory]
    [InlineData("FFC0", false)]
    [InlineData("FFC2", false)]
    [InlineData("FFFFFFC2", false)]
    [InlineData("00AAFFC2", false)]
    [InlineData("FFC2", true)]
    public void A_JPEG_that_would_take_the_memory_is_known_by_its_frame_wherever_it_stands(string marker, bool isBehindExif)
    {
        byte[] exif = isBehindExif ? [0xFF, 0xE1, 0, 16, .. "Exif\0\0II*\0\0\0\0\0"u8] : [];
        byte[] frame = [.. Convert.FromHexString(marker), 0, 11, 8, 0xEA, 0x60, 0xEA, 0x60, 1, 1, 0x11, 0];
        var head = PictureHead.Read(new MemoryStream([0xFF, 0xD8, .. exif, .. frame, 0xFF, 0xDA, 0, 2]));
        (head.Width, head.Height, head.IsTooLarge).ShouldBe((60000, 60000, true));
        (head.Exif is not null).ShouldBe(isBehindExif);
    }

    [Theory]
    [InlineData("FFD8FF")]
    [InlineData("FFD8FFE1FFFF0102")]
    [InlineData("FFD8FFE10001FFD9")]
    [InlineData("89504E470D0A1A0A")]
    [InlineData("89504E470D0A1A0AFFFFFFFF49484452")]
    [InlineData("255044462D312E37")]
    public void What_is_cut_short_or_no_picture_says_nothing(string bytes) =>
        PictureHead.Read(new MemoryStream(Convert.FromHexString(bytes))).ShouldBe(new PictureHead(0, 0, null));

    // 64 KB became 80 MB, again with each picture: every entry copied the same half of the block.
    [Theory]
    [InlineData(0x8769)]
    [InlineData(0x8825)]
    [InlineData(0)]
    public void An_Exif_block_whose_entries_share_their_bytes_is_read_in_little_memory(ushort pointer)
    {
        const int half = 32 * 1024, directory = 40;
        var tiff = new byte[(2 * half) - 16];
        "II*\0"u8.CopyTo(tiff);
        BinaryPrimitives.WriteInt32LittleEndian(tiff.AsSpan(4), pointer == 0 ? directory : 8);
        Entry(tiff, 8, 0, (pointer, 4, 1, directory));
        for (var i = 0; i < (half - directory) / 12; i++)
            Entry(tiff, directory, i, ((ushort)(i + 1), 1, half - 16, half));
        var picture = new MemoryStream([0xFF, 0xD8, 0xFF, 0xE1, (byte)((tiff.Length + 8) >> 8), (byte)(tiff.Length + 8), .. "Exif\0\0"u8, .. tiff, 0xFF, 0xD9]);
        var before = GC.GetAllocatedBytesForCurrentThread();
        PhotoExif.Read(picture).ShouldBe(new PhotoExif(null, null));
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(4 * 1024 * 1024);
    }

    [Theory]
    [InlineData("49492A00FFFFFFFF00")]
    [InlineData("49492A000800000001006987040001000000FFFFFFFF")]
    [InlineData("49492A00080000000100698704000100000008000000")]
    [InlineData("4D4D002A000000080001882500040000000100000008")]
    [InlineData("4D4D002A00000008FFFF")]
    [InlineData("49492A0008000000010069870400")]
    [InlineData("FFFFFFFFFFFFFFFFFF")]
    public void An_Exif_block_that_points_nowhere_or_at_itself_has_neither_place_nor_time(string block)
    {
        byte[] exif = Convert.FromHexString(block);
        PhotoExif.Read(new MemoryStream([0xFF, 0xD8, 0xFF, 0xE1, 0, (byte)(exif.Length + 8), .. "Exif\0\0"u8, .. exif, 0xFF, 0xD9])).ShouldBe(new PhotoExif(null, null));
    }

    private static void Entry(byte[] tiff, int directory, int index, (ushort Tag, short Type, int Count, int Value) entry)
    {
        BinaryPrimitives.WriteInt16LittleEndian(tiff.AsSpan(directory), (short)(index + 1));
        var at = tiff.AsSpan(directory + 2 + (index * 12));
        BinaryPrimitives.WriteUInt16LittleEndian(at, entry.Tag);
        BinaryPrimitives.WriteInt16LittleEndian(at[2..], entry.Type);
        BinaryPrimitives.WriteInt32LittleEndian(at[4..], entry.Count);
        BinaryPrimitives.WriteInt32LittleEndian(at[8..], entry.Value);
    }

    private static byte[] PngWith(string kind, byte[] start, int inflated)
    {
        using var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.SmallestSize, leaveOpen: true))
            for (var block = new byte[1024 * 1024]; inflated > 0; inflated -= block.Length)
                zlib.Write(block);
        var picture = DemoEvidence.Picture(4, 4, 1, 2, 3);
        var end = picture.AsSpan().IndexOf("IDAT"u8) - 4;
        return [.. picture.AsSpan(0, end), .. Chunk(kind, [.. start, .. compressed.ToArray()]), .. picture.AsSpan(end)];
    }

    private static byte[] Ihdr(int width, int height)
    {
        var data = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(data, width);
        BinaryPrimitives.WriteInt32BigEndian(data.AsSpan(4), height);
        (data[8], data[9]) = (1, 0);
        return data;
    }

    private static byte[] Chunk(string type, byte[] data)
    {
        byte[] body = [.. Encoding.ASCII.GetBytes(type), .. data];
        var (length, checksum) = (new byte[4], new byte[4]);
        BinaryPrimitives.WriteInt32BigEndian(length, data.Length);
        var crc = uint.MaxValue;
        foreach (var b in body)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ 0xEDB88320;
        }
        BinaryPrimitives.WriteUInt32BigEndian(checksum, ~crc);
        return [.. length, .. body, .. checksum];
    }
}

using System.Buffers.Binary;
using System.Text;
using Tapwork.Core.Documents;
using Tapwork.Infrastructure.Documents;
using Tapwork.Infrastructure.Sandbox;

namespace Tapwork.Tests.Documents;

public class PhotoExifTests
{
    [Fact]
    public void Place_and_time_are_read_from_what_the_camera_wrote()
    {
        var exif = PhotoExif.Read(new MemoryStream(Jpeg("2026:11:20 14:05:09")));
        exif.Geotag.ShouldNotBeNull().Source.ShouldBe(GeotagSource.Exif);
        exif.Geotag.Latitude.ShouldBe(45.7578, 0.0001);
        exif.Geotag.Longitude.ShouldBe(-4.8320, 0.0001);
        // In Paris, in winter.
        exif.TakenAt.ShouldBe(new DateTimeOffset(2026, 11, 20, 13, 5, 9, TimeSpan.Zero));
    }

    [Fact]
    public void A_picture_without_and_one_with_garbage_have_neither()
    {
        PhotoExif.Read(new MemoryStream(DemoEvidence.Picture(4, 4, 1, 2, 3))).ShouldBe(new PhotoExif(null, null));
        PhotoExif.Read(new MemoryStream(Jpeg("garbage").AsSpan(0, 60).ToArray())).ShouldBe(new PhotoExif(null, null));
        PhotoExif.Read(new MemoryStream([0xFF, 0xD8, 0xFF, 0xE1, 0xFF, 0xFF, 1, 2])).ShouldBe(new PhotoExif(null, null));
        PhotoExif.Read(new MemoryStream(Jpeg("0000:00:00 00:00:00"))).TakenAt.ShouldBeNull();
    }

    // A JPEG of nothing but an Exif segment: three directories (image, Exif, GPS), little endian, values after them.
    private static byte[] Jpeg(string takenAt)
    {
        var tiff = new byte[400];
        Encoding.ASCII.GetBytes("II*\0").CopyTo(tiff, 0);
        BinaryPrimitives.WriteInt32LittleEndian(tiff.AsSpan(4), 8);
        Directory(tiff, 8, (0x8769, 4, 1, 60), (0x8825, 4, 1, 100));
        Directory(tiff, 60, (0x9003, 2, takenAt.Length + 1, 200));
        Encoding.ASCII.GetBytes(takenAt).CopyTo(tiff, 200);
        Directory(tiff, 100, (1, 2, 2, 'N'), (2, 5, 3, 240), (3, 2, 2, 'W'), (4, 5, 3, 280));
        Degrees(tiff, 240, 45, 45, 2808);
        Degrees(tiff, 280, 4, 49, 5520);
        byte[] head = [0xFF, 0xD8, 0xFF, 0xE1, (byte)((tiff.Length + 8) >> 8), (byte)(tiff.Length + 8), .. Encoding.ASCII.GetBytes("Exif\0\0")];
        return [.. head, .. tiff, 0xFF, 0xD9];
    }

    private static void Directory(byte[] tiff, int at, params (int Tag, int Type, int Count, int Value)[] entries)
    {
        BinaryPrimitives.WriteInt16LittleEndian(tiff.AsSpan(at), (short)entries.Length);
        foreach (var (index, (tag, type, count, value)) in entries.Index())
        {
            var entry = tiff.AsSpan(at + 2 + (index * 12));
            BinaryPrimitives.WriteUInt16LittleEndian(entry, (ushort)tag);
            BinaryPrimitives.WriteInt16LittleEndian(entry[2..], (short)type);
            BinaryPrimitives.WriteInt32LittleEndian(entry[4..], count);
            BinaryPrimitives.WriteInt32LittleEndian(entry[8..], value);
        }
    }

    private static void Degrees(byte[] tiff, int at, int degrees, int minutes, int hundredthsOfSeconds)
    {
        (int, int)[] parts = [(degrees, 1), (minutes, 1), (hundredthsOfSeconds, 100)];
        foreach (var (index, (numerator, denominator)) in parts.Index())
        {
            BinaryPrimitives.WriteInt32LittleEndian(tiff.AsSpan(at + (index * 8)), numerator);
            BinaryPrimitives.WriteInt32LittleEndian(tiff.AsSpan(at + (index * 8) + 4), denominator);
        }
    }
}

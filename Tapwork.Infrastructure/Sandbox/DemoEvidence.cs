using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Tapwork.Core.Documents;

namespace Tapwork.Infrastructure.Sandbox;

/// <summary>Pictures and documents made on the spot, so that demo work has real files behind it.</summary>
internal sealed record DemoEvidence(IReadOnlyDictionary<PhotoKind, FileRef> Photos, FileRef Invoice, FileRef Contract)
{
    public static async Task<DemoEvidence> StoreAsync(IFileStore files, CancellationToken cancel)
    {
        var photos = new Dictionary<PhotoKind, FileRef>();
        foreach (var (kind, red, green, blue) in ((PhotoKind, byte, byte, byte)[])
            [(PhotoKind.Before, 148, 106, 76), (PhotoKind.After, 62, 128, 120), (PhotoKind.Application, 84, 110, 160), (PhotoKind.Meter, 120, 120, 84)])
            photos[kind] = await files.PutAsync(new MemoryStream(Picture(320, 240, red, green, blue)), $"{kind.ToString().ToLowerInvariant()}.png", FileContent.LargestPhoto, cancel);
        return new DemoEvidence(photos,
            await files.PutAsync(new MemoryStream(Document("Facture (démonstration)")), "facture-signee.pdf", FileContent.LargestDocument, cancel),
            await files.PutAsync(new MemoryStream(Document("Contrat Symphonics (démonstration)")), "contrat-symphonics.pdf", FileContent.LargestDocument, cancel));
    }

    /// <summary>A PNG that runs from the colour to a lighter one.</summary>
    internal static byte[] Picture(int width, int height, byte red, byte green, byte blue)
    {
        var rows = new byte[height * (1 + (width * 3))];
        for (var y = 0; y < height; y++)
            for (var x = 0; x < width; x++)
            {
                var light = (x + y) * 90 / (width + height);
                var at = (y * (1 + (width * 3))) + 1 + (x * 3);
                (rows[at], rows[at + 1], rows[at + 2]) = ((byte)Math.Min(255, red + light), (byte)Math.Min(255, green + light), (byte)Math.Min(255, blue + light));
            }
        var packed = new MemoryStream();
        using (var zip = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true))
            zip.Write(rows);
        var head = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(head, width);
        BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(4), height);
        (head[8], head[9]) = (8, 2);
        var png = new MemoryStream();
        png.Write([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]);
        Chunk(png, "IHDR", head);
        Chunk(png, "IDAT", packed.ToArray());
        Chunk(png, "IEND", []);
        return png.ToArray();
    }

    private static void Chunk(MemoryStream png, string type, byte[] content)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
        png.Write(number);
        byte[] body = [.. Encoding.ASCII.GetBytes(type), .. content];
        png.Write(body);
        var crc = uint.MaxValue;
        foreach (var b in body)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ 0xEDB88320;
        }
        BinaryPrimitives.WriteUInt32BigEndian(number, ~crc);
        png.Write(number);
    }

    /// <summary>A PDF of one page with one line.</summary>
    internal static byte[] Document(string line)
    {
        var text = $"BT /F1 20 Tf 60 760 Td ({line.Replace("(", "\\(", StringComparison.Ordinal).Replace(")", "\\)", StringComparison.Ordinal)}) Tj ET";
        string[] parts =
        [
            "<< /Type /Catalog /Pages 2 0 R >>",
            "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 5 0 R >> >> /Contents 4 0 R >>",
            $"<< /Length {Encoding.Latin1.GetByteCount(text)} >>\nstream\n{text}\nendstream",
            "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        ];
        var pdf = new StringBuilder("%PDF-1.4\n");
        var offsets = new List<int>();
        for (var i = 0; i < parts.Length; i++)
        {
            offsets.Add(pdf.Length);
            pdf.Append($"{i + 1} 0 obj\n{parts[i]}\nendobj\n");
        }
        var table = pdf.Length;
        pdf.Append($"xref\n0 {parts.Length + 1}\n0000000000 65535 f \n");
        foreach (var offset in offsets)
            pdf.Append($"{offset:0000000000} 00000 n \n");
        pdf.Append($"trailer\n<< /Size {parts.Length + 1} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n");
        return Encoding.Latin1.GetBytes(pdf.ToString());
    }
}

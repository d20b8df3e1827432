namespace Tapwork.Core.Documents;

/// <summary>Tells what a file is by its first bytes.</summary>
public static class FileContent
{
    /// <summary>Largest photo, in bytes (10 MB).</summary>
    public const long LargestPhoto = 10_000_000;

    /// <summary>Largest document, in bytes (20 MB).</summary>
    public const long LargestDocument = 20_000_000;

    /// <summary>Bytes needed to tell.</summary>
    public const int HeadLength = 8;

    /// <summary>The content type, or null for anything that is neither JPEG, PNG nor PDF.</summary>
    public static string? TypeOf(ReadOnlySpan<byte> head)
    {
        if (head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]))
            return "image/jpeg";
        if (head.StartsWith((ReadOnlySpan<byte>)[0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]))
            return "image/png";
        return head.StartsWith("%PDF-"u8) ? "application/pdf" : null;
    }
}

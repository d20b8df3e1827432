using System.Security.Cryptography;
using Tapwork.Core;
using Tapwork.Core.Documents;

namespace Tapwork.Infrastructure.Documents;

/// <summary>Files in a folder, under their SHA-256; written and flushed to disk before the row that names them is committed.</summary>
public sealed class FolderFileStore(FileSettings settings, TimeProvider clock) : IFileStore
{
    public async Task<FileRef> PutAsync(Stream content, string name, long limit, CancellationToken cancel)
    {
        using var staged = await StageAsync(content, name, limit, cancel);
        staged.Keep();
        return staged.File;
    }

    public async Task<IStagedFile> StageAsync(Stream content, string name, long limit, CancellationToken cancel)
    {
        var folder = Directory.CreateDirectory(Path.Combine(settings.Folder, "incoming")).FullName;
        var temporary = Path.Combine(folder, Path.GetRandomFileName());
        try
        {
            var (hash, size, type) = await WriteAsync(content, temporary, limit, cancel);
            var file = new FileRef(hash, size, type, Path.GetFileName(name) is { Length: > 0 and <= 200 } plain ? plain : "file");
            return new StagedFile(file, temporary, PathOf(hash), clock);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    public Stream? Open(string sha256)
    {
        if (sha256.Length != 64 || !sha256.All(char.IsAsciiHexDigitLower))
            return null;
        try
        {
            return new FileStream(PathOf(sha256), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 81920, FileOptions.Asynchronous);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    private string PathOf(string sha256) => Path.Combine(settings.Folder, sha256[..2], sha256);

    private static async Task<(string Hash, long Size, string Type)> WriteAsync(Stream content, string path, long limit, CancellationToken cancel)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.Asynchronous);
        var buffer = new byte[81920];
        var head = new byte[FileContent.HeadLength];
        long size = 0;
        int read;
        while ((read = await content.ReadAsync(buffer, cancel)) > 0)
        {
            for (var i = 0; size + i < head.Length && i < read; i++)
                head[size + i] = buffer[i];
            size += read;
            if (size > limit)
                throw new RuleViolation("file.too_large", null, limit / 1_000_000);
            hash.AppendData(buffer, 0, read);
            await file.WriteAsync(buffer.AsMemory(0, read), cancel);
        }
        var type = FileContent.TypeOf(head) ?? throw new RuleViolation("file.unknown_type");
        file.Flush(flushToDisk: true);
        return (Convert.ToHexStringLower(hash.GetHashAndReset()), size, type);
    }

    private sealed class StagedFile(FileRef file, string temporary, string path, TimeProvider clock) : IStagedFile
    {
        private bool _isKept;

        public FileRef File => file;

        public Stream Open() => new FileStream(_isKept ? path : temporary, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);

        public void Keep()
        {
            if (_isKept)
                return;
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            // The same content put again is one file, renewed, so that the sweep of unreferenced ones leaves it alone.
            System.IO.File.Move(temporary, path, overwrite: true);
            System.IO.File.SetLastWriteTimeUtc(path, clock.GetUtcNow().UtcDateTime);
            _isKept = true;
        }

        public void Dispose() => System.IO.File.Delete(temporary);
    }
}

/// <summary>The section <c>Files</c> of the settings file.</summary>
public sealed class FileSettings
{
    public const string Section = "Files";

    /// <summary>Shared by all instances.</summary>
    public string Folder { get; set; } = "data/files";

    /// <summary>What one person may upload in an hour at one instance, in megabytes; 0 for any amount.</summary>
    public int MaxMegabytesPerPersonPerHour { get; set; } = 500;
}

namespace Tapwork.Core.Documents;

/// <summary>Where files are kept, addressed by their SHA-256. The port: a folder now, object storage later.</summary>
public interface IFileStore
{
    /// <summary>Writes the content durably before it returns; the same content twice is one file, renewed.</summary>
    /// <param name="name">The name it came under; kept in the reference only.</param>
    /// <param name="limit">Bytes; refuses with <c>file.too_large</c> beyond, <c>file.unknown_type</c> when neither JPEG, PNG nor PDF.</param>
    Task<FileRef> PutAsync(Stream content, string name, long limit, CancellationToken cancel);

    /// <summary>The same, but the content is gone with the answer's disposal unless it is kept before.</summary>
    Task<IStagedFile> StageAsync(Stream content, string name, long limit, CancellationToken cancel);

    /// <summary>The content, or null when there is no such file.</summary>
    Stream? Open(string sha256);
}

/// <summary>A file that was received and written, while it is decided whether it is kept.</summary>
public interface IStagedFile : IDisposable
{
    FileRef File { get; }

    Stream Open();

    /// <summary>Moves it to the other files; once is enough.</summary>
    void Keep();
}

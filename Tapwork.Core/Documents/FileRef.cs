namespace Tapwork.Core.Documents;

/// <summary>A stored file, known by its content.</summary>
/// <param name="Sha256">64 lower-case hexadecimal digits.</param>
/// <param name="Size">Bytes.</param>
/// <param name="ContentType">What the content is (<c>image/jpeg</c>, <c>image/png</c>, <c>application/pdf</c>), not what its name claims.</param>
/// <param name="Name">The name it came under, for people.</param>
public sealed record FileRef(string Sha256, long Size, string ContentType, string Name);

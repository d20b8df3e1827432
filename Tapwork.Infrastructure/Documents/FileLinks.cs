using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.Configuration;
using Tapwork.Infrastructure.Integrations;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Documents;

/// <summary>
/// Signed links to stored files, for partners that fetch them: whoever has one may read that file, for seven days. The key lies in the files'
/// own folder, which all instances share, encrypted with Data Protection.
/// </summary>
public sealed class FileLinks(PublicAddress address, IConfiguration configuration, IDataProtectionProvider protection, IKeyManager keys, TimeProvider clock)
{
    /// <summary>How long a link is good for.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromDays(7);

    /// <summary>What the path of a link begins with; the token follows.</summary>
    public const string Path = "/files/";

    private const int HashBytes = 32, ExpiryBytes = 8, SignatureBytes = 16;
    private readonly IDataProtector _protector = protection.CreateProtector("Tapwork.Documents.FileLinks");
    private readonly Lock _lock = new();
    private byte[]? _key;

    /// <summary>A link to the file, made now.</summary>
    /// <param name="sha256">64 lower-case hexadecimal digits.</param>
    public string LinkTo(string sha256)
    {
        Span<byte> token = stackalloc byte[HashBytes + ExpiryBytes + SignatureBytes];
        Convert.FromHexString(sha256, token, out _, out _);
        BinaryPrimitives.WriteInt64BigEndian(token[HashBytes..], (clock.GetUtcNow() + Life).ToUnixTimeSeconds());
        Sign(token[..^SignatureBytes], token[^SignatureBytes..]);
        return address.Of(Path + Base64Url.EncodeToString(token));
    }

    /// <summary>The hash of the file a token is for; null for one that is forged or has run out.</summary>
    public string? Read(string token)
    {
        Span<byte> bytes = stackalloc byte[HashBytes + ExpiryBytes + SignatureBytes];
        if (token.Length != Base64Url.GetEncodedLength(bytes.Length) || !Base64Url.TryDecodeFromChars(token, bytes, out var length) || length != bytes.Length)
            return null;
        Span<byte> signature = stackalloc byte[SignatureBytes];
        Sign(bytes[..^SignatureBytes], signature);
        if (!CryptographicOperations.FixedTimeEquals(signature, bytes[^SignatureBytes..]))
            return null;
        return BinaryPrimitives.ReadInt64BigEndian(bytes[HashBytes..]) < clock.GetUtcNow().ToUnixTimeSeconds()
            ? null
            : Convert.ToHexStringLower(bytes[..HashBytes]);
    }

    /// <summary>Fails with one clear sentence when the instances' common key cannot be read.</summary>
    public void MustBeReadable() => _ = Key();

    private void Sign(ReadOnlySpan<byte> what, Span<byte> signature)
    {
        Span<byte> whole = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(Key(), what, whole);
        whole[..SignatureBytes].CopyTo(signature);
    }

    private byte[] Key()
    {
        if (_key is { } known)
            return known;
        lock (_lock)
            return _key ??= ReadKey() ?? MakeKey();
    }

    private string KeyFile => System.IO.Path.Combine(configuration["Files:Folder"] ?? "data/files", "link.key");

    // The other instances share the file: the one that cannot read it never takes it away.
    private byte[]? ReadKey()
    {
        if (!File.Exists(KeyFile))
            return null;
        var encrypted = File.ReadAllBytes(KeyFile);
        try
        {
            return _protector.Unprotect(encrypted);
        }
        catch (CryptographicException e) when (KeyRing.HasKeyOf(keys, encrypted))
        {
            throw new InvalidOperationException(
                $"the key of file links ({KeyFile}) cannot be read: this instance needs the same {KeyRing.Certificate} or {KeyRing.File} as the others, or the one before in {KeyRing.Previous}", e);
        }
        catch (CryptographicException)
        {
            // Of a database that was begun anew: no instance can read it. Links made with it die, and every send makes new ones.
            File.Move(KeyFile, $"{KeyFile}.{clock.GetUtcNow():yyyyMMddHHmmss}.unreadable", overwrite: true);
            return null;
        }
    }

    // Of several instances that start at once the first to name its file wins, and the others read that one.
    private byte[] MakeKey()
    {
        var folder = Directory.CreateDirectory(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(KeyFile))!).FullName;
        var draft = System.IO.Path.Combine(folder, $"link.key.{Guid.NewGuid():n}");
        var key = RandomNumberGenerator.GetBytes(32);
        File.WriteAllBytes(draft, _protector.Protect(key));
        try
        {
            File.Move(draft, KeyFile, overwrite: false);
            return key;
        }
        catch (IOException) when (File.Exists(KeyFile))
        {
            File.Delete(draft);
            return ReadKey() ?? throw new InvalidOperationException("the key of file links cannot be read");
        }
    }
}

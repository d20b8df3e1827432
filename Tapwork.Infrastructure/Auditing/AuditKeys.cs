using System.Security.Cryptography;
using System.Text.Json;

namespace Tapwork.Infrastructure.Auditing;

/// <summary>
/// The keys of the trail, from a file outside the database: one to authenticate each entry as it is written (HMAC-SHA-256, secret) and one to sign the
/// chain's heads (ECDSA P-256, whose public half anybody may have). The last of the file is in use; earlier ones are kept to verify what they made.
/// </summary>
public sealed class AuditKeys(AuditSettings settings, TimeProvider clock)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };
    private readonly Lock _lock = new();
    private IReadOnlyList<AuditKey>? _keys;

    /// <summary>The one in use.</summary>
    public AuditKey Current => All[^1];

    /// <summary>The oldest first.</summary>
    public IReadOnlyList<AuditKey> All
    {
        get
        {
            lock (_lock)
                return _keys ??= ReadOrMake();
        }
    }

    /// <returns>Null when the file holds none of that name, though looked for anew: another process may have changed keys meanwhile.</returns>
    public AuditKey? Find(string id)
    {
        lock (_lock)
        {
            if (All.FirstOrDefault(k => k.Id == id) is { } known)
                return known;
            _keys = ReadOrMake();
            return _keys.FirstOrDefault(k => k.Id == id);
        }
    }

    /// <summary>Whether the entry's HMAC is of what it says. Its moment counts in whole microseconds there: see <see cref="AuditChain.IsAsWritten"/>.</summary>
    internal bool HasAuthenticated(AuditEntry entry)
    {
        try
        {
            return Find(entry.KeyId) is { } key && CryptographicOperations.FixedTimeEquals(key.Authenticate(AuditChain.MessageOf(entry)), entry.Mac);
        }
        catch (FormatException)
        {
            return false;
        }
    }

    /// <summary>Adds a key, which is used from the next start of an instance on; the first makes the file.</summary>
    public AuditKey Rotate()
    {
        lock (_lock)
        {
            var made = AuditKey.Make(clock.GetUtcNow());
            Write([.. File.Exists(settings.KeyFile) ? Read() : [], made]);
            _keys = null;
            return made;
        }
    }

    /// <exception cref="InvalidOperationException">There is no such file, or it holds no key.</exception>
    public void MustBeReadable() => _keys = Read();

    private IReadOnlyList<AuditKey> ReadOrMake()
    {
        if (!File.Exists(settings.KeyFile))
            Write([AuditKey.Make(clock.GetUtcNow())]);
        return Read();
    }

    private IReadOnlyList<AuditKey> Read()
    {
        try
        {
            using var file = File.OpenRead(settings.KeyFile);
            if (JsonSerializer.Deserialize<List<AuditKey>>(file, Json) is { Count: > 0 } keys)
                return keys;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new InvalidOperationException($"the audit trail's keys (Audit:KeyFile) cannot be read, the command rotate-audit-key makes them: {e.Message}");
        }
        throw new InvalidOperationException($"{settings.KeyFile} holds no key of the audit trail");
    }

    // Whole or not at all; of two that make the first key at once, the second takes what the first has made.
    private void Write(IReadOnlyList<AuditKey> keys)
    {
        var folder = Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(settings.KeyFile))!).FullName;
        var temporary = Path.Combine(folder, Path.GetRandomFileName());
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var file = new FileStream(temporary, options))
        {
            JsonSerializer.Serialize(file, keys, Json);
            file.Flush(flushToDisk: true);
        }
        try
        {
            File.Move(temporary, settings.KeyFile, overwrite: keys.Count > 1);
        }
        catch (IOException) when (keys.Count == 1 && File.Exists(settings.KeyFile))
        {
            File.Delete(temporary);
        }
    }
}

/// <param name="Id">Stored with what it made.</param>
/// <param name="From">Since when it is used.</param>
/// <param name="Mac">32 bytes.</param>
/// <param name="Sign">PKCS #8.</param>
public sealed record AuditKey(string Id, DateTimeOffset From, byte[] Mac, byte[] Sign)
{
    public const int IdLength = 20;

    /// <summary>X.509 SubjectPublicKeyInfo, for whoever checks the heads.</summary>
    public byte[] PublicKey()
    {
        using var ecdsa = Open();
        return ecdsa.ExportSubjectPublicKeyInfo();
    }

    /// <summary>Of a message, 32 bytes.</summary>
    public byte[] Authenticate(ReadOnlySpan<byte> message) => HMACSHA256.HashData(Mac, message);

    /// <summary>ECDSA P-256 over SHA-256, r and s of 32 bytes each.</summary>
    public byte[] Seal(byte[] message)
    {
        using var ecdsa = Open();
        return ecdsa.SignData(message, HashAlgorithmName.SHA256);
    }

    public bool HasSealed(byte[] message, byte[] signature)
    {
        using var ecdsa = Open();
        return ecdsa.VerifyData(message, signature, HashAlgorithmName.SHA256);
    }

    /// <summary>For many heads: <see cref="HasSealed"/> reads the key each time.</summary>
    internal ECDsa OpenVerifier() => Open();

    /// <summary>Its id alone.</summary>
    public override string ToString() => Id;

    internal static AuditKey Make(DateTimeOffset now)
    {
        using var ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new AuditKey(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)), now, RandomNumberGenerator.GetBytes(32), ecdsa.ExportPkcs8PrivateKey());
    }

    private ECDsa Open()
    {
        var ecdsa = ECDsa.Create();
        ecdsa.ImportPkcs8PrivateKey(Sign, out _);
        return ecdsa;
    }
}

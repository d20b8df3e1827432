using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.EntityFrameworkCore;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Tapwork.Core.Accounts;

namespace Tapwork.Infrastructure.Persistence;

/// <summary>
/// The keys of Data Protection lie in the same database as what they protect, so that both are backed up and restored together; what protects the
/// keys themselves (a certificate, or 32 random bytes in a file) lies outside of it.
/// </summary>
public static class KeyRing
{
    private const string Section = "Keys";

    public const string Certificate = "Keys:Certificate";
    public const string CertificatePassword = "Keys:CertificatePassword";
    public const string File = "Keys:File";

    /// <summary>A list of what protected keys before (each with <c>File</c>, or <c>Certificate</c> and <c>CertificatePassword</c>): read with, never written with.</summary>
    public const string Previous = "Keys:Previous";

    /// <summary>Whether the keys in the database are protected by something outside of it.</summary>
    public static bool IsProtected(IConfiguration configuration) => configuration[Certificate] is { Length: > 0 } || configuration[File] is { Length: > 0 };

    /// <summary>Fails with one clear sentence, before anything is encrypted, when a key file that is named cannot be read.</summary>
    public static void MustBeReadable(IConfiguration configuration) => _ = FileKeys(configuration).ToList();

    /// <summary>Refuses keys that open none of the stored ones, before a new key is stored that no other instance can read.</summary>
    /// <exception cref="InvalidOperationException">There are stored keys, and none can be read.</exception>
    public static void MustOpenStoredKeys(IKeyManager keys)
    {
        var stored = keys.GetAllKeys();
        if (stored.Count > 0 && !stored.Any(IsReadable))
            throw new InvalidOperationException(
                $"none of the keys in the database can be read: {Certificate} or {File} must be what they were made with, or name it in {Previous}; "
                + "if it is lost, empty the table DataProtectionKeys and set all secrets anew");
    }

    /// <summary>Whether the database has the key, readable or not, that encrypted this.</summary>
    internal static bool HasKeyOf(IKeyManager keys, byte[] encrypted) =>
        encrypted.Length >= HeaderBytes && new Guid(encrypted.AsSpan(MagicBytes, HeaderBytes - MagicBytes)) is var id && keys.GetAllKeys().Any(k => k.KeyId == id);

    // Data Protection's own format: a magic number, then the key's id.
    private const int MagicBytes = 4, HeaderBytes = 20;

    private static bool IsReadable(IKey key)
    {
        try
        {
            return key.CreateEncryptor() is not null;
        }
        catch (Exception e) when (e is CryptographicException or InvalidOperationException or IOException or System.Xml.XmlException)
        {
            return false;
        }
    }

    public static IServiceCollection AddKeyRing(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddScoped(provider => provider.GetRequiredService<Database>().Open(Actor.System("keys")));
        var keys = services.AddDataProtection().SetApplicationName("Tapwork").PersistKeysToDbContext<TapworkDbContext>();
        if (CertificateOf(configuration.GetSection(Section)) is { } certificate)
            keys.ProtectKeysWithCertificate(certificate);
        else if (configuration[File] is { Length: > 0 } path)
            services.Configure<KeyManagementOptions>(options => options.XmlEncryptor = new KeyFileEncryptor(path));
        keys.UnprotectKeysWithAnyCertificate([.. PreviousOf(configuration).Select(CertificateOf).OfType<X509Certificate2>()]);
        return services;
    }

    /// <summary>The keys of all key files that are named, the one in use first.</summary>
    /// <exception cref="InvalidOperationException">A file does not hold 32 bytes in Base64.</exception>
    internal static IEnumerable<byte[]> FileKeys(IConfiguration configuration) =>
        PreviousOf(configuration).Prepend(configuration.GetSection(Section)).Select(s => s[nameof(File)]).Where(path => path is { Length: > 0 }).Select(path => ReadKey(path!));

    /// <exception cref="InvalidOperationException">The file does not hold 32 bytes in Base64.</exception>
    internal static byte[] ReadKey(string path)
    {
        var key = new byte[33];
        return Convert.TryFromBase64String(System.IO.File.ReadAllText(path).Trim(), key, out var length) && length == 32
            ? key[..32]
            : throw new InvalidOperationException($"{File} must name a file that holds 32 random bytes in Base64 (openssl rand -base64 32)");
    }

    private static IEnumerable<IConfigurationSection> PreviousOf(IConfiguration configuration) => configuration.GetSection(Previous).GetChildren();

    private static X509Certificate2? CertificateOf(IConfigurationSection keys) =>
        keys[nameof(Certificate)] is { Length: > 0 } path ? X509CertificateLoader.LoadPkcs12FromFile(path, keys[nameof(CertificatePassword)]) : null;
}

internal sealed class DataProtectionKeyMapping : IEntityTypeConfiguration<DataProtectionKey>
{
    // Made by the machinery alone; and the audit trail must never hold a key.
    public void Configure(EntityTypeBuilder<DataProtectionKey> key) => key.IsOperational();
}

/// <summary>Encrypts keys with AES-256-GCM under the key file.</summary>
internal sealed class KeyFileEncryptor(string path) : IXmlEncryptor
{
    internal const int NonceBytes = 12, TagBytes = 16;

    public EncryptedXmlInfo Encrypt(XElement plaintextElement)
    {
        var plain = Encoding.UTF8.GetBytes(plaintextElement.ToString(SaveOptions.DisableFormatting));
        var sealed_ = new byte[NonceBytes + TagBytes + plain.Length];
        RandomNumberGenerator.Fill(sealed_.AsSpan(0, NonceBytes));
        using var aes = new AesGcm(KeyRing.ReadKey(path), TagBytes);
        aes.Encrypt(sealed_.AsSpan(0, NonceBytes), plain, sealed_.AsSpan(NonceBytes + TagBytes), sealed_.AsSpan(NonceBytes, TagBytes));
        return new EncryptedXmlInfo(new XElement("keyFile", Convert.ToBase64String(sealed_)), typeof(KeyFileDecryptor));
    }
}

/// <summary>Its counterpart, made by Data Protection from the name stored with the key.</summary>
internal sealed class KeyFileDecryptor(IServiceProvider services) : IXmlDecryptor
{
    public XElement Decrypt(XElement encryptedElement)
    {
        var sealed_ = Convert.FromBase64String(encryptedElement.Value);
        var plain = new byte[sealed_.Length - Head];
        foreach (var key in KeyRing.FileKeys(services.GetRequiredService<IConfiguration>()))
            if (TryDecrypt(key, sealed_, plain))
                return XElement.Parse(Encoding.UTF8.GetString(plain));
        throw new CryptographicException($"no key file that {KeyRing.File} and {KeyRing.Previous} name has encrypted this key");
    }

    private const int Head = KeyFileEncryptor.NonceBytes + KeyFileEncryptor.TagBytes;

    private static bool TryDecrypt(byte[] key, byte[] sealed_, byte[] plain)
    {
        using var aes = new AesGcm(key, KeyFileEncryptor.TagBytes);
        try
        {
            aes.Decrypt(sealed_.AsSpan(0, KeyFileEncryptor.NonceBytes), sealed_.AsSpan(Head), sealed_.AsSpan(KeyFileEncryptor.NonceBytes, KeyFileEncryptor.TagBytes), plain);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }
}

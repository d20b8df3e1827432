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
    public const string Certificate = "Keys:Certificate";
    public const string CertificatePassword = "Keys:CertificatePassword";
    public const string File = "Keys:File";

    /// <summary>Whether the keys in the database are protected by something outside of it.</summary>
    public static bool IsProtected(IConfiguration configuration) => configuration[Certificate] is { Length: > 0 } || configuration[File] is { Length: > 0 };

    /// <summary>Fails with one clear sentence, before anything is encrypted, when the key file that is named cannot be read.</summary>
    public static void MustBeReadable(IConfiguration configuration)
    {
        if (configuration[Certificate] is not { Length: > 0 } && configuration[File] is { Length: > 0 })
            _ = ReadKey(configuration);
    }

    public static IServiceCollection AddKeyRing(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddScoped(provider => provider.GetRequiredService<Database>().Open(Actor.System("keys")));
        var keys = services.AddDataProtection().SetApplicationName("Tapwork").PersistKeysToDbContext<TapworkDbContext>();
        if (configuration[Certificate] is { Length: > 0 } path)
            keys.ProtectKeysWithCertificate(X509CertificateLoader.LoadPkcs12FromFile(path, configuration[CertificatePassword]));
        else if (configuration[File] is { Length: > 0 })
            services.Configure<KeyManagementOptions>(options => options.XmlEncryptor = new KeyFileEncryptor(configuration));
        return services;
    }

    /// <exception cref="InvalidOperationException">There is no such file, or it does not hold 32 bytes in Base64.</exception>
    internal static byte[] ReadKey(IConfiguration configuration)
    {
        var path = configuration[File] ?? throw new InvalidOperationException($"the setting {File} is missing");
        var key = new byte[33];
        return Convert.TryFromBase64String(System.IO.File.ReadAllText(path).Trim(), key, out var length) && length == 32
            ? key[..32]
            : throw new InvalidOperationException($"{File} must name a file that holds 32 random bytes in Base64 (openssl rand -base64 32)");
    }
}

internal sealed class DataProtectionKeyMapping : IEntityTypeConfiguration<DataProtectionKey>
{
    // Made by the machinery alone; and the audit trail must never hold a key.
    public void Configure(EntityTypeBuilder<DataProtectionKey> key) => key.IsOperational();
}

/// <summary>Encrypts keys with AES-256-GCM under the key file.</summary>
internal sealed class KeyFileEncryptor(IConfiguration configuration) : IXmlEncryptor
{
    internal const int NonceBytes = 12, TagBytes = 16;

    public EncryptedXmlInfo Encrypt(XElement plaintextElement)
    {
        var plain = Encoding.UTF8.GetBytes(plaintextElement.ToString(SaveOptions.DisableFormatting));
        var sealed_ = new byte[NonceBytes + TagBytes + plain.Length];
        RandomNumberGenerator.Fill(sealed_.AsSpan(0, NonceBytes));
        using var aes = new AesGcm(KeyRing.ReadKey(configuration), TagBytes);
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
        var head = KeyFileEncryptor.NonceBytes + KeyFileEncryptor.TagBytes;
        var plain = new byte[sealed_.Length - head];
        using var aes = new AesGcm(KeyRing.ReadKey(services.GetRequiredService<IConfiguration>()), KeyFileEncryptor.TagBytes);
        aes.Decrypt(sealed_.AsSpan(0, KeyFileEncryptor.NonceBytes), sealed_.AsSpan(head), sealed_.AsSpan(KeyFileEncryptor.NonceBytes, KeyFileEncryptor.TagBytes), plain);
        return XElement.Parse(Encoding.UTF8.GetString(plain));
    }
}

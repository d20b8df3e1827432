using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure;
using Tapwork.Infrastructure.Documents;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Tests.Persistence;

/// <summary>Instances over one database and one folder of files, with the key files and certificates each was given.</summary>
public sealed class KeyRingTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tapwork-keyring-").FullName;
    private readonly List<ServiceProvider> _instances = [];
    private int _database;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string LinkKey => Path.Combine(_folder, "files", "link.key");

    [Theory]
    [InlineData("File", "File")]
    [InlineData("Certificate", "Certificate")]
    [InlineData("File", "Certificate")]
    [InlineData("Certificate", "File")]
    public async Task What_was_encrypted_before_a_rotation_is_read_with_the_old_beside_the_new(string before, string after)
    {
        var (secret, link) = await EncryptedByAsync(await StartAsync(Current(before, "first")));
        var rotated = await StartAsync([.. Current(after, "second"), .. Earlier(0, before, "first")]);
        Protector(rotated).Unprotect(secret).ShouldBe("secret");
        rotated.GetRequiredService<FileLinks>().Read(link).ShouldNotBeNull();
        // A year later: what two rotations ago encrypted is still kept.
        var again = await StartAsync([.. Current(before, "third"), .. Earlier(0, after, "second"), .. Earlier(1, before, "first")]);
        Protector(again).Unprotect(secret).ShouldBe("secret");
    }

    [Theory]
    [InlineData("File")]
    [InlineData("Certificate")]
    public async Task An_instance_still_under_the_old_reads_what_the_rotated_one_encrypts_once_both_name_both(string kind)
    {
        await EncryptedByAsync(await StartAsync(Current(kind, "first")));
        var old = await StartAsync([.. Current(kind, "first"), .. Earlier(0, kind, "second")]);
        var rotated = await StartAsync([.. Current(kind, "second"), .. Earlier(0, kind, "first")]);
        Protector(old).Unprotect(Protector(rotated).Protect("new")).ShouldBe("new");
    }

    [Theory]
    [InlineData("File")]
    [InlineData("Certificate")]
    [InlineData(null)]
    public async Task Wrong_keys_are_refused_before_they_change_anything_the_others_share(string? kind)
    {
        var (secret, link) = await EncryptedByAsync(await StartAsync(Current("File", "right")));
        var (file, keys) = (await File.ReadAllBytesAsync(LinkKey, Cancel), await StoredKeysAsync());
        (await Should.ThrowAsync<InvalidOperationException>(() => StartAsync(kind is null ? [] : Current(kind, "wrong")))).Message.ShouldContain("Keys:Previous");
        (await File.ReadAllBytesAsync(LinkKey, Cancel)).ShouldBe(file);
        (await StoredKeysAsync()).ShouldBe(keys);
        var right = await StartAsync(Current("File", "right"));
        Protector(right).Unprotect(secret).ShouldBe("secret");
        right.GetRequiredService<FileLinks>().Read(link).ShouldNotBeNull();
    }

    [Fact]
    public async Task The_common_key_of_file_links_is_left_alone_by_an_instance_that_cannot_read_it()
    {
        await EncryptedByAsync(await StartAsync(Current("File", "right")));
        var file = await File.ReadAllBytesAsync(LinkKey, Cancel);
        // As an earlier version did: a key of its own beside the one it cannot read.
        var wrong = await StartAsync(Current("File", "wrong"), isGuarded: false);
        Should.Throw<InvalidOperationException>(() => wrong.GetRequiredService<FileLinks>().LinkTo(new string('a', 64))).Message.ShouldContain("link.key");
        Should.Throw<InvalidOperationException>(wrong.GetRequiredService<FileLinks>().MustBeReadable);
        (await File.ReadAllBytesAsync(LinkKey, Cancel)).ShouldBe(file);
    }

    [Fact]
    public async Task After_the_database_was_begun_anew_the_old_key_of_file_links_is_put_aside()
    {
        await EncryptedByAsync(await StartAsync(Current("File", "key")));
        var file = await File.ReadAllBytesAsync(LinkKey, Cancel);
        _database++;
        var links = (await StartAsync(Current("File", "key"))).GetRequiredService<FileLinks>();
        links.Read(new Uri(links.LinkTo(new string('a', 64))).Segments[^1]).ShouldBe(new string('a', 64));
        (await File.ReadAllBytesAsync(Directory.GetFiles(Path.GetDirectoryName(LinkKey)!, "link.key.*.unreadable").Single(), Cancel)).ShouldBe(file);
    }

    [Fact]
    public void A_previous_key_file_that_is_not_one_is_told()
    {
        var settings = Settings([.. Current("File", "key"), ("Keys:Previous:0:File", "/nowhere/old")]);
        Should.Throw<IOException>(() => KeyRing.MustBeReadable(settings)).Message.ShouldContain("/nowhere/old");
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        foreach (var instance in _instances)
            await instance.DisposeAsync();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }

    // What the application does at its start, as far as keys are concerned.
    private async Task<ServiceProvider> StartAsync((string, string?)[] keys, bool isGuarded = true)
    {
        var configuration = Settings(keys);
        KeyRing.MustBeReadable(configuration);
        var instance = new ServiceCollection().AddLogging().AddSingleton(configuration).AddTapwork(configuration).BuildServiceProvider();
        _instances.Add(instance);
        await instance.GetRequiredService<DatabasePreparation>().PrepareAsync(Cancel);
        if (isGuarded)
            KeyRing.MustOpenStoredKeys(instance.GetRequiredService<IKeyManager>());
        Protector(instance).Protect([]);
        return instance;
    }

    private static async Task<(string Secret, string Link)> EncryptedByAsync(ServiceProvider instance)
    {
        await Task.CompletedTask;
        return (Protector(instance).Protect("secret"), new Uri(instance.GetRequiredService<FileLinks>().LinkTo(new string('a', 64))).Segments[^1]);
    }

    private static IDataProtector Protector(ServiceProvider instance) => instance.GetRequiredService<IDataProtectionProvider>().CreateProtector("test");

    private async Task<int> StoredKeysAsync()
    {
        await using var db = _instances[0].GetRequiredService<Database>().Open(Actor.System("test"));
        return await db.DataProtectionKeys.CountAsync(Cancel);
    }

    private IConfiguration Settings((string, string?)[] keys) => new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>(keys.Select(k => KeyValuePair.Create(k.Item1, k.Item2)))
    {
        ["PublicBaseUrl"] = "https://tapwork.example",
        ["Database:ConnectionString"] = $"Data Source={Path.Combine(_folder, $"tapwork{_database}.db")}",
        ["Files:Folder"] = Path.Combine(_folder, "files"),
        ["Audit:KeyFile"] = Path.Combine(_folder, "audit.json"),
        ["Audit:HeadsFile"] = Path.Combine(_folder, "heads.jsonl"),
    }).Build();

    private (string, string?)[] Current(string kind, string name) => Named("Keys", kind, name);

    private (string, string?)[] Earlier(int index, string kind, string name) => Named($"Keys:Previous:{index}", kind, name);

    private (string, string?)[] Named(string section, string kind, string name)
    {
        var path = Path.Combine(_folder, $"{kind}-{name}");
        if (!File.Exists(path))
            File.WriteAllBytes(path, kind == "File" ? System.Text.Encoding.ASCII.GetBytes(Convert.ToBase64String(RandomNumberGenerator.GetBytes(32))) : Pfx(name));
        return kind == "File" ? [($"{section}:File", path)] : [($"{section}:Certificate", path), ($"{section}:CertificatePassword", name)];
    }

    private static byte[] Pfx(string password)
    {
        using var rsa = RSA.Create(2048);
        var request = new CertificateRequest("CN=tapwork", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero));
        return certificate.Export(X509ContentType.Pkcs12, password);
    }
}

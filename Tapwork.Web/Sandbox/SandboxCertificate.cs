using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Tapwork.Web.Sandbox;

/// <summary>The self-signed certificate of the mail stand-in, kept so that it can be known by its hash.</summary>
internal static class SandboxCertificate
{
    public static X509Certificate2 In(string folder)
    {
        var path = Path.Combine(Directory.CreateDirectory(folder).FullName, "smtp.pfx");
        if (!File.Exists(path))
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
            using var made = request.CreateSelfSigned(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2046, 1, 1, 0, 0, 0, TimeSpan.Zero));
            var whole = $"{path}.{Guid.NewGuid():n}";
            File.WriteAllBytes(whole, made.Export(X509ContentType.Pkcs12));
            Keep(whole, path);
        }
        return X509CertificateLoader.LoadPkcs12FromFile(path, null);
    }

    // Of several that make one at once the first to name its file wins, and all load that one: a pinned hash stays true.
    private static void Keep(string made, string path)
    {
        try
        {
            File.Move(made, path, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            File.Delete(made);
        }
    }
}

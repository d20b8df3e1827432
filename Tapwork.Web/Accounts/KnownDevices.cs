using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;
using Tapwork.Infrastructure.Accounts;

namespace Tapwork.Web.Accounts;

/// <summary>The cookie by which a browser is known as one its people have signed in with. It signs nobody in.</summary>
internal static class KnownDevices
{
    private const string Cookie = "tapwork-devices";

    // So many people share a browser; a cookie holds 4 KB.
    private const int Max = 10;

    private static readonly TimeSpan Life = TimeSpan.FromDays(365);

    public static IReadOnlyList<KnownDevice> Read(HttpContext context)
    {
        try
        {
            return context.Request.Cookies[Cookie] is { Length: > 0 } text ? JsonSerializer.Deserialize<List<KnownDevice>>(Protector(context).Unprotect(text)) ?? [] : [];
        }
        catch (Exception e) when (e is CryptographicException or JsonException)
        {
            return [];
        }
    }

    public static void Remember(HttpContext context, SignedIn person)
    {
        var known = Read(context);
        var device = KnownDevice.Of(person, known.FirstOrDefault(d => d.PersonId == person.Id)?.Id);
        var text = JsonSerializer.Serialize(known.Where(d => d.PersonId != person.Id).Prepend(device).Take(Max));
        context.Response.Cookies.Append(Cookie, Protector(context).Protect(text, Life),
            new CookieOptions { MaxAge = Life, IsEssential = true, SameSite = SameSiteMode.Lax, HttpOnly = true, Secure = context.Request.IsHttps, Path = "/sign-in" });
    }

    private static ITimeLimitedDataProtector Protector(HttpContext context) =>
        context.RequestServices.GetRequiredService<IDataProtectionProvider>().CreateProtector("Tapwork.Accounts.KnownDevices").ToTimeLimitedDataProtector();
}

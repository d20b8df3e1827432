using System.Text;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;
using Tapwork.Infrastructure.Integrations;

namespace Tapwork.Infrastructure.Accounts;

/// <summary>Makes the link with which a person chooses a password. It is made when the mail is sent and stored nowhere.</summary>
public sealed class PasswordLink(IServiceScopeFactory scopes, PublicAddress address)
{
    /// <summary>Path of the page it leads to.</summary>
    public const string Page = "/account/choose-password";

    /// <summary>The link; null when the person has no login.</summary>
    public async Task<string?> ForAsync(Guid personId)
    {
        await using var scope = scopes.CreateAsyncScope();
        var logins = scope.ServiceProvider.GetRequiredService<UserManager<Login>>();
        if (await logins.FindByIdAsync(personId.ToString()) is not { } login)
            return null;
        var token = await logins.GeneratePasswordResetTokenAsync(login);
        return address.Of($"{Page}?person={personId}&token={WebEncoders.Base64UrlEncode(Encoding.UTF8.GetBytes(token))}");
    }
}

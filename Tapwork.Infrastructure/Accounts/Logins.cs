using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Tapwork.Core;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Accounts;

/// <summary>Identity's manager on the context of a write of ours, so that what it saves is part of that transaction and audited with its actor.</summary>
public sealed class Logins(IServiceScopeFactory scopes)
{
    /// <summary>Disposing the answer ends the manager's scope, not the context.</summary>
    public LoginScope On(TapworkDbContext db)
    {
        var scope = scopes.CreateScope();
        var store = new UserOnlyStore<Login, TapworkDbContext, Guid>(db);
        return new LoginScope(scope, ActivatorUtilities.CreateInstance<UserManager<Login>>(scope.ServiceProvider, store));
    }
}

public sealed class LoginScope(IServiceScope scope, UserManager<Login> manager) : IDisposable
{
    public UserManager<Login> Manager => manager;

    // The manager would dispose its store; the store leaves our context alone.
    public void Dispose()
    {
        manager.Dispose();
        scope.Dispose();
    }
}

internal static class IdentityRefusals
{
    /// <summary>Turns a refusal of Identity's into rules of ours, at the field it concerns.</summary>
    public static void ThrowIfRefused(this IdentityResult result) => RuleViolation.ThrowIfAny([.. result.Errors.Select(e => e.Code switch
    {
        "PasswordTooShort" => new Violation("password.too_short", "Password", 12),
        "PasswordRequiresUniqueChars" => new Violation("password.too_uniform", "Password", 5),
        CommonPasswords.Code => new Violation("password.too_common", "Password"),
        "DuplicateUserName" or "DuplicateEmail" => new Violation("account.email_taken", "Email"),
        "InvalidUserName" or "InvalidEmail" => new Violation("email.malformed", "Email"),
        "InvalidToken" => new Violation("account.link_invalid"),
        "ConcurrencyFailure" => new Violation("record.changed_meanwhile"),
        var other => new Violation("account.refused", null, other),
    }).DistinctBy(v => v.Rule)]);
}

using Microsoft.AspNetCore.Authorization;
using Tapwork.Core.Accounts;

namespace Tapwork.Web.Accounts;

/// <summary>Every page and endpoint names one of these; what names none is closed to all but the signed-in.</summary>
public static class Policies
{
    /// <summary>Anybody with an active account, installers included.</summary>
    public const string SignedIn = "signed-in";

    /// <summary>The back office: Office, Manager, Admin.</summary>
    public const string Office = "office";

    public const string Manager = "manager";

    public const string Admin = "admin";

    public static void Add(AuthorizationOptions options)
    {
        options.AddPolicy(SignedIn, p => p.RequireAuthenticatedUser());
        options.AddPolicy(Office, p => p.RequireRole(nameof(Role.Office), nameof(Role.Manager), nameof(Role.Admin)));
        options.AddPolicy(Manager, p => p.RequireRole(nameof(Role.Manager), nameof(Role.Admin)));
        options.AddPolicy(Admin, p => p.RequireRole(nameof(Role.Admin)));
        options.FallbackPolicy = options.GetPolicy(SignedIn);
    }
}

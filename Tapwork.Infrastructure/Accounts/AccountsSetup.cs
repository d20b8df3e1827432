using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Accounts;

public static class AccountsSetup
{
    /// <summary>How long the link of an invitation or a recovery is good for.</summary>
    public static readonly TimeSpan LinkLife = TimeSpan.FromHours(24);

    public static IServiceCollection AddAccounts(this IServiceCollection services)
    {
        services.AddSingleton<IPasswordHasher<Login>, PasswordHasher<Login>>();
        services.AddIdentityCore<Login>(identity =>
        {
            identity.User.RequireUniqueEmail = true;
            // Length beats variety (NIST SP 800-63B); the list of the commonest is kept out by CommonPasswords.
            identity.Password.RequiredLength = 12;
            identity.Password.RequiredUniqueChars = 5;
            identity.Password.RequireDigit = identity.Password.RequireLowercase = false;
            identity.Password.RequireUppercase = identity.Password.RequireNonAlphanumeric = false;
            identity.Lockout.MaxFailedAccessAttempts = 5;
            identity.Lockout.DefaultLockoutTimeSpan = TimeSpan.FromMinutes(15);
        })
        .AddPasswordValidator<CommonPasswords>()
        .AddEntityFrameworkStores<TapworkDbContext>()
        .AddDefaultTokenProviders();
        services.Configure<DataProtectionTokenProviderOptions>(tokens => tokens.TokenLifespan = LinkLife);
        services.AddSingleton<Logins>();
        services.AddSingleton<SignInDesk>();
        services.AddSingleton<AccountDesk>();
        services.AddSingleton<AccountQueries>();
        services.AddSingleton<SavedViews>();
        services.AddSingleton<SetupCode>();
        return services;
    }
}

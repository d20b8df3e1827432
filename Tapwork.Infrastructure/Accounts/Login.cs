using Microsoft.AspNetCore.Identity;

namespace Tapwork.Infrastructure.Accounts;

/// <summary>What a person signs in with; the same id as their <see cref="Core.Accounts.Person"/>.</summary>
public sealed class Login : IdentityUser<Guid>;

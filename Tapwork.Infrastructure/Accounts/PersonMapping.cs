using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Tapwork.Core.Accounts;
using Tapwork.Core.Companies;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Accounts;

internal sealed class PersonMapping : IEntityTypeConfiguration<Person>
{
    public void Configure(EntityTypeBuilder<Person> person)
    {
        person.ToTable("People");
        person.Property(p => p.Name).HasMaxLength(100);
        person.Property(p => p.Email).HasMaxLength(254);
        person.Property(p => p.Culture).HasMaxLength(5);
        person.HasOne<Company>().WithMany().HasForeignKey(p => p.CompanyId).OnDelete(DeleteBehavior.Restrict);
        person.HasOne<Login>().WithOne().HasForeignKey<Login>(l => l.Id).OnDelete(DeleteBehavior.Cascade);
    }
}

internal sealed class LoginMapping : IEntityTypeConfiguration<Login>
{
    public void Configure(EntityTypeBuilder<Login> login)
    {
        login.ToTable("Logins");
        login.Property(l => l.Id).ValueGeneratedNever();
        login.Property(l => l.PasswordHash).IsSecret();
        login.Property(l => l.SecurityStamp).IsSecret();
        login.Property(l => l.ConcurrencyStamp).IsSecret();
    }
}

internal sealed class LoginTokenMapping : IEntityTypeConfiguration<IdentityUserToken<Guid>>
{
    public void Configure(EntityTypeBuilder<IdentityUserToken<Guid>> token)
    {
        // Its key has to fit into SQL Server's 900 bytes.
        token.Property(t => t.LoginProvider).IsOrdinal(128);
        token.Property(t => t.Name).IsOrdinal(128);
        // Authenticator keys and recovery codes.
        token.Property(t => t.Value).IsSecret();
    }
}

internal sealed class OutsideLoginMapping : IEntityTypeConfiguration<IdentityUserLogin<Guid>>
{
    public void Configure(EntityTypeBuilder<IdentityUserLogin<Guid>> login)
    {
        // Its key has to fit into SQL Server's 900 bytes.
        login.Property(l => l.LoginProvider).IsOrdinal(128);
        login.Property(l => l.ProviderKey).IsOrdinal(128);
    }
}

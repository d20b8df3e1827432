using System.Text;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.EntityFrameworkCore;
using Tapwork.Core;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Auditing;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Accounts;

/// <summary>Every write to accounts: an administrator's, the first start's, and the person's own.</summary>
public sealed class AccountDesk(Database database, Logins logins, TimeProvider clock)
{
    /// <summary>Creates an account; the person chooses the password by the link that is mailed to them.</summary>
    public Task<Guid> CreateAsync(Actor actor, AccountDetails details, CancellationToken cancel) => database.ActAsync(actor, clock.GetUtcNow(), async db =>
    {
        actor.MustBe(Role.Admin);
        return (await AddAsync(db, details, password: null, cancel)).Id;
    }, cancel);

    /// <summary>The first account of an installation, while there is none.</summary>
    /// <exception cref="RuleViolation"><c>setup.done</c> when there is one already.</exception>
    public Task<Guid> SetUpAsync(Actor visitor, string name, string email, string password, string culture, CancellationToken cancel) =>
        database.WriteAsync(visitor, async db =>
        {
            if (await db.People.AnyAsync(cancel))
                throw new RuleViolation("setup.done");
            return (await AddAsync(db, new AccountDetails(name, email, Role.Admin, null, culture, null), password, cancel)).Id;
        }, cancel);

    public Task ChangeAsync(Actor actor, Guid id, long seenVersion, AccountDetails details, CancellationToken cancel) => ActAsync(actor, id, async (db, person) =>
    {
        if (person.Version != seenVersion)
            throw new RuleViolation("record.changed_meanwhile");
        if (details.Role != Role.Admin || details.ActiveUntil is not null)
            await MustNotBeLastAdminAsync(db, person, details.Role != Role.Admin ? nameof(Person.Role) : nameof(Person.ActiveUntil), cancel);
        await CompanyMustExistAsync(db, details, cancel);
        var before = (person.Email, person.Role, person.CompanyId);
        person.Change(details.Name, details.Email, details.Role, details.CompanyId, details.Culture);
        if (details.ActiveUntil is { } last && last != person.ActiveUntil)
            person.End(last);
        else if (details.ActiveUntil is null && person.ActiveUntil is not null)
            person.Prolong();
        using var scope = logins.On(db);
        var login = await LoginOf(scope, id);
        if (!before.Email.Equals(person.Email, StringComparison.OrdinalIgnoreCase))
        {
            (await scope.Manager.SetUserNameAsync(login, person.Email)).ThrowIfRefused();
            (await scope.Manager.SetEmailAsync(login, person.Email)).ThrowIfRefused();
        }
        else if ((before.Role, before.CompanyId) != (person.Role, person.CompanyId))
            (await scope.Manager.UpdateSecurityStampAsync(login)).ThrowIfRefused();
    }, cancel);

    /// <summary>Closes the account at once: every session of it ends.</summary>
    public Task SuspendAsync(Actor actor, Guid id, CancellationToken cancel) => ActAsync(actor, id, async (db, person) =>
    {
        await MustNotBeLastAdminAsync(db, person, field: null, cancel);
        person.Suspend(clock.GetUtcNow());
        using var scope = logins.On(db);
        (await scope.Manager.UpdateSecurityStampAsync(await LoginOf(scope, id))).ThrowIfRefused();
    }, cancel);

    public Task ReactivateAsync(Actor actor, Guid id, CancellationToken cancel) => ActAsync(actor, id, async (db, person) =>
    {
        person.Reactivate();
        using var scope = logins.On(db);
        await UnlockAsync(scope, await LoginOf(scope, id));
    }, cancel);

    /// <summary>Lets a person try again at once, whom wrong passwords have locked out.</summary>
    public Task UnlockAsync(Actor actor, Guid id, CancellationToken cancel) => ActAsync(actor, id, async (db, _) =>
    {
        using var scope = logins.On(db);
        await UnlockAsync(scope, await LoginOf(scope, id));
        db.Tell("account.unlocked", nameof(Person), id, clock.GetUtcNow());
    }, cancel);

    /// <summary>Mails the link for choosing a password once more.</summary>
    public Task InviteAgainAsync(Actor actor, Guid id, CancellationToken cancel) => ActAsync(actor, id, (_, person) =>
    {
        person.RequestRecovery(clock.GetUtcNow());
        return Task.CompletedTask;
    }, cancel);

    /// <summary>Asks for the recovery mail. Whether there is such an account is not told, nor shown by the time it takes; one mail in two minutes at most.</summary>
    public Task RequestRecoveryAsync(Actor visitor, string email, CancellationToken cancel) => database.WriteAsync(visitor, async db =>
    {
        var (now, name) = (clock.GetUtcNow(), email.Trim().ToUpperInvariant());
        var id = await db.Users.Where(l => l.NormalizedUserName == name).Select(l => (Guid?)l.Id).SingleOrDefaultAsync(cancel);
        var person = await db.People.SingleOrDefaultAsync(p => p.Id == id, cancel);
        var lately = now.AddMinutes(-2);
        if (person is null || !person.IsActive(now)
            || await db.Events.AnyAsync(e => e.Subject == id && e.Topic == RecoveryRequested.Name && e.At > lately, cancel))
        {
            db.Tell("account.recovery_ignored", nameof(Person), person is null ? "unknown" : person.Id, now);
            return;
        }
        person.RequestRecovery(now);
        db.Tell("account.recovery_requested", nameof(Person), person.Id, now);
    }, cancel);

    /// <summary>Chooses a password by the link of a mail; every older session ends.</summary>
    /// <param name="visitor">Nobody yet.</param>
    /// <param name="id">Of the link.</param>
    /// <param name="token">Of the link, as it stands there.</param>
    /// <param name="password">The new one.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="RuleViolation"><c>account.link_invalid</c>, or what is wrong with the password.</exception>
    public Task ChoosePasswordAsync(Actor visitor, Guid id, string token, string password, CancellationToken cancel) => database.WriteAsync(visitor, async db =>
    {
        var now = clock.GetUtcNow();
        var person = await db.People.SingleOrDefaultAsync(p => p.Id == id, cancel) ?? throw new RuleViolation("account.link_invalid");
        using var scope = logins.On(db);
        var login = await LoginOf(scope, id);
        (await scope.Manager.ResetPasswordAsync(login, Decode(token), password)).ThrowIfRefused();
        // Asked after the link: how an account stands is told to who holds its link alone.
        person.MustBeActive(now);
        await UnlockAsync(scope, login);
        db.Tell("account.password_chosen", nameof(Person), id, now);
    }, cancel);

    /// <summary>Changes the language of a person's screens and mails.</summary>
    public Task SpeakAsync(Actor actor, string culture, CancellationToken cancel) => database.ActAsync(actor, clock.GetUtcNow(), async db =>
    {
        if (await db.People.SingleOrDefaultAsync(p => p.Id == actor.PersonId, cancel) is { } person && person.Culture != culture)
            person.Change(person.Name, person.Email, person.Role, person.CompanyId, culture);
    }, cancel);

    private Task ActAsync(Actor actor, Guid id, Func<TapworkDbContext, Person, Task> act, CancellationToken cancel) =>
        database.ActAsync(actor, clock.GetUtcNow(), async db =>
        {
            actor.MustBe(Role.Admin);
            await act(db, await db.People.SingleOrDefaultAsync(p => p.Id == id, cancel) ?? throw new RuleViolation("account.unknown"));
        }, cancel);

    private async Task<Person> AddAsync(TapworkDbContext db, AccountDetails details, string? password, CancellationToken cancel)
    {
        await CompanyMustExistAsync(db, details, cancel);
        var person = Person.Create(details.Name, details.Email, details.Role, details.CompanyId, details.Culture, clock.GetUtcNow());
        if (details.ActiveUntil is { } last)
            person.End(last);
        db.People.Add(person);
        var login = new Login { Id = person.Id, UserName = person.Email, Email = person.Email, EmailConfirmed = true, LockoutEnabled = true };
        using var scope = logins.On(db);
        var created = password is null ? await scope.Manager.CreateAsync(login) : await scope.Manager.CreateAsync(login, password);
        created.ThrowIfRefused();
        return person;
    }

    private static async Task CompanyMustExistAsync(TapworkDbContext db, AccountDetails details, CancellationToken cancel)
    {
        if (details.CompanyId is { } company && !await db.Companies.AnyAsync(c => c.Id == company, cancel))
            throw new RuleViolation("company.unknown", nameof(Person.CompanyId));
    }

    // Whoever locks the last administrator out locks everybody out: one who can sign in, and for whom no end is set, must remain.
    private static async Task MustNotBeLastAdminAsync(TapworkDbContext db, Person person, string? field, CancellationToken cancel)
    {
        if (person.Role != Role.Admin)
            return;
        // Two who end each other at once wait for each other here: the number's row is locked until the transaction ends.
        await db.NextNumberAsync("account.admins", cancel);
        if (!await db.People.AnyAsync(
            p => p.Id != person.Id && p.Role == Role.Admin && p.SuspendedAt == null && p.ActiveUntil == null
                && db.Users.Any(l => l.Id == p.Id && l.PasswordHash != null), cancel))
            throw new RuleViolation("account.last_admin", field);
    }

    private static async Task UnlockAsync(LoginScope scope, Login login)
    {
        (await scope.Manager.SetLockoutEndDateAsync(login, null)).ThrowIfRefused();
        (await scope.Manager.ResetAccessFailedCountAsync(login)).ThrowIfRefused();
    }

    private static async Task<Login> LoginOf(LoginScope scope, Guid id) =>
        await scope.Manager.FindByIdAsync(id.ToString()) ?? throw new RuleViolation("account.unknown");

    private static string Decode(string token)
    {
        try
        {
            return Encoding.UTF8.GetString(WebEncoders.Base64UrlDecode(token));
        }
        catch (FormatException)
        {
            throw new RuleViolation("account.link_invalid");
        }
    }
}

/// <summary>What an administrator enters of an account.</summary>
/// <param name="Culture"><c>fr</c> or <c>en</c>.</param>
/// <param name="ActiveUntil">Last day of the account, in Paris; null for no end.</param>
public sealed record AccountDetails(string Name, string Email, Role Role, Guid? CompanyId, string Culture, DateOnly? ActiveUntil);

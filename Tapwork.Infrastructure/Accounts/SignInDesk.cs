using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Tapwork.Core;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Auditing;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Accounts;

/// <summary>
/// Checks a sign-in and keeps how it went. After five wrong passwords an account takes none for a quarter of an hour, except from devices its person has signed in with before. Who tries is
/// answered alike whether there is such an account, and whether it takes any: the person is told by mail.
/// </summary>
public sealed class SignInDesk(Database database, Logins logins, IPasswordHasher<Login> hasher, TimeProvider clock)
{
    /// <summary>A person is told at most so often.</summary>
    private static readonly TimeSpan TellingInterval = TimeSpan.FromDays(1);

    private readonly DeviceTries _tries = new(clock);

    // Verified when there is no such account, so that its absence cannot be told by the time an answer takes.
    private readonly Lazy<string> _decoy = new(() => hasher.HashPassword(new Login(), Guid.NewGuid().ToString()));

    /// <param name="visitor">Nobody yet: where the request came from.</param>
    /// <param name="email">As typed.</param>
    /// <param name="password">As typed.</param>
    /// <param name="devices">As whose the browser is known.</param>
    /// <param name="cancel">Gives up.</param>
    public async Task<SignInAnswer> CheckAsync(Actor visitor, string email, string password, IReadOnlyList<KnownDevice> devices, CancellationToken cancel)
    {
        var name = email.Trim().ToUpperInvariant();
        Login? login;
        await using (var reading = database.Open(visitor))
            login = await reading.Users.AsNoTracking().SingleOrDefaultAsync(l => l.NormalizedUserName == name, cancel);
        // Outside the transaction: hashing is slow on purpose.
        var verified = hasher.VerifyHashedPassword(login ?? new Login(), login?.PasswordHash ?? _decoy.Value, password);
        var device = login is null ? null : devices.FirstOrDefault(d => d.IsOf(login));
        if (device is not null && _tries.AreSpent(device.Id))
            device = null;
        while (true)
        {
            try
            {
                return await database.WriteAsync(visitor, db => KeepAsync(db, login?.Id, device, verified, cancel), cancel);
            }
            catch (Exception e) when (e is DbUpdateConcurrencyException or RuleViolation { Rule: "record.changed_meanwhile" })
            {
                // Another try at the same account was counted first. Each one counts: who guesses in parallel has no more guesses.
            }
        }
    }

    /// <summary>Ends the session of whoever leaves, in every tab, on every instance, and for a copy of its cookie.</summary>
    public Task SignOutAsync(Actor actor, CancellationToken cancel) => database.WriteAsync(actor, async db =>
    {
        if (await db.People.SingleOrDefaultAsync(p => p.Id == actor.PersonId, cancel) is not { } person)
            return;
        if (actor.SessionId is { } session && !await db.HasEndedAsync(session, cancel))
            person.EndSession(session);
        db.Tell("account.signed_out", nameof(Person), person.Id, clock.GetUtcNow());
    }, cancel);

    /// <summary>Whether what a cookie says still holds: the account is active, its role and secrets unchanged, and nobody has signed out of the session.</summary>
    public async Task<bool> StillHoldsAsync(Guid personId, Role role, string stamp, Guid sessionId, CancellationToken cancel)
    {
        await using var db = database.Open(Actor.System("session"));
        var person = await db.People.AsNoTracking().SingleOrDefaultAsync(p => p.Id == personId, cancel);
        return person is not null && person.Role == role && person.IsActive(clock.GetUtcNow())
            && await db.Users.AnyAsync(l => l.Id == personId && l.SecurityStamp == stamp, cancel)
            && !await db.HasEndedAsync(sessionId, cancel);
    }

    private async Task<SignInAnswer> KeepAsync(TapworkDbContext db, Guid? id, KnownDevice? device, PasswordVerificationResult verified, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        var person = await db.People.SingleOrDefaultAsync(p => p.Id == id, cancel);
        if (person is null)
        {
            db.Tell("account.sign_in_failed", nameof(Person), "unknown", now);
            return SignInAnswer.Wrong;
        }
        using var scope = logins.On(db);
        var login = (await scope.Manager.FindByIdAsync(person.Id.ToString()))!;
        // The right password is answered as a wrong one then: it would be known as right otherwise.
        if (device is null && await scope.Manager.IsLockedOutAsync(login))
        {
            db.Tell("account.sign_in_failed", nameof(Person), person.Id, now);
            return SignInAnswer.Wrong;
        }
        if (verified == PasswordVerificationResult.Failed)
        {
            if (device is null && await CountAsync(scope, login))
            {
                db.Tell("account.locked_out", nameof(Person), person.Id, now);
                await TellAsync(db, person, now, cancel);
            }
            else
                db.Tell("account.sign_in_failed", nameof(Person), person.Id, now);
            return SignInAnswer.Wrong;
        }
        if (!person.IsActive(now))
        {
            db.Tell("account.sign_in_failed", nameof(Person), person.Id, now);
            return SignInAnswer.Inactive;
        }
        if (device is not null)
            _tries.Forget(device.Id);
        else if (login.AccessFailedCount > 0)
            (await scope.Manager.ResetAccessFailedCountAsync(login)).ThrowIfRefused();
        db.Tell("account.signed_in", nameof(Person), person.Id, now);
        return new SignInAnswer(SignInOutcome.Welcome, new SignedIn(person.Id, person.Name, person.Role, person.CompanyId, person.Culture, login.SecurityStamp!));
    }

    /// <returns>Whether it was the last that is taken for now.</returns>
    private static async Task<bool> CountAsync(LoginScope scope, Login login)
    {
        (await scope.Manager.AccessFailedAsync(login)).ThrowIfRefused();
        return await scope.Manager.IsLockedOutAsync(login);
    }

    private static async Task TellAsync(TapworkDbContext db, Person person, DateTimeOffset now, CancellationToken cancel)
    {
        var lately = now - TellingInterval;
        if (person.IsActive(now) && !await db.Events.AnyAsync(e => e.Subject == person.Id && e.Topic == SignInsPaused.Name && e.At > lately, cancel))
            person.TellOfPausedSignIns();
    }
}

public enum SignInOutcome
{
    Welcome,

    /// <summary>Unknown address, wrong password, or too many of them: which of them is not told.</summary>
    Wrong,

    /// <summary>The right password of an account that is suspended or has ended.</summary>
    Inactive,
}

public sealed record SignInAnswer(SignInOutcome Outcome, SignedIn? Person)
{
    internal static readonly SignInAnswer Wrong = new(SignInOutcome.Wrong, null);
    internal static readonly SignInAnswer Inactive = new(SignInOutcome.Inactive, null);
}

/// <summary>Who has signed in, as the cookie keeps it.</summary>
/// <param name="Stamp">Changes with the password and ends every older session.</param>
public sealed record SignedIn(Guid Id, string Name, Role Role, Guid? CompanyId, string Culture, string Stamp)
{
    /// <summary>One for each time a person signs in.</summary>
    public Guid SessionId { get; init; } = Guid.NewGuid();

    /// <summary>Never the stamp.</summary>
    public override string ToString() => Name;
}

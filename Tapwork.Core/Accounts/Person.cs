namespace Tapwork.Core.Accounts;

/// <summary>Somebody who may sign in, and the rules for it; the password and its like live beside, in the sign-in store, under the same id.</summary>
public sealed class Person : Entity
{
    private Person() { }

    public string Name { get; private set; } = "";

    /// <summary>The sign-in name, as typed; compared without case.</summary>
    public string Email { get; private set; } = "";

    public Role Role { get; private set; }

    /// <summary>Required for an installer, empty for the back office.</summary>
    public Guid? CompanyId { get; private set; }

    /// <summary>Language of mails: <c>fr</c> or <c>en</c>.</summary>
    public string Culture { get; private set; } = "fr";

    /// <summary>Last day on which the person may sign in (in Paris); null for no end.</summary>
    public DateOnly? ActiveUntil { get; private set; }

    public DateTimeOffset? SuspendedAt { get; private set; }

    public DateTimeOffset CreatedAt { get; private set; }

    public static Person Create(string name, string email, Role role, Guid? companyId, string culture, DateTimeOffset now)
    {
        var person = new Person { CreatedAt = now };
        person.Set(name, email, role, companyId, culture);
        person.Raise(new PersonCreated(person.Id, role));
        return person;
    }

    public void Change(string name, string email, Role role, Guid? companyId, string culture)
    {
        Set(name, email, role, companyId, culture);
        Raise(new PersonChanged(Id, role));
    }

    /// <summary>Closes the account at once; what it did stays.</summary>
    public void Suspend(DateTimeOffset now)
    {
        if (SuspendedAt is not null)
            throw new RuleViolation("account.already_suspended");
        SuspendedAt = now;
        Raise(new PersonSuspended(Id));
    }

    public void Reactivate()
    {
        if (SuspendedAt is null && ActiveUntil is null)
            throw new RuleViolation("account.already_active");
        SuspendedAt = null;
        ActiveUntil = null;
        Raise(new PersonReactivated(Id));
    }

    /// <summary>Sets the last day of the account.</summary>
    public void End(DateOnly lastDay)
    {
        ActiveUntil = lastDay;
        Raise(new PersonEnded(Id, lastDay));
    }

    /// <summary>Takes the last day away.</summary>
    public void Prolong()
    {
        ActiveUntil = null;
        Raise(new PersonProlonged(Id));
    }

    /// <summary>Asks for the mail with which a new password is chosen.</summary>
    public void RequestRecovery(DateTimeOffset now)
    {
        MustBeActive(now);
        Raise(new RecoveryRequested(Id));
    }

    /// <summary>Tells the person that sign-ins from unknown devices are paused, after too many wrong passwords.</summary>
    public void TellOfPausedSignIns() => Raise(new SignInsPaused(Id));

    /// <summary>Ends one session: what bears it, on whatever device and instance, is signed out.</summary>
    public void EndSession(Guid sessionId) => Raise(new SessionEnded(sessionId, Id));

    public bool IsActive(DateTimeOffset now) =>
        SuspendedAt is null && (ActiveUntil is not { } last || Paris.DayOf(now) <= last);

    public void MustBeActive(DateTimeOffset now)
    {
        if (!IsActive(now))
            throw new RuleViolation("account.not_active");
    }

    private void Set(string name, string email, Role role, Guid? companyId, string culture)
    {
        var broken = new List<Violation>();
        name = Field.Required(name, nameof(Name), 100, broken);
        email = Accounts.Email.Read(email, nameof(Email), broken);
        if (role == Role.Installer && companyId is null)
            broken.Add(new Violation("account.installer_needs_company", nameof(CompanyId)));
        if (culture is not ("fr" or "en"))
            broken.Add(new Violation("account.culture_unknown", nameof(Culture)));
        RuleViolation.ThrowIfAny(broken);
        (Name, Email, Role, CompanyId, Culture) = (name, email, role, role == Role.Installer ? companyId : null, culture);
    }
}

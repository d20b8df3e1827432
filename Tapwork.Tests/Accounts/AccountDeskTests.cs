using Tapwork.Tests.Persistence;
using Tapwork.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Tapwork.Core;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Accounts;

namespace Tapwork.Tests.Accounts;

public sealed class AccountDeskTests : IAsyncLifetime
{
    private AccountBench _bench = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _bench = await AccountBench.StartAsync();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task An_account_is_made_without_a_password_and_opens_once_the_person_has_chosen_one()
    {
        var id = await _bench.Desk.CreateAsync(_bench.Admin, _bench.Details(), Cancel);
        (await RowAsync(id)).Standing.ShouldBe(AccountStanding.Invited);
        (await _bench.SignInAsync("claire@tapwork.example")).Outcome.ShouldBe(SignInOutcome.Wrong);
        await _bench.Desk.ChoosePasswordAsync(AccountBench.Visitor, id, await _bench.TokenAsync(id), AccountBench.Password, Cancel);
        (await RowAsync(id)).Standing.ShouldBe(AccountStanding.Active);
        (await _bench.SignInAsync("CLAIRE@tapwork.example ")).Person.ShouldNotBeNull().Name.ShouldBe("Claire Martin");
    }

    [Fact]
    public async Task A_link_is_good_once_and_for_a_day()
    {
        var id = await _bench.Desk.CreateAsync(_bench.Admin, _bench.Details(), Cancel);
        var link = await _bench.TokenAsync(id);
        await _bench.Desk.ChoosePasswordAsync(AccountBench.Visitor, id, link, AccountBench.Password, Cancel);
        await RefusedAsync(() => _bench.Desk.ChoosePasswordAsync(AccountBench.Visitor, id, link, "autre phrase assez longue", Cancel), "account.link_invalid");
        await RefusedAsync(() => _bench.Desk.ChoosePasswordAsync(AccountBench.Visitor, id, "nonsense!", AccountBench.Password, Cancel), "account.link_invalid");
        await RefusedAsync(() => _bench.Desk.ChoosePasswordAsync(AccountBench.Visitor, Guid.NewGuid(), link, AccountBench.Password, Cancel), "account.link_invalid");
    }

    [Theory]
    [InlineData("court", "password.too_short")]
    [InlineData("aaaaaaaaaaaaaa", "password.too_uniform")]
    [InlineData("Password123456", "password.too_common")]
    [InlineData("M0tdepasse!azerty", "password.too_common")]
    public async Task A_weak_password_is_refused_at_its_field(string password, string rule)
    {
        var id = await _bench.Desk.CreateAsync(_bench.Admin, _bench.Details(), Cancel);
        var token = await _bench.TokenAsync(id);
        (await RefusedAsync(() => _bench.Desk.ChoosePasswordAsync(AccountBench.Visitor, id, token, password, Cancel), rule)).Violations.ShouldAllBe(v => v.Field == "Password");
        (await _bench.SignInAsync("claire@tapwork.example", password)).Outcome.ShouldBe(SignInOutcome.Wrong);
    }

    [Fact]
    public async Task Wrong_input_is_told_at_its_field_and_nothing_is_kept()
    {
        var refusal = await RefusedAsync(() => _bench.Desk.CreateAsync(_bench.Admin, new AccountDetails(" ", "claire", Role.Installer, null, "de", null), Cancel), "field.required");
        refusal.Violations.Select(v => (v.Rule, v.Field)).ShouldBe(
        [
            ("field.required", "Name"), ("email.malformed", "Email"), ("account.installer_needs_company", "CompanyId"), ("account.culture_unknown", "Culture"),
        ]);
        (await RefusedAsync(() => _bench.Desk.CreateAsync(_bench.Admin, _bench.Details(email: "ANNE@tapwork.example"), Cancel), "account.email_taken")).Violations[0].Field.ShouldBe("Email");
        await using var db = _bench.Open();
        (await db.People.CountAsync(Cancel)).ShouldBe(1);
    }

    [Fact]
    public async Task The_fifth_wrong_password_locks_for_a_quarter_of_an_hour_and_the_right_one_does_not_open_meanwhile()
    {
        await _bench.PersonAsync(_bench.Details());
        for (var i = 1; i <= 5; i++)
            (await _bench.SignInAsync("claire@tapwork.example", "wrong")).Outcome.ShouldBe(SignInOutcome.Wrong);
        (await _bench.SignInAsync("claire@tapwork.example")).Outcome.ShouldBe(SignInOutcome.Wrong);
        (await _bench.SignInAsync("anne@tapwork.example")).Outcome.ShouldBe(SignInOutcome.Welcome);
        (await _bench.AuditAsync()).ShouldContain(e => e.Action == "account.locked_out" && e.Ip == "203.0.113.7");
    }

    [Fact]
    public async Task An_administrator_unlocks_whom_wrong_passwords_have_locked_out()
    {
        var id = await _bench.PersonAsync(_bench.Details());
        for (var i = 0; i < 5; i++)
            await _bench.SignInAsync("claire@tapwork.example", "wrong");
        (await RowAsync(id)).Standing.ShouldBe(AccountStanding.Locked);
        await _bench.Desk.UnlockAsync(_bench.Admin, id, Cancel);
        (await _bench.SignInAsync("claire@tapwork.example")).Outcome.ShouldBe(SignInOutcome.Welcome);
    }

    [Fact]
    public async Task Guesses_made_at_the_same_time_each_count()
    {
        await _bench.PersonAsync(_bench.Details());
        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => Task.Run(() => _bench.SignInAsync("claire@tapwork.example", "wrong"))));
        answers.ShouldAllBe(a => a.Outcome == SignInOutcome.Wrong);
        (await _bench.AuditAsync()).Count(e => e.Action == "account.locked_out").ShouldBe(1);
        (await _bench.SignInAsync("claire@tapwork.example")).Outcome.ShouldBe(SignInOutcome.Wrong);
    }

    [Theory, Servers]
    public async Task Guesses_made_at_the_same_time_each_count_on_a_server_too(DatabaseProvider provider)
    {
        await using var bench = await AccountBench.StartAsync(provider);
        await bench.PersonAsync(bench.Details());
        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => Task.Run(() => bench.SignInAsync("claire@tapwork.example", "wrong"))));
        answers.ShouldAllBe(a => a.Outcome == SignInOutcome.Wrong);
        (await bench.AuditAsync()).Count(e => e.Action == "account.locked_out").ShouldBe(1);
        (await bench.SignInAsync("claire@tapwork.example")).Outcome.ShouldBe(SignInOutcome.Wrong);
    }

    [Fact]
    public async Task The_last_administrator_can_be_neither_suspended_nor_demoted_nor_given_an_end()
    {
        var (id, day) = (_bench.Admin.PersonId!.Value, new DateOnly(2027, 1, 31));
        var admin = new AccountDetails("Anne Admin", "anne@tapwork.example", Role.Admin, null, "fr", null);
        // An administrator who has not chosen a password, one whose end is set and one who is suspended are no help.
        await _bench.Desk.CreateAsync(_bench.Admin, _bench.Details("Invitée", "invitee@tapwork.example", Role.Admin), Cancel);
        await _bench.PersonAsync(_bench.Details("Intérimaire", "interim@tapwork.example", Role.Admin, day));
        await _bench.Desk.SuspendAsync(_bench.Admin, await _bench.PersonAsync(_bench.Details("Suspendue", "suspendue@tapwork.example", Role.Admin)), Cancel);
        await RefusedAsync(() => _bench.Desk.SuspendAsync(_bench.Admin, id, Cancel), "account.last_admin");
        (await RefusedAsync(async () => await ChangeAsync(id, admin with { Role = Role.Office }), "account.last_admin")).Violations[0].Field.ShouldBe("Role");
        (await RefusedAsync(async () => await ChangeAsync(id, admin with { ActiveUntil = day }), "account.last_admin")).Violations[0].Field.ShouldBe("ActiveUntil");
        await _bench.PersonAsync(_bench.Details("Bruno", "bruno@tapwork.example", Role.Admin));
        await _bench.Desk.SuspendAsync(_bench.Admin, id, Cancel);
        (await _bench.FindAsync(id)).SuspendedAt.ShouldNotBeNull();
    }

    [Theory, Servers]
    public async Task Two_administrators_who_suspend_each_other_at_once_do_not_both_succeed(DatabaseProvider provider)
    {
        await using var bench = await AccountBench.StartAsync(provider);
        var (first, second) = (bench.Admin, await bench.ActorAsync(await bench.PersonAsync(bench.Details(role: Role.Admin))));
        for (var round = 0; round < 8; round++)
        {
            var done = await Task.WhenAll(SuspendsAsync(bench, first, second), SuspendsAsync(bench, second, first));
            done.Count(d => d).ShouldBe(1);
            await (done[0] ? bench.Desk.ReactivateAsync(first, second.PersonId!.Value, Cancel) : bench.Desk.ReactivateAsync(second, first.PersonId!.Value, Cancel));
        }
    }

    [Fact]
    public async Task A_change_of_role_company_address_password_or_suspension_ends_the_sessions()
    {
        var id = await _bench.PersonAsync(_bench.Details());
        async Task EndsAsync(string email, Func<Task> change)
        {
            var session = (await _bench.SignInAsync(email)).Person.ShouldNotBeNull();
            (await _bench.StillHoldsAsync(session)).ShouldBeTrue();
            await change();
            (await _bench.StillHoldsAsync(session)).ShouldBeFalse();
        }
        await EndsAsync("claire@tapwork.example", () => ChangeAsync(id, _bench.Details(role: Role.Manager)));
        await EndsAsync("claire@tapwork.example", () => ChangeAsync(id, _bench.Details(email: "cm@tapwork.example", role: Role.Manager)));
        await EndsAsync("cm@tapwork.example", async () =>
            await _bench.Desk.ChoosePasswordAsync(AccountBench.Visitor, id, await _bench.TokenAsync(id), AccountBench.Password, Cancel));
        await EndsAsync("cm@tapwork.example", () => _bench.Desk.SuspendAsync(_bench.Admin, id, Cancel));
        (await _bench.SignInAsync("cm@tapwork.example")).Outcome.ShouldBe(SignInOutcome.Inactive);
        await _bench.Desk.ReactivateAsync(_bench.Admin, id, Cancel);
        await EndsAsync("cm@tapwork.example", () => ChangeAsync(id, _bench.Details(email: "cm@tapwork.example", role: Role.Manager, until: new DateOnly(2026, 11, 23))));
    }

    [Fact]
    public async Task A_name_and_a_language_change_without_ending_the_session()
    {
        var id = await _bench.PersonAsync(_bench.Details());
        var session = (await _bench.SignInAsync("claire@tapwork.example")).Person!;
        await ChangeAsync(id, _bench.Details(name: "Claire Durand") with { Culture = "en" });
        (await _bench.StillHoldsAsync(session)).ShouldBeTrue();
    }

    [Fact]
    public async Task An_account_ends_with_its_last_day_in_Paris_and_the_day_can_be_taken_away()
    {
        var id = await _bench.PersonAsync(_bench.Details(until: new DateOnly(2026, 11, 24)));
        // 22:59 UTC is 23:59 in Paris.
        _bench.Clock.SetUtcNow(new DateTimeOffset(2026, 11, 24, 22, 59, 0, TimeSpan.Zero));
        (await _bench.SignInAsync("claire@tapwork.example")).Outcome.ShouldBe(SignInOutcome.Welcome);
        _bench.Clock.Advance(TimeSpan.FromMinutes(1));
        (await _bench.SignInAsync("claire@tapwork.example")).Outcome.ShouldBe(SignInOutcome.Inactive);
        (await RowAsync(id)).Standing.ShouldBe(AccountStanding.Ended);
        await ChangeAsync(id, _bench.Details());
        (await _bench.SignInAsync("claire@tapwork.example")).Outcome.ShouldBe(SignInOutcome.Welcome);
    }

    [Fact]
    public async Task The_second_of_two_who_change_the_same_account_is_told()
    {
        var id = await _bench.PersonAsync(_bench.Details());
        var seen = (await RowAsync(id)).Version;
        await _bench.Desk.ChangeAsync(_bench.Admin, id, seen, _bench.Details(name: "Claire Durand"), Cancel);
        await RefusedAsync(() => _bench.Desk.ChangeAsync(_bench.Admin, id, seen, _bench.Details(name: "Claire Dupont"), Cancel), "record.changed_meanwhile");
        (await _bench.FindAsync(id)).Name.ShouldBe("Claire Durand");
    }

    [Fact]
    public async Task The_set_up_code_opens_with_or_without_hyphens_and_only_for_twenty_tries()
    {
        var code = new SetupCode();
        code.MustOpen(code.Text.Replace("-", " ", StringComparison.Ordinal).ToLowerInvariant());
        for (var i = 0; i < 20; i++)
            Should.Throw<RuleViolation>(() => code.MustOpen($"WRONG-{i}")).Rule.ShouldBe("setup.code_wrong");
        Should.Throw<RuleViolation>(() => code.MustOpen(code.Text)).Rule.ShouldBe("setup.code_spent");
        await RefusedAsync(() => _bench.Desk.SetUpAsync(AccountBench.Visitor, "Autre", "autre@tapwork.example", AccountBench.Password, "fr", Cancel), "setup.done");
    }

    [Fact]
    public async Task The_recovery_mail_is_asked_for_once_in_two_minutes_and_an_unknown_address_leaves_as_many_traces_as_a_known_one()
    {
        var id = await _bench.PersonAsync(_bench.Details());
        _bench.Clock.Advance(TimeSpan.FromMinutes(5));
        var before = (await _bench.AuditAsync()).Count;
        foreach (var email in (string[])["claire@tapwork.example", "claire@tapwork.example", "nobody@tapwork.example"])
            await _bench.Desk.RequestRecoveryAsync(AccountBench.Visitor, email, Cancel);
        (await _bench.AuditAsync()).Skip(before).Select(e => e.Action).ShouldBe(["account.recovery_requested", "account.recovery_ignored", "account.recovery_ignored"]);
        await using var db = _bench.Open();
        (await db.Events.CountAsync(e => e.Subject == id && e.Topic == RecoveryRequested.Name, Cancel)).ShouldBe(1);
    }

    [Fact]
    public async Task A_password_is_hashed_for_an_unknown_address_too()
    {
        var hasher = new CountingHasher();
        var desk = new SignInDesk(_bench.Of<Infrastructure.Persistence.Database>(), _bench.Of<Logins>(), hasher, _bench.Clock);
        await desk.CheckAsync(AccountBench.Visitor, "nobody@tapwork.example", "x", [], Cancel);
        var unknown = hasher.Verified;
        await desk.CheckAsync(AccountBench.Visitor, "anne@tapwork.example", "x", [], Cancel);
        (unknown, hasher.Verified).ShouldBe((1, 2));
    }

    [Fact]
    public async Task Everything_about_accounts_is_in_the_audit_trail_and_no_secret_is()
    {
        const string marker = "Marker-9f2c71 never shown";
        var id = await _bench.Desk.CreateAsync(_bench.Admin, _bench.Details(), Cancel);
        var token = await _bench.TokenAsync(id);
        await _bench.Desk.ChoosePasswordAsync(AccountBench.Visitor, id, token, marker, Cancel);
        await _bench.SignInAsync("claire@tapwork.example", "Marker-9f2c71 mistyped");
        await _bench.SignInAsync("nobody-Marker-9f2c71@tapwork.example", marker);
        await _bench.SignInAsync("claire@tapwork.example", marker);
        await ChangeAsync(id, _bench.Details(role: Role.Manager));
        await _bench.Desk.SuspendAsync(_bench.Admin, id, Cancel);
        await _bench.Desk.ReactivateAsync(_bench.Admin, id, Cancel);
        await _bench.Desk.RequestRecoveryAsync(AccountBench.Visitor, "claire@tapwork.example", Cancel);
        await _bench.SignIns.SignOutAsync(await _bench.ActorAsync(id), Cancel);
        var audit = await _bench.AuditAsync();
        foreach (var action in (string[])["created", "changed", "account.password_chosen", "account.sign_in_failed", "account.signed_in", "account.signed_out", "account.recovery_requested"])
            audit.ShouldContain(e => e.Action == action, action);
        audit.Where(e => e.RecordType == nameof(Person) && e.Action == "changed").ShouldContain(e => e.Changes.Contains("\"Role\":[\"Office\",\"Manager\"]"));
        await using var db = _bench.Open();
        var secrets = await db.Users.Select(l => new { l.PasswordHash, l.SecurityStamp }).ToListAsync(Cancel);
        var kept = audit.Select(e => e.Changes + e.ActorName + e.RecordId + e.Cause)
            .Concat((await db.Events.ToListAsync(Cancel)).Select(e => e.Json))
            .Concat((await db.Deliveries.ToListAsync(Cancel)).Select(d => d.Payload)).ToList();
        foreach (var secret in secrets.SelectMany(s => new[] { s.PasswordHash, s.SecurityStamp }).Append("Marker-9f2c71").Append(token).OfType<string>())
            kept.ShouldAllBe(text => !text.Contains(secret));
    }

    [Fact]
    public async Task Accounts_are_found_without_regard_to_accents_and_case()
    {
        await _bench.Desk.CreateAsync(_bench.Admin, _bench.Details("Éric Lefèvre", "eric@tapwork.example"), Cancel);
        foreach (var search in (string[])["eric", "ÉRIC lef", "lefevre", "eric@tap"])
            (await _bench.Of<AccountQueries>().ListAsync(_bench.Admin, new AccountFilter(search), Cancel)).Rows.ShouldHaveSingleItem(search).Name.ShouldBe("Éric Lefèvre");
        (await _bench.Of<AccountQueries>().ListAsync(_bench.Admin, new AccountFilter(), Cancel)).Rows.Select(r => r.Name).ShouldBe(["Anne Admin", "Éric Lefèvre"]);
    }

    private static async Task<bool> SuspendsAsync(AccountBench bench, Actor actor, Actor other)
    {
        try
        {
            await bench.Desk.SuspendAsync(actor, other.PersonId!.Value, Cancel);
            return true;
        }
        catch (RuleViolation)
        {
            return false;
        }
    }

    private async Task ChangeAsync(Guid id, AccountDetails details) =>
        await _bench.Desk.ChangeAsync(_bench.Admin, id, (await RowAsync(id)).Version, details, Cancel);

    private async Task<AccountRow> RowAsync(Guid id) => (await _bench.Of<AccountQueries>().FindAsync(_bench.Admin, id, Cancel)).ShouldNotBeNull();

    private static async Task<RuleViolation> RefusedAsync(Func<Task> act, string rule)
    {
        var refusal = await Should.ThrowAsync<RuleViolation>(act);
        refusal.Rule.ShouldBe(rule);
        return refusal;
    }

    private sealed class CountingHasher : Microsoft.AspNetCore.Identity.PasswordHasher<Login>
    {
        public int Verified { get; private set; }

        public override Microsoft.AspNetCore.Identity.PasswordVerificationResult VerifyHashedPassword(Login user, string hashedPassword, string providedPassword)
        {
            Verified++;
            return base.VerifyHashedPassword(user, hashedPassword, providedPassword);
        }
    }
}

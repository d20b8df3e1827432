using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Time.Testing;
using Tapwork.Core;
using Tapwork.Core.Accounts;
using Tapwork.Core.Companies;
using Tapwork.Core.Integrations;
using Tapwork.Core.Interventions;
using Tapwork.Infrastructure.Integrations;
using Tapwork.Infrastructure.Integrations.Symphonics;
using Tapwork.Infrastructure.Interventions;
using Tapwork.Infrastructure.Persistence;
using Tapwork.Tests.Integrations;

namespace Tapwork.Tests.Interventions;

/// <summary>Nobody waits for ever behind those Symphonics does not answer for.</summary>
public class RecheckPdlsJobTests
{
    private readonly FakeTimeProvider _clock = new(Given.Now);
    private readonly List<string> _asked = [];
    private bool _answersNobody, _refusesTokens;
    private readonly HashSet<string> _unanswerable = [.. Enumerable.Range(0, RecheckPdlsJob.BatchSize).Select(Number)];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Twenty_that_are_never_answered_keep_no_other_waiting()
    {
        await using var partner = await PartnerAsync();
        await EnterAsync(partner, RecheckPdlsJob.BatchSize + 5);
        await RunAsync(partner, TimeSpan.FromMinutes(5));
        await RunAsync(partner, TimeSpan.FromMinutes(5));
        (await UncheckedAsync(partner)).ShouldBe(_unanswerable, ignoreOrder: true);
    }

    // A fault of its row, at the first of them.
    [Fact]
    public async Task One_whose_answer_cannot_be_kept_keeps_no_other_waiting()
    {
        _unanswerable.Clear();
        await using var partner = await PartnerAsync();
        await EnterAsync(partner, RecheckPdlsJob.BatchSize + 5);
        await using var db = partner.Get<Database>().Open(Actor.System("test"));
        var first = await db.Interventions.OrderBy(i => i.ChangedAt).Select(i => i.Pdl!).FirstAsync(Cancel);
        var trigger = $"CREATE TRIGGER fail BEFORE UPDATE ON \"Interventions\" WHEN OLD.\"Pdl\" = '{first}' BEGIN SELECT RAISE(ABORT, 'no such luck'); END";
        await db.Database.ExecuteSqlRawAsync(trigger, Cancel);
        for (var run = 0; run < 3; run++)
            await RunAsync(partner, TimeSpan.FromMinutes(5));
        (await UncheckedAsync(partner)).ShouldBe([first]);
    }

    [Fact]
    public async Task The_unanswered_are_asked_less_and_less_often_and_all_alike()
    {
        await using var partner = await PartnerAsync();
        await EnterAsync(partner, RecheckPdlsJob.BatchSize);
        for (var i = 0; i < 12 * 8; i++)
            await RunAsync(partner, TimeSpan.FromMinutes(5));
        var tries = _asked.CountBy(a => a).ToDictionary();
        tries.Count.ShouldBe(RecheckPdlsJob.BatchSize);
        // 5, 10, 20, 40 and 80 minutes, then every two hours, within eight hours.
        tries.Values.ShouldAllBe(t => t >= 7 && t <= 9);
        tries.Values.Distinct().Count().ShouldBe(1);

        _unanswerable.Clear();
        await RunAsync(partner, TimeSpan.FromHours(2));
        (await UncheckedAsync(partner)).ShouldBeEmpty();
        await using var db = partner.Get<Database>().Open(Actor.System("test"));
        (await db.CheckRetries.AnyAsync(Cancel)).ShouldBeFalse();
    }

    [Fact]
    public async Task A_corrected_number_is_asked_about_at_once()
    {
        await using var partner = await PartnerAsync();
        await EnterAsync(partner, 1);
        for (var i = 0; i < 6; i++)
            await RunAsync(partner, TimeSpan.FromHours(2));
        await partner.Get<Database>().WriteAsync(Actor.System("test"), async db =>
        {
            var intervention = await db.Interventions.SingleAsync(Cancel);
            intervention.Change(Given.Details() with { Pdl = Number(900) }, needsQuote: false, Given.Office, _clock.GetUtcNow().AddSeconds(1));
        }, Cancel);
        await RunAsync(partner, TimeSpan.FromMinutes(1));
        _asked[^1].ShouldBe(Number(900));
    }

    // The job waited for nobody, and used the calls kept for people.
    [Theory]
    [InlineData("6", 2)]
    [InlineData("9", 1)]
    public async Task The_job_s_questions_are_the_queue_s(string reserved, int asked)
    {
        await using var partner = await PartnerAsync(new() { ["Symphonics:CallsPerDay"] = "10", ["Symphonics:ReservedPerDay"] = reserved });
        await EnterAsync(partner, 3, from: 100);
        await RunAsync(partner, TimeSpan.FromMinutes(5));
        (await partner.Get<SymphonicsChecks>().CheckPdlAsync(Number(500), Given.Office, Cancel)).State.ShouldBe(PdlState.Valid);
        _asked.Count.ShouldBe(asked, "the person's, and one of the job's where the queue's floor holds two");
    }

    [Fact]
    public async Task The_job_s_questions_leave_deliveries_calls_on_a_day_without_answers()
    {
        _answersNobody = true;
        await using var partner = await PartnerAsync(new() { ["Symphonics:CallsPerDay"] = "160", ["Symphonics:ReservedPerDay"] = "0" });
        await EnterAsync(partner, 60, from: 100);
        for (var run = 0; run < 24; run++)
        {
            await RunAsync(partner, TimeSpan.FromMinutes(20));
            (await TryTakeAsync(partner, CallFor.Queue)).ShouldBeNull();
        }
        _asked.Count.ShouldBe(20, "a quarter of the queue's floor of 80");
    }

    // Nobody was asked: none waits longer for that, and whoever was asked longest ago is next.
    [Fact]
    public async Task Those_nobody_was_asked_about_are_not_postponed()
    {
        _unanswerable.Clear();
        await using var partner = await PartnerAsync(new() { ["Symphonics:CallsPerDay"] = "80", ["Symphonics:ReservedPerDay"] = "0" });
        await EnterAsync(partner, 15);
        await RunAsync(partner, TimeSpan.FromMinutes(5));
        await RunAsync(partner, TimeSpan.FromMinutes(5));
        _asked.Count.ShouldBe(10);
        await using var db = partner.Get<Database>().Open(Actor.System("test"));
        (await db.CheckRetries.AnyAsync(Cancel)).ShouldBeFalse();
        await RunAsync(partner, TimeSpan.FromHours(26));
        (await UncheckedAsync(partner)).ShouldBeEmpty();
    }

    // Two questions each and one call left at a time: the one asked first is postponed, so that it keeps no other waiting.
    [Fact]
    public async Task One_call_left_at_a_time_gets_round_to_everybody()
    {
        _answersNobody = true;
        await using var partner = await PartnerAsync(new() { ["Symphonics:CallsPerDay"] = "8", ["Symphonics:ReservedPerDay"] = "0" });
        await EnterAsync(partner, 3, isAccountKnown: false);
        for (var day = 0; day < 3; day++)
            await RunAsync(partner, TimeSpan.FromHours(26));
        _asked.Distinct().Count().ShouldBe(3);
    }

    // While sign-in fails each question asks for a token: those count too.
    [Fact]
    public async Task Tokens_refused_to_the_job_leave_deliveries_calls()
    {
        _refusesTokens = true;
        await using var partner = await PartnerAsync(new() { ["Symphonics:CallsPerDay"] = "160", ["Symphonics:ReservedPerDay"] = "0" });
        await EnterAsync(partner, 60, from: 100);
        for (var run = 0; run < 24; run++)
            await RunAsync(partner, TimeSpan.FromMinutes(20));
        partner.Server.Arrivals.Count(a => a.Path == "/auth/token").ShouldBeLessThanOrEqualTo(20);
        (await TryTakeAsync(partner, CallFor.Queue)).ShouldBeNull();
        (await TryTakeAsync(partner, CallFor.Person)).ShouldBeNull();
    }

    // A person's limit, met between the two questions of one check, lost the first answer.
    [Fact]
    public async Task An_answer_is_kept_when_the_next_question_is_refused()
    {
        await using var partner = await PartnerAsync(new() { ["Symphonics:CallsPerDay"] = "10", ["Symphonics:ReservedPerDay"] = "1" });
        await EnterAsync(partner, 1, from: 100, isAccountKnown: false);
        var office = await OfficeAsync(partner);
        await using var db = partner.Get<Database>().Open(Actor.System("test"));
        var id = await db.Interventions.Select(i => i.Id).SingleAsync(Cancel);
        var refusal = await Should.ThrowAsync<RuleViolation>(() => partner.Get<InterventionChecks>().CheckAsync(office, id, Cancel));
        refusal.Rule.ShouldBe("integration.calls_per_person_reached");
        (await db.Interventions.Select(i => new { i.PdlState, i.AccountState }).SingleAsync(Cancel)).ShouldBe(new { PdlState = PdlState.Valid, AccountState = AccountState.Unchecked });
    }

    [Fact]
    public async Task An_answer_to_the_job_is_kept_when_the_next_question_finds_no_call()
    {
        await using var partner = await PartnerAsync(new() { ["Symphonics:CallsPerDay"] = "8", ["Symphonics:ReservedPerDay"] = "0" });
        await EnterAsync(partner, 2, from: 100, isAccountKnown: false);
        await RunAsync(partner, TimeSpan.FromMinutes(5));
        (await UncheckedAsync(partner)).ShouldBe([Number(101)]);
    }

    private static Task<TimeSpan?> TryTakeAsync(SymphonicsPartner partner, CallFor whom) =>
        partner.Get<DestinationBudget>().TryTakeAsync(partner.Integration, whom, Actor.System("test"), Cancel);

    private static async Task<Actor> OfficeAsync(SymphonicsPartner partner)
    {
        var office = Person.Create("Claire Martin", "claire@example.com", Role.Office, null, "fr", Given.Now);
        await partner.Get<Database>().WriteAsync(Actor.System("test"), db => Task.FromResult(db.People.Add(office)), Cancel);
        return Given.Office with { PersonId = office.Id };
    }

    private static string Number(int i) => $"{20000000000000 + i}";

    private Task<SymphonicsPartner> PartnerAsync(Dictionary<string, string?>? settings = null) => SymphonicsPartner.AnswersAsync(async (context, arrival) =>
    {
        if (_refusesTokens && arrival.Path == "/auth/token")
        {
            await SymphonicsPartner.JsonAsync(context, 503, "{}");
            return true;
        }
        if (!arrival.Path.StartsWith("/validation/", StringComparison.Ordinal))
            return false;
        var number = arrival.Path[(arrival.Path.LastIndexOf('/') + 1)..];
        if (arrival.Path.Contains("/pdl/", StringComparison.Ordinal))
            _asked.Add(number);
        await SymphonicsPartner.JsonAsync(context, _answersNobody || _unanswerable.Contains(number) ? 500 : 200, """{"valid":true,"exists":true}""");
        return true;
    }, settings, _clock);

    private static Task EnterAsync(SymphonicsPartner partner, int count, int from = 0, bool isAccountKnown = true) => partner.Get<Database>().WriteAsync(Actor.System("test"), db =>
    {
        var company = db.Companies.Add(Company.Register("Thaléos", "73282932000074", Given.Now)).Entity;
        for (var i = from; i < from + count; i++)
        {
            // Where the account is known, each is one question.
            var intervention = Intervention.Enter($"INT-2026-{i:000000}", company.Id, Given.Details() with { Pdl = Number(i) }, false, Given.Office, Given.Now.AddSeconds(i));
            if (isAccountKnown)
                intervention.RecordAccountCheck(intervention.Email, AccountState.Exists);
            db.Interventions.Add(intervention);
        }
        return Task.CompletedTask;
    }, Cancel);

    private async Task RunAsync(SymphonicsPartner partner, TimeSpan after)
    {
        _clock.Advance(after);
        await partner.Get<RecheckPdlsJob>().RunAsync(Cancel);
    }

    private static async Task<List<string>> UncheckedAsync(SymphonicsPartner partner)
    {
        await using var db = partner.Get<Database>().Open(Actor.System("test"));
        return await db.Interventions.Where(i => i.PdlState == PdlState.Unchecked).Select(i => i.Pdl!).ToListAsync(Cancel);
    }
}

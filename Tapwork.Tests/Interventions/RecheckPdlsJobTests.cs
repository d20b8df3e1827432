using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Time.Testing;
using Tapwork.Core.Accounts;
using Tapwork.Core.Companies;
using Tapwork.Core.Interventions;
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
    [Fact]
    public async Task The_job_s_questions_are_the_queue_s()
    {
        await using var partner = await PartnerAsync(new() { ["Symphonics:CallsPerDay"] = "10", ["Symphonics:ReservedPerDay"] = "9" });
        await EnterAsync(partner, 3, from: 100);
        await RunAsync(partner, TimeSpan.FromMinutes(5));
        (await partner.Get<SymphonicsChecks>().CheckPdlAsync(Number(500), Given.Office, Cancel)).State.ShouldBe(PdlState.Valid);
        _asked.Count.ShouldBe(2, "one of the queue's single call, and the person's");
    }

    private static string Number(int i) => $"{20000000000000 + i}";

    private Task<SymphonicsPartner> PartnerAsync(Dictionary<string, string?>? settings = null) => SymphonicsPartner.AnswersAsync(async (context, arrival) =>
    {
        if (!arrival.Path.StartsWith("/validation/", StringComparison.Ordinal))
            return false;
        var number = arrival.Path[(arrival.Path.LastIndexOf('/') + 1)..];
        if (arrival.Path.Contains("/pdl/", StringComparison.Ordinal))
            _asked.Add(number);
        await SymphonicsPartner.JsonAsync(context, _unanswerable.Contains(number) ? 500 : 200, """{"valid":true,"exists":true}""");
        return true;
    }, settings, _clock);

    private static Task EnterAsync(SymphonicsPartner partner, int count, int from = 0) => partner.Get<Database>().WriteAsync(Actor.System("test"), db =>
    {
        var company = db.Companies.Add(Company.Register("Thaléos", "73282932000074", Given.Now)).Entity;
        for (var i = from; i < from + count; i++)
        {
            // The account is known, so that each is one question.
            var intervention = Intervention.Enter($"INT-2026-{i:000000}", company.Id, Given.Details() with { Pdl = Number(i) }, false, Given.Office, Given.Now.AddSeconds(i));
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

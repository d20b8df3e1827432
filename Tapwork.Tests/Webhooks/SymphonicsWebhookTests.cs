using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Tapwork.Core.Dossiers;
using Tapwork.Core.Interventions;
using Tapwork.Core.Webhooks;
using Tapwork.Infrastructure.Webhooks;
using Tapwork.Web.Webhooks;

namespace Tapwork.Tests.Webhooks;

public class SymphonicsWebhookTests
{
    [Fact]
    public async Task A_signed_update_is_stored_answered_and_then_carried_into_the_dossier()
    {
        await using var web = await WebhookFixture.StartAsync();
        await web.ChangeAsync(async db =>
        {
            var dossier = await db.Dossiers.FindAsync([web.Dossier.Id], TestContext.Current.CancellationToken);
            dossier!.Accept("SYM-1", Given.Now);
        });
        (await web.PostAsync(web.Body("approved"))).StatusCode.ShouldBe(HttpStatusCode.Accepted);
        (await web.CallsAsync()).ShouldHaveSingleItem().Status.ShouldBe(InboundStatus.Received);
        (await web.ProcessAsync()).ShouldBeTrue();
        (await web.CallsAsync()).ShouldHaveSingleItem().Status.ShouldBe(InboundStatus.Processed);
        var (dossier, intervention) = await web.RecordsAsync();
        (dossier.State, dossier.PartnerStatus, intervention.DossierState).ShouldBe((DossierState.Approved, "approved", DossierState.Approved));
    }

    [Theory]
    [InlineData("approved", DossierState.Approved)]
    [InlineData("rejected", DossierState.Rejected)]
    public async Task A_verdict_that_overtakes_our_own_acceptance_publishes_too(string status, DossierState state)
    {
        await using var web = await WebhookFixture.StartAsync();
        await web.PostAsync(web.Body(status, notes: "photo floue"));
        await web.ProcessAsync();
        var (dossier, intervention) = await web.RecordsAsync();
        (dossier.State, intervention.Status).ShouldBe((state, InterventionStatus.Published));
        dossier.Reason.ShouldBe(status == "rejected" ? "photo floue" : null);
    }

    [Fact]
    public async Task A_repeat_is_answered_the_same_and_changes_nothing_even_when_it_comes_late()
    {
        await using var web = await WebhookFixture.StartAsync();
        var body = web.Body("in_review");
        await web.PostAsync(body);
        await web.ProcessAsync();
        web.Clock.Advance(TimeSpan.FromHours(2));
        (await web.PostAsync(body)).StatusCode.ShouldBe(HttpStatusCode.Accepted);
        await web.ProcessAsync();
        (await web.CallsAsync()).Count.ShouldBe(1);
        (await web.RecordsAsync()).Dossier.Version.ShouldBe(2);
    }

    [Fact]
    public async Task The_same_call_many_times_at_once_is_stored_once()
    {
        await using var web = await WebhookFixture.StartAsync();
        var body = web.Body("in_review");
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => web.PostAsync(body)));
        answers.ShouldAllBe(a => a.StatusCode == HttpStatusCode.Accepted);
        (await web.CallsAsync()).Count.ShouldBe(1);
    }

    [Fact]
    public async Task News_older_than_what_is_known_is_ignored()
    {
        await using var web = await WebhookFixture.StartAsync();
        await web.PostAsync(web.Body("approved"));
        await web.PostAsync(web.Body("in_review", Given.Now.AddMinutes(-1)));
        await web.ProcessAsync();
        (await web.CallsAsync()).Select(c => c.Status).ShouldBe([InboundStatus.Processed, InboundStatus.Ignored]);
        (await web.RecordsAsync()).Dossier.PartnerStatus.ShouldBe("approved");
    }

    [Fact]
    public async Task A_status_nobody_knows_is_kept_and_shown()
    {
        await using var web = await WebhookFixture.StartAsync();
        await web.PostAsync(web.Body("on_hold_" + new string('x', 200)));
        await web.ProcessAsync();
        var (dossier, _) = await web.RecordsAsync();
        dossier.State.ShouldBe(DossierState.Sending);
        dossier.PartnerStatus!.ShouldStartWith("on_hold_");
    }

    [Fact]
    public async Task The_verification_of_a_document_is_noted_and_moves_nothing()
    {
        await using var web = await WebhookFixture.StartAsync();
        await web.PostAsync(JsonSerializer.Serialize(new
        {
            @event = "document.verification",
            timestamp = web.Clock.GetUtcNow().ToUnixTimeSeconds(),
            intervention_id = "SYM-1",
            external_id = web.Dossier.ExternalId,
            document_type = "invoice",
            verification_status = "verified",
            notes = "ok",
        }));
        await web.ProcessAsync();
        var call = (await web.CallsAsync()).ShouldHaveSingleItem();
        (call.Status, call.Note).ShouldBe((InboundStatus.Processed, "invoice: verified ok"));
        (await web.RecordsAsync()).Dossier.State.ShouldBe(DossierState.Sending);
    }

    [Fact]
    public async Task A_genuine_call_about_nothing_we_know_is_ignored_with_the_reason()
    {
        await using var web = await WebhookFixture.StartAsync();
        (await web.PostAsync(web.Body("approved", externalId: "unknown-r1"))).StatusCode.ShouldBe(HttpStatusCode.Accepted);
        await web.ProcessAsync();
        var call = (await web.CallsAsync()).ShouldHaveSingleItem();
        (call.Status, call.Note).ShouldBe((InboundStatus.Ignored, "webhook.unknown_dossier"));
    }

    [Fact]
    public async Task A_genuine_call_that_names_no_dossier_and_holds_what_no_database_keeps_is_ignored()
    {
        await using var web = await WebhookFixture.StartAsync();
        await web.PostAsync($$"""{"event":"partner.news","timestamp":{{web.Clock.GetUtcNow().ToUnixTimeSeconds()}}}""");
        await web.PostAsync(web.Body("approved", externalId: "unknown\0-r1"));
        await web.ProcessAsync();
        (await web.CallsAsync()).Select(c => (c.Status, c.Note)).ShouldBe(Enumerable.Repeat((InboundStatus.Ignored, (string?)"webhook.unknown_dossier"), 2));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("zz")]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000")]
    public async Task A_call_without_the_right_signature_leaves_nothing(string? signature)
    {
        await using var web = await WebhookFixture.StartAsync();
        var answer = await web.PostAsync(web.Body("approved"), signature);
        answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        (await web.CallsAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_signature_is_good_for_its_own_body_and_secret_only()
    {
        await using var web = await WebhookFixture.StartAsync();
        var body = web.Body("approved");
        (await web.PostAsync(body + " ", WebhookFixture.Sign(body))).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await web.PostAsync(body, WebhookFixture.Sign(body, "another"))).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await web.PostAsync(body, WebhookFixture.Sign(body).ToUpperInvariant())).StatusCode.ShouldBe(HttpStatusCode.Accepted);
    }

    [Theory]
    [InlineData(-301)]
    [InlineData(301)]
    [InlineData(150_000_000)]
    public async Task A_call_too_far_from_our_time_is_refused(int seconds)
    {
        await using var web = await WebhookFixture.StartAsync();
        (await web.PostAsync(web.Body("approved", Given.Now.AddSeconds(seconds)))).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await web.CallsAsync()).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("")]
    [InlineData("not json")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"event":"intervention.status_update","external_id":"x","new_status":"approved"}""")]
    [InlineData("""{"event":"intervention.status_update","timestamp":"soon","external_id":"x","new_status":"approved"}""")]
    [InlineData("""{"event":"intervention.status_update","timestamp":"2026-11-24T09:00:00Z","new_status":"approved"}""")]
    [InlineData("""{"event":"intervention.status_update","timestamp":"2026-11-24T09:00:00Z","external_id":"x","new_status":[7]}""")]
    public async Task A_signed_call_of_another_form_is_refused(string body)
    {
        await using var web = await WebhookFixture.StartAsync();
        (await web.PostAsync(body)).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await web.CallsAsync()).ShouldBeEmpty();
    }

    // Half a surrogate pair and NUL are legal in JSON, and threw where they were read or stored.
    [Theory]
    [InlineData("\\ud800")]
    [InlineData("\\udc00 \\ud83d")]
    [InlineData("\\u0000")]
    public async Task An_odd_but_legal_text_is_taken(string escaped)
    {
        await using var web = await WebhookFixture.StartAsync();
        (await web.PostAsync(web.Body("approved", notes: "NOTES").Replace("NOTES", escaped))).StatusCode.ShouldBe(HttpStatusCode.Accepted);
        (await web.PostAsync(web.Body("rejected").Replace("\"notes\"", $"\"{escaped}\""))).StatusCode.ShouldBe(HttpStatusCode.Accepted);
        await web.ProcessAsync();
        (await web.CallsAsync()).ShouldAllBe(c => c.Status == Core.Webhooks.InboundStatus.Processed);
    }

    [Fact]
    public async Task A_body_of_more_than_256_KiB_is_refused_and_one_of_just_that_is_taken()
    {
        await using var web = await WebhookFixture.StartAsync();
        var body = web.Body("in_review");
        body += new string(' ', WebhookInbox.MostRead - Encoding.UTF8.GetByteCount(body));
        (await web.PostAsync(body + " ")).StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        (await web.PostAsync(body)).StatusCode.ShouldBe(HttpStatusCode.Accepted);
    }

    [Fact]
    public async Task Who_is_refused_too_often_is_told_to_stay_away_while_genuine_calls_pass()
    {
        await using var web = await WebhookFixture.StartAsync();
        for (var i = 0; i < WebhookEndpoints.RefusalsPerMinute; i++)
            (await web.PostAsync("{}", null)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await web.PostAsync("{}", null)).StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        var body = web.Body("in_review");
        (await web.PostAsync(body)).StatusCode.ShouldBe(HttpStatusCode.Accepted);
        (await web.PostAsync(body)).StatusCode.ShouldBe(HttpStatusCode.Accepted);
    }

    [Fact]
    public async Task What_fails_five_times_over_an_hour_is_parked_and_holds_up_no_other_record()
    {
        await using var web = await WebhookFixture.StartAsync();
        // A body that was stored by an earlier version and cannot be read by this one.
        await web.ChangeAsync(db =>
        {
            db.InboundCalls.Add(InboundCall.Receive("symphonics", "h", "{}", null, "c", Given.Now));
            return Task.CompletedTask;
        });
        await web.PostAsync(web.Body("approved"));
        foreach (var minutes in (int[])[0, 1, 2, 11])
        {
            web.Clock.Advance(TimeSpan.FromMinutes(minutes));
            (await web.ProcessAsync()).ShouldBeFalse();
            (await web.ProcessAsync()).ShouldBeTrue("its next try is not due");
        }
        (await web.CallsAsync())[0].Status.ShouldBe(InboundStatus.Received);
        web.Clock.Advance(TimeSpan.FromHours(1));
        await web.ProcessAsync();
        var calls = await web.CallsAsync();
        calls.Select(c => c.Status).ShouldBe([InboundStatus.Parked, InboundStatus.Processed]);
        calls[0].Tries.ShouldBe(5);
        (await web.ProcessAsync()).ShouldBeTrue();
    }

    // Found by a reader: a call that failed was overtaken by the next of the same dossier, and then ignored as old.
    [Fact]
    public async Task A_call_waits_for_an_earlier_one_of_its_record()
    {
        await using var web = await WebhookFixture.StartAsync();
        await web.PostAsync(web.Body("approved"));
        var first = (await web.CallsAsync()).Single();
        await web.ChangeAsync(async db => (await db.InboundCalls.SingleAsync(c => c.Id == first.Id, TestContext.Current.CancellationToken)).Fail("the database was away", web.Clock.GetUtcNow()));
        await web.PostAsync(web.Body("payment_sent", web.Clock.GetUtcNow().AddSeconds(1)));
        (await web.ProcessAsync()).ShouldBeTrue();
        (await web.CallsAsync()).Select(c => c.Status).ShouldBe([InboundStatus.Received, InboundStatus.Received]);
        web.Clock.Advance(TimeSpan.FromSeconds(10));
        (await web.ProcessAsync()).ShouldBeTrue();
        (await web.CallsAsync()).Select(c => c.Status).ShouldBe([InboundStatus.Processed, InboundStatus.Processed]);
    }

    [Fact]
    public async Task Two_who_process_at_once_apply_a_call_once()
    {
        await using var web = await WebhookFixture.StartAsync();
        for (var i = 0; i < 10; i++)
            await web.PostAsync(web.Body("step_" + i, Given.Now.AddSeconds(i)));
        await Task.WhenAll(web.ProcessAsync(), web.ProcessAsync(), web.ProcessAsync());
        (await web.CallsAsync()).ShouldAllBe(c => c.Status == InboundStatus.Processed && c.Tries == 1);
        var (dossier, _) = await web.RecordsAsync();
        dossier.PartnerStatus.ShouldBe("step_9");
        dossier.Version.ShouldBe(11);
    }
}

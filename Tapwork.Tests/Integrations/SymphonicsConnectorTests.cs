using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Tapwork.Core.Deliveries;
using Tapwork.Core.Dossiers;

namespace Tapwork.Tests.Integrations;

public class SymphonicsConnectorTests
{
    private const string ExternalId = "0199c000-0000-7000-8000-0000000000aa-r1";

    [Fact]
    public async Task A_dossier_arrives_whole_with_a_link_for_each_file()
    {
        await using var partner = await SymphonicsPartner.SubmissionAnswersAsync(201, $$"""{"id":"SYM-7","external_id":"{{ExternalId}}"}""");
        (await partner.OutcomeAsync()).ShouldBe(new DeliveryOutcome.Accepted("SYM-7"));
        var arrival = partner.Server.Arrivals.Single(a => a.Path == "/crm/interventions");
        arrival.Headers["Authorization"].ShouldBe("Bearer " + SymphonicsPartner.Token);
        arrival.Headers["Idempotency-Key"].ShouldBe(ExternalId);
        var dossier = JsonDocument.Parse(arrival.Body).RootElement;
        dossier.GetProperty("external_id").GetString().ShouldBe(ExternalId);
        dossier.GetProperty("customer").GetProperty("last_name").GetString().ShouldBe("Durand");
        var files = dossier.GetProperty("photos").EnumerateArray().Concat(dossier.GetProperty("documents").EnumerateArray()).ToList();
        files.Count.ShouldBe(6);
        foreach (var file in files)
        {
            file.GetProperty("url").GetString()!.ShouldStartWith("https://tapwork.example/files/");
            partner.FileOf(file.GetProperty("url").GetString()!).ShouldBe(file.GetProperty("sha256").GetString());
        }
    }

    [Theory]
    [InlineData(200)]
    [InlineData(201)]
    public async Task What_is_answered_with_an_id_is_accepted(int status)
    {
        await using var partner = await SymphonicsPartner.SubmissionAnswersAsync(status, """{"id":"SYM-7"}""");
        (await partner.OutcomeAsync()).ShouldBe(new DeliveryOutcome.Accepted("SYM-7"));
    }

    [Theory]
    [InlineData(201, "<html>Welcome</html>")]
    [InlineData(201, "")]
    [InlineData(200, "{}")]
    [InlineData(200, """{"id":""}""")]
    [InlineData(202, "[]")]
    [InlineData(201, """{"id":"0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789x"}""")]
    public async Task A_success_that_cannot_be_read_is_tried_again(int status, string body)
    {
        await using var partner = await SymphonicsPartner.SubmissionAnswersAsync(status, body);
        (await partner.OutcomeAsync()).ShouldBeOfType<DeliveryOutcome.TryLater>().MayHaveArrived.ShouldBeTrue();
    }

    [Fact]
    public async Task Errors_of_Symphonics_come_back_to_the_fields_they_concern()
    {
        await using var partner = await SymphonicsPartner.SubmissionAnswersAsync(422, """
            {"error":{"code":"VALIDATION_ERROR","message":"the dossier is invalid","details":[
              {"field":"customer.email","message":"unknown domain"},{"field":"installation.pdl","message":"closed"},
              {"field":"equipment[0].quantity","message":"too many"},{"field":"weather.wind","message":"strong"}],"request_id":"r"}}
            """);
        var refused = (await partner.OutcomeAsync()).ShouldBeOfType<DeliveryOutcome.Refused>();
        refused.Reason.ShouldBe("the dossier is invalid");
        refused.Fields.ShouldBe(
            [new("Email", "unknown domain"), new("Pdl", "closed"), new("Equipment[0].Quantity", "too many"), new("weather.wind", "strong")]);
    }

    [Fact]
    public async Task A_framework_s_own_errors_are_read_too()
    {
        await using var partner = await SymphonicsPartner.SubmissionAnswersAsync(422, """
            {"detail":[{"loc":["body","equipment",1,"serial_number"],"msg":"field required","type":"value_error.missing"},
                       {"loc":["body","completion_date"],"msg":"invalid date","type":"value_error.date"}]}
            """);
        (await partner.OutcomeAsync()).ShouldBeOfType<DeliveryOutcome.Refused>().Fields
            .ShouldBe([new FieldError("Equipment[1].SerialNumber", "field required"), new FieldError("CompletedOn", "invalid date")]);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(413)]
    [InlineData(422)]
    public async Task What_is_wrong_with_the_content_is_refused(int status)
    {
        await using var partner = await SymphonicsPartner.SubmissionAnswersAsync(status, "<h1>no</h1>");
        (await partner.OutcomeAsync()).ShouldBeOfType<DeliveryOutcome.Refused>().Reason.ShouldBe($"HTTP {status}");
    }

    [Theory]
    [InlineData(408)]
    [InlineData(425)]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    public async Task What_may_pass_is_tried_again(int status)
    {
        await using var partner = await SymphonicsPartner.SubmissionAnswersAsync(status, "<html>oops</html>", ("Retry-After", "7"));
        var later = (await partner.OutcomeAsync()).ShouldBeOfType<DeliveryOutcome.TryLater>();
        (later.Class, later.After).ShouldBe((FaultClass.System, TimeSpan.FromSeconds(7)));
    }

    [Fact]
    public async Task Too_many_calls_are_told_apart_and_the_wait_asked_for_is_kept()
    {
        await using var seconds = await SymphonicsPartner.SubmissionAnswersAsync(429, "{}", ("Retry-After", "42"));
        (await seconds.OutcomeAsync()).ShouldBe(new DeliveryOutcome.TryLater("HTTP 429", TimeSpan.FromSeconds(42), FaultClass.Rate, false));
        await using var silent = await SymphonicsPartner.SubmissionAnswersAsync(429, """{"error":{"code":"RATE_LIMITED","message":"slow down"}}""");
        (await silent.OutcomeAsync()).ShouldBe(new DeliveryOutcome.TryLater("HTTP 429: slow down", null, FaultClass.Rate, false));
    }

    [Fact]
    public async Task A_wait_may_be_asked_for_as_a_date()
    {
        await using var partner = await SymphonicsPartner.AnswersAsync(async (context, arrival) =>
        {
            context.Response.Headers.RetryAfter = "Tue, 24 Nov 2026 09:02:00 GMT";
            if (arrival.Path != "/crm/interventions")
                return false;
            await SymphonicsPartner.JsonAsync(context, 429, "{}");
            return true;
        }, clock: new FakeTimeProvider(Given.Now));
        (await partner.OutcomeAsync()).ShouldBeOfType<DeliveryOutcome.TryLater>().After.ShouldBe(TimeSpan.FromMinutes(2));
    }

    [Theory]
    [InlineData(404)]
    [InlineData(405)]
    [InlineData(301)]
    [InlineData(308)]
    public async Task A_wrong_address_holds_the_integration_and_redirects_are_not_followed(int status)
    {
        await using var partner = await SymphonicsPartner.SubmissionAnswersAsync(status, "", ("Location", "http://127.0.0.1:1/elsewhere"));
        (await partner.OutcomeAsync()).ShouldBeOfType<DeliveryOutcome.Misconfigured>();
    }

    [Theory]
    [InlineData(403, typeof(DeliveryOutcome.Misconfigured))]
    [InlineData(404, typeof(DeliveryOutcome.Refused))]
    [InlineData(200, typeof(DeliveryOutcome.Refused))]
    [InlineData(503, typeof(DeliveryOutcome.TryLater))]
    public async Task A_403_is_about_the_dossier_unless_a_harmless_question_is_forbidden_too(int harmless, Type expected)
    {
        await using var partner = await SymphonicsPartner.AnswersAsync(async (context, arrival) =>
        {
            if (arrival.Path.StartsWith("/auth", StringComparison.Ordinal))
                return false;
            await SymphonicsPartner.JsonAsync(context, arrival.Method == "POST" ? 403 : harmless, """{"error":{"code":"FORBIDDEN","message":"not yours"}}""");
            return true;
        });
        (await partner.OutcomeAsync()).ShouldBeOfType(expected);
    }

    [Fact]
    public async Task A_refused_token_is_renewed_once_and_the_call_repeated_once()
    {
        var submissions = 0;
        await using var partner = await SymphonicsPartner.AnswersAsync(async (context, arrival) =>
        {
            if (arrival.Path != "/crm/interventions" || Interlocked.Increment(ref submissions) > 1)
                return false;
            await SymphonicsPartner.JsonAsync(context, 401, "{}");
            return true;
        });
        (await partner.OutcomeAsync()).ShouldBe(new DeliveryOutcome.Accepted("SYM-1"));
        (partner.Server.Count("/auth/token"), partner.Server.Count("/crm/interventions")).ShouldBe((2, 2));
    }

    [Fact]
    public async Task A_token_refused_twice_holds_the_integration()
    {
        await using var partner = await SymphonicsPartner.SubmissionAnswersAsync(401, """{"error":{"code":"UNAUTHORIZED","message":"no"}}""");
        (await partner.OutcomeAsync()).ShouldBeOfType<DeliveryOutcome.Misconfigured>();
        (partner.Server.Count("/auth/token"), partner.Server.Count("/crm/interventions")).ShouldBe((2, 2));
    }

    [Fact]
    public async Task An_answer_of_50_MB_is_not_read_to_its_end()
    {
        var written = 0L;
        await using var partner = await SymphonicsPartner.AnswersAsync(async (context, arrival) =>
        {
            if (arrival.Path != "/crm/interventions")
                return false;
            context.Response.StatusCode = 201;
            var chunk = new byte[64 * 1024];
            try
            {
                for (; written < 50 * 1024 * 1024; written += chunk.Length)
                {
                    // The server hears with a delay that the other side has gone away, and swallows what is written meanwhile.
                    if (written % (1024 * 1024) == 0)
                        await Task.Delay(20, context.RequestAborted);
                    await context.Response.Body.WriteAsync(chunk, context.RequestAborted);
                }
            }
            catch (Exception e) when (e is OperationCanceledException or IOException)
            {
            }
            return true;
        });
        var later = (await partner.OutcomeAsync()).ShouldBeOfType<DeliveryOutcome.TryLater>();
        later.Reason.ShouldStartWith("answer too large");
        Interlocked.Read(ref written).ShouldBeLessThan(20 * 1024 * 1024);
    }

    [Fact]
    public async Task A_connection_cut_after_the_request_may_have_arrived()
    {
        await using var partner = await SymphonicsPartner.AnswersAsync((context, arrival) =>
        {
            if (arrival.Path != "/crm/interventions")
                return Task.FromResult(false);
            context.Abort();
            return Task.FromResult(true);
        });
        var later = (await partner.OutcomeAsync()).ShouldBeOfType<DeliveryOutcome.TryLater>();
        (later.Class, later.MayHaveArrived).ShouldBe((FaultClass.System, true));
        later.Reason.ShouldStartWith("connection cut");
    }

    [Fact]
    public async Task A_partner_that_is_down_cannot_have_got_it()
    {
        await using var partner = await SymphonicsPartner.AnswersAsync((_, _) => Task.FromResult(false));
        (await partner.OutcomeAsync()).ShouldBeOfType<DeliveryOutcome.Accepted>();
        await partner.Server.DisposeAsync();
        (await partner.OutcomeAsync()).ShouldBeOfType<DeliveryOutcome.TryLater>().MayHaveArrived.ShouldBeFalse();
    }

    [Fact]
    public async Task Cancelling_is_the_caller_s_word_not_an_outcome()
    {
        await using var partner = await SymphonicsPartner.AnswersAsync(async (context, arrival) =>
        {
            if (arrival.Path != "/crm/interventions")
                return false;
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return true;
        });
        using var patience = new CancellationTokenSource();
        var sending = partner.Connector.SendAsync(partner.Integration, partner.Delivery(), patience.Token);
        while (partner.Server.Count("/crm/interventions") == 0)
            await Task.Delay(5, TestContext.Current.CancellationToken);
        await patience.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(sending);
    }

    [Fact]
    public async Task Nothing_secret_stands_in_what_is_recorded()
    {
        await using var partner = await SymphonicsPartner.AnswersAsync(async (context, arrival) =>
        {
            if (arrival.Path != "/crm/interventions")
                return false;
            var echo = $"{SymphonicsPartner.Secret} {SymphonicsPartner.Token} marker-webhook-5d2e {arrival.Body.Replace('"', '\'')}";
            context.Response.Headers["X-Request-Id"] = SymphonicsPartner.Token;
            await SymphonicsPartner.JsonAsync(context, 422, JsonSerializer.Serialize(new { error = new { message = echo, details = new[] { new { field = echo, message = echo } } } }));
            return true;
        });
        var (outcome, exchange) = await partner.SendAsync();
        var told = JsonSerializer.Serialize(outcome, outcome.GetType()) + exchange.Request + exchange.Response;
        told.ShouldNotContain("marker-");
        var token = JsonDocument.Parse(partner.Server.Arrivals.Last().Body).RootElement.GetProperty("photos")[0].GetProperty("url").GetString()!.Split('/')[^1];
        told.ShouldNotContain(token);
        exchange.Request!.ShouldContain("\"last_name\":\"Durand\"");
        exchange.Response!.ShouldStartWith("HTTP 422");
        exchange.Status.ShouldBe(422);
    }

    [Fact]
    public async Task At_most_64_KiB_of_an_answer_is_recorded()
    {
        await using var partner = await SymphonicsPartner.SubmissionAnswersAsync(500, new string('é', 400_000));
        var (_, exchange) = await partner.SendAsync();
        exchange.Response!.Length.ShouldBe(Exchange.Kept);
    }

    [Fact]
    public async Task The_partner_is_asked_whether_it_really_has_it()
    {
        await using var partner = await SymphonicsPartner.AnswersAsync(async (context, arrival) =>
        {
            if (arrival.Method != "GET")
                return false;
            var (status, body) = arrival.Path switch
            {
                "/crm/interventions/ours" => (200, $$"""{"id":"ours","external_id":"{{ExternalId}}"}"""),
                "/crm/interventions/other" => (200, """{"id":"other","external_id":"x"}"""),
                "/crm/interventions/gone" => (404, "{}"),
                _ => (500, "{}"),
            };
            await SymphonicsPartner.JsonAsync(context, status, body);
            return true;
        });
        foreach (var (id, expected) in new (string, bool?)[] { ("ours", true), ("other", false), ("gone", false), ("ill", null) })
        {
            var delivery = partner.Delivery();
            delivery.Record(new DeliveryOutcome.Accepted(id), RetrySchedule.Default, true, 0, Given.Now);
            (await partner.Connector.HoldsAsync(partner.Integration, delivery, TestContext.Current.CancellationToken)).ShouldBe(expected, id);
        }
    }

    [Fact]
    public async Task Further_documents_are_handed_in()
    {
        await using var partner = await SymphonicsPartner.AnswersAsync(async (context, arrival) =>
        {
            if (arrival.Method != "PATCH")
                return false;
            await SymphonicsPartner.JsonAsync(context, 200, "{}");
            return true;
        });
        var (outcome, _) = await partner.Connector.AddDocumentsAsync(
            partner.Integration, "SYM-1", [("income_proof", "avis.pdf", new string('c', 64))], TestContext.Current.CancellationToken);
        outcome.ShouldBe(new DeliveryOutcome.Accepted("SYM-1"));
        var document = JsonDocument.Parse(partner.Server.Arrivals.Last().Body).RootElement.GetProperty("documents")[0];
        partner.FileOf(document.GetProperty("url").GetString()!).ShouldBe(new string('c', 64));
    }
}

using System.Globalization;
using System.Text.Json;

namespace Tapwork.Web.Sandbox;

/// <summary>The way every call to a stand-in takes: kept before anything is made of it, met by the fault it is told to have, then answered.</summary>
public sealed class SandboxDoor(SandboxStore store, SandboxFaults faults, TimeProvider clock)
{
    /// <param name="context">The call.</param>
    /// <param name="path">As it is kept and as faults go by it.</param>
    /// <param name="refuse">What stands before the answer: limits and sign-in; null lets it pass.</param>
    /// <param name="revoke">What a 401 by fault does besides.</param>
    /// <param name="head">Headers of every answer.</param>
    /// <param name="answer">What a call that passes is answered.</param>
    internal async Task PassAsync(
        HttpContext context, string path, Func<string?, Arrival, Answer?> refuse, Action revoke, Action<HttpResponse> head, Func<string?, Arrival, Answer> answer)
    {
        var body = context.Request.ContentLength is 0 ? null : await new StreamReader(context.Request.Body).ReadToEndAsync(context.RequestAborted);
        var fault = faults.For(path);
        var arrival = store.Arrive(context.Request.Method, path, string.IsNullOrEmpty(body) ? null : body, fault);
        if (fault == Fault.CutBefore)
        {
            store.Answered(arrival, null);
            context.Abort();
            return;
        }
        var reply = refuse(body, arrival) ?? await FaultyAsync(fault, context, revoke) ?? answer(body, arrival);
        await AnswerAsync(context, arrival, fault, head, reply);
    }

    private async Task AnswerAsync(HttpContext context, Arrival arrival, Fault fault, Action<HttpResponse> head, Answer reply)
    {
        store.Answered(arrival, reply.Status);
        if (fault == Fault.CutAfter)
        {
            context.Abort();
            return;
        }
        if (fault is Fault.Slow or Fault.SlowAfter)
            await Task.Delay(TimeSpan.FromMilliseconds(faults.Plan.DelayMilliseconds), clock, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        head(context.Response);
        context.Response.StatusCode = reply.Status;
        if (reply.RetryAfter is { } seconds)
            context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        context.Response.ContentType = reply.ContentType;
        if (fault == Fault.Huge)
            await HugeAsync(context);
        else
            await context.Response.WriteAsync(reply.Body, context.RequestAborted);
    }

    private async Task<Answer?> FaultyAsync(Fault fault, HttpContext context, Action revoke)
    {
        switch (fault)
        {
            case Fault.Hang:
                await Task.Delay(Timeout.Infinite, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return Answer.Error(500, "SERVER_ERROR", "gone");
            case Fault.Unauthorized401:
                revoke();
                return Answer.Error(401, "UNAUTHORIZED", "The access token was revoked");
            case Fault.Garbage:
                return new Answer(200, "<!doctype html><title>Maintenance</title><h1>Back soon</h1>", "text/html");
            case Fault.Huge:
                return new Answer(200, "");
            case Fault.Refuse422:
                return Answer.Error(422, "VALIDATION_ERROR", "The dossier is not valid", ("customer.email", "is not known"), ("installation.pdl", "does not match the address"));
            case Fault.Refuse422Framework:
                return new Answer(422, """{"detail":[{"loc":["body","customer","phone"],"msg":"value is not a valid phone number","type":"value_error"}]}""");
            case Fault.Rate429:
                return Answer.Error(429, "RATE_LIMITED", "Too many requests") with { RetryAfter = faults.Plan.RetryAfterSeconds };
            default:
                return fault switch
                {
                    Fault.Http500 => Answer.Error(500, "SERVER_ERROR", "Internal error"),
                    Fault.Http503 => Answer.Error(503, "SERVER_ERROR", "Service unavailable"),
                    Fault.Rate429Bare => Answer.Error(429, "RATE_LIMITED", "Too many requests"),
                    Fault.Bad400 => Answer.Error(400, "INVALID_REQUEST", "The request could not be read"),
                    Fault.Forbidden403 => Answer.Error(403, "FORBIDDEN", "Not allowed"),
                    Fault.NotFound404 => Answer.Error(404, "NOT_FOUND", "No such resource"),
                    Fault.Conflict409 => Answer.Error(409, "CONFLICT", "In conflict"),
                    _ => null,
                };
        }
    }

    private static async Task HugeAsync(HttpContext context)
    {
        var block = new byte[1 << 20];
        Array.Fill(block, (byte)' ');
        for (var i = 0; i < 50 && !context.RequestAborted.IsCancellationRequested; i++)
            await context.Response.Body.WriteAsync(block, context.RequestAborted).ConfigureAwait(false);
    }
}

/// <summary>What a stand-in answers.</summary>
internal sealed record Answer(int Status, string Body, string ContentType = "application/json")
{
    public int? RetryAfter { get; init; }

    public static Answer Json(int status, object body) => new(status, JsonSerializer.Serialize(body));

    public static Answer Error(int status, string code, string message, params (string Field, string Message)[] details) => Json(status, new
    {
        error = new { code, message, details = details.Select(d => new { field = d.Field, message = d.Message }), request_id = Guid.CreateVersion7().ToString("n") },
    });
}

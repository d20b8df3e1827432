using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Tapwork.Core.Accounts;
using Tapwork.Core.Notifications;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Monitoring;

/// <summary>
/// Long work that a person has begun, going on though they leave the page; how it ended stands in their notifications, as <c>{kind}.…</c>. It lives with this
/// process: what a restart interrupts has done what it has done, and must be such that it can be begun again.
/// </summary>
public sealed class LongRuns(Database database, IHostApplicationLifetime lifetime, TimeProvider clock, ILogger<LongRuns> logger)
{
    private readonly ConcurrentDictionary<(Guid, string), LongRun> _running = new();

    /// <summary>A run of this person began, went on, or ended.</summary>
    public event Action<Guid>? Changed;

    /// <summary>The person's runs under way, the oldest first.</summary>
    public IReadOnlyList<LongRun> Of(Actor actor) =>
        [.. _running.Where(r => r.Key.Item1 == actor.PersonId).Select(r => r.Value).OrderBy(r => r.BegunAt)];

    /// <summary>Begins one; a person has one of a kind at a time, and is given that one when there is one.</summary>
    /// <param name="actor">Whose it is; an account, not the system.</param>
    /// <param name="kind">Key of its texts, e.g. <c>replay</c>.</param>
    /// <param name="expected">How many there are to do; 0 where nobody can say.</param>
    /// <param name="link">Path inside the application that shows the result.</param>
    /// <param name="work">Reports how many are done; returns how it ended, e.g. <c>ended</c>.</param>
    public LongRun Begin(Actor actor, string kind, int expected, string link, Func<LongRun, CancellationToken, Task<string>> work)
    {
        var person = actor.PersonId!.Value;
        var begun = new LongRun(kind, expected, link, clock.GetUtcNow(), () => Changed?.Invoke(person));
        var run = _running.GetOrAdd((person, kind), begun);
        if (ReferenceEquals(run, begun))
            _ = RunAsync(actor, run, work);
        return run;
    }

    private async Task RunAsync(Actor actor, LongRun run, Func<LongRun, CancellationToken, Task<string>> work)
    {
        // The person's click is not held up by it.
        await Task.Yield();
        string end;
        try
        {
            run.Changed();
            using var either = CancellationTokenSource.CreateLinkedTokenSource(run.Cancelled, lifetime.ApplicationStopping);
            end = await work(run, either.Token);
        }
        catch (OperationCanceledException) when (run.Cancelled.IsCancellationRequested)
        {
            end = "cancelled";
        }
        catch (Exception e)
        {
            logger.LogError(e, "{Kind} ended after {Done}", run.Kind, run.Done);
            end = "failed";
        }
        // Before it is told, so that whoever hears of the end can begin anew.
        _running.TryRemove((actor.PersonId!.Value, run.Kind), out _);
        run.End();
        await TellAsync(actor, run, $"{run.Kind}.{end}");
    }

    private async Task TellAsync(Actor actor, LongRun run, string kind)
    {
        try
        {
            await database.WriteAsync(actor, db =>
            {
                // No event of others caused it: the number, below zero, is the moment's.
                db.Notifications.Add(Notification.Tell(actor.PersonId!.Value, -clock.GetUtcNow().UtcTicks, kind, $"{run.Done}", run.Link, clock.GetUtcNow()));
                return Task.CompletedTask;
            }, CancellationToken.None);
        }
        catch (Exception e) when (DatabaseWeather.IsPassing(e))
        {
            logger.LogWarning(e, "the end of {Kind} after {Done} could not be told", run.Kind, run.Done);
        }
    }
}

/// <summary>Long work under way.</summary>
/// <param name="Kind">Key of its texts.</param>
/// <param name="Expected">How many there were to do when it began; 0 where nobody can say.</param>
/// <param name="Link">Path inside the application that shows the result.</param>
/// <param name="BegunAt">When it began.</param>
/// <param name="Changed">Told when it goes on or ends.</param>
public sealed record LongRun(string Kind, int Expected, string Link, DateTimeOffset BegunAt, Action Changed) : IProgress<int>
{
    private readonly CancellationTokenSource _cancelling = new();

    public int Done { get; private set; }

    public bool IsOver { get; private set; }

    internal CancellationToken Cancelled => _cancelling.Token;

    /// <summary>How long it still takes at the pace so far; null before there is one.</summary>
    public TimeSpan? Remaining(DateTimeOffset now) => Done == 0 || Expected <= Done ? null : (now - BegunAt) / Done * (Expected - Done);

    public void Cancel() => _cancelling.Cancel();

    public void Report(int value)
    {
        Done = value;
        Changed();
    }

    internal void End()
    {
        IsOver = true;
        Changed();
    }
}

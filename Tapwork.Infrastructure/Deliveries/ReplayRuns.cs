using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Tapwork.Core.Accounts;
using Tapwork.Core.Notifications;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Deliveries;

/// <summary>
/// Replays of many, going on though the person leaves the page; the result stands in their notifications. A run that a restart interrupts has replayed
/// what it has told: what is left can be replayed again, each delivery is one row.
/// </summary>
public sealed class ReplayRuns(Database database, DeliveryDesk desk, IHostApplicationLifetime lifetime, TimeProvider clock, ILogger<ReplayRuns> logger)
{
    /// <summary>Kind of the notification at the end.</summary>
    public const string Ended = "replay.ended";

    private readonly ConcurrentDictionary<Guid, ReplayRun> _running = new();

    /// <summary>The person's run, if one is under way.</summary>
    public ReplayRun? Of(Actor actor) => actor.PersonId is { } id ? _running.GetValueOrDefault(id) : null;

    /// <summary>Begins one; a person has one at a time.</summary>
    public ReplayRun Begin(Actor actor, DeliveryFilter filter, int expected, string link)
    {
        actor.MustBe(Role.Office, Role.Manager, Role.Admin);
        var begun = new ReplayRun(expected, clock.GetUtcNow());
        var run = _running.GetOrAdd(actor.PersonId!.Value, begun);
        if (ReferenceEquals(run, begun))
            _ = RunAsync(actor, filter, link, run);
        return run;
    }

    private async Task RunAsync(Actor actor, DeliveryFilter filter, string link, ReplayRun run)
    {
        try
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(run.Cancelled, lifetime.ApplicationStopping);
            await desk.ReplayAllAsync(actor, filter, run, either.Token);
        }
        catch (OperationCanceledException)
        {
            // What was done is done, and told below.
        }
        catch (Exception e)
        {
            logger.LogError(e, "a replay of many ended after {Done}", run.Done);
        }
        _running.TryRemove(actor.PersonId!.Value, out _);
        run.End();
        await TellAsync(actor, run, link);
    }

    private async Task TellAsync(Actor actor, ReplayRun run, string link)
    {
        try
        {
            await database.WriteAsync(actor, db =>
            {
                // No event of others caused it: the number, below zero, is the moment's.
                db.Notifications.Add(Notification.Tell(actor.PersonId!.Value, -clock.GetUtcNow().UtcTicks, Ended, $"{run.Done}", link, clock.GetUtcNow()));
                return Task.CompletedTask;
            }, CancellationToken.None);
        }
        catch (Exception e) when (DatabaseWeather.IsPassing(e))
        {
            logger.LogWarning(e, "the end of a replay of {Done} could not be told", run.Done);
        }
    }
}

/// <summary>A replay under way.</summary>
/// <param name="Expected">How many the filter found when it began.</param>
public sealed record ReplayRun(int Expected, DateTimeOffset BegunAt) : IProgress<int>
{
    private readonly CancellationTokenSource _cancelling = new();

    public int Done { get; private set; }

    public bool IsOver { get; private set; }

    public event Action? Changed;

    internal CancellationToken Cancelled => _cancelling.Token;

    /// <summary>How long it still takes at the pace so far; null before there is one.</summary>
    public TimeSpan? Remaining(DateTimeOffset now) => Done == 0 || Expected <= Done ? null : (now - BegunAt) / Done * (Expected - Done);

    public void Cancel() => _cancelling.Cancel();

    public void Report(int value)
    {
        Done = value;
        Changed?.Invoke();
    }

    internal void End()
    {
        IsOver = true;
        Changed?.Invoke();
    }
}

using System.Globalization;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Monitoring;

/// <summary>Writes the lines of the log that wait, in batches. While the database is away they wait; what it says itself is never kept.</summary>
public sealed class LogKeeping(Database database, LogQueue queue, TimeProvider clock, ILogger<LogKeeping> logger) : BackgroundService
{
    private const int BatchSize = 200;
    private static readonly TimeSpan Gathering = TimeSpan.FromSeconds(1), Pause = TimeSpan.FromSeconds(5), PatienceWhenStopping = TimeSpan.FromSeconds(2);
    private static readonly Actor Self = Actor.System("log");

    private List<LogEntry> _inHand = [];

    /// <summary>Everything that waits, once.</summary>
    /// <returns>Whether the database took it; if not, it waits on.</returns>
    public async Task<bool> WriteWaitingAsync(CancellationToken cancel)
    {
        while (TakeInHand())
        {
            try
            {
                await WriteAsync(cancel);
            }
            catch (Exception e) when (DatabaseWeather.IsPassing(e))
            {
                logger.LogWarning("the log waits for the database: {Error}", e.GetBaseException().Message);
                return false;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                logger.LogError(e, "{Count} lines of the log cannot be kept", _inHand.Count);
                queue.Drop(_inHand.Count);
            }
            _inHand = [];
        }
        return true;
    }

    /// <summary>Writes what was said last, once the loop has ended; the database is not waited for long.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        using var patience = new CancellationTokenSource(PatienceWhenStopping, clock);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            await WriteWaitingAsync(over.Token);
        }
        catch (OperationCanceledException)
        {
            // The console has them.
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                await queue.WaitAsync(stoppingToken);
                await Task.Delay(Gathering, clock, stoppingToken);
                while (!await WriteWaitingAsync(stoppingToken))
                    await Task.Delay(Pause, clock, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // What is left is written when it stops.
        }
    }

    // What could not be written before goes first.
    private bool TakeInHand()
    {
        if (_inHand.Count > 0)
            return true;
        _inHand = queue.Take(BatchSize);
        if (_inHand.Count > 0 && queue.TakeDropped() is > 0 and var dropped)
            _inHand.Add(LogEntry.Of(clock.GetUtcNow(), Gravity.Warning, typeof(LogKeeping).FullName!, null, string.Create(CultureInfo.InvariantCulture, $"{dropped} lines of the log were not kept")));
        return _inHand.Count > 0;
    }

    private Task WriteAsync(CancellationToken cancel) => database.WriteAsync(Self, db =>
    {
        db.Appended.AddRange(_inHand);
        return Task.CompletedTask;
    }, cancel);
}

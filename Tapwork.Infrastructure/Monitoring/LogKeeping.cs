using System.Globalization;
using Microsoft.Extensions.Logging;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Events;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Monitoring;

/// <summary>Writes the lines of the log that wait, in batches. While the database is away they wait; what it says itself is never kept.</summary>
public sealed class LogKeeping(Database database, LogQueue queue, TimeProvider clock, ILogger<LogKeeping> logger)
    : WorkLoop(new Signal(), TimeSpan.FromSeconds(1), clock, logger)
{
    private const int BatchSize = 200;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5), PatienceWhenStopping = TimeSpan.FromSeconds(2);
    private static readonly Actor Self = Actor.System("log");

    private readonly ILogger _logger = logger;
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
                _logger.LogWarning("the log waits for the database: {Error}", e.GetBaseException().Message);
                return false;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                _logger.LogError(e, "{Count} lines of the log cannot be kept", _inHand.Count);
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
        using var patience = new CancellationTokenSource(PatienceWhenStopping, Clock);
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

    protected override async Task<bool> WorkAsync(CancellationToken cancel)
    {
        if (!await WriteWaitingAsync(cancel))
            await Task.Delay(Pause, Clock, cancel);
        return false;
    }

    // What could not be written before goes first.
    private bool TakeInHand()
    {
        if (_inHand.Count > 0)
            return true;
        _inHand = queue.Take(BatchSize);
        if (_inHand.Count > 0 && queue.TakeDropped() is > 0 and var dropped)
            _inHand.Add(LogEntry.Of(Clock.GetUtcNow(), Gravity.Warning, typeof(LogKeeping).FullName!, null, string.Create(CultureInfo.InvariantCulture, $"{dropped} lines of the log were not kept")));
        return _inHand.Count > 0;
    }

    private Task WriteAsync(CancellationToken cancel) => database.WriteAsync(Self, db =>
    {
        db.Appended.AddRange(_inHand);
        return Task.CompletedTask;
    }, cancel);
}

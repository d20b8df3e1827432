using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Events;

/// <summary>A hosted loop: works while there is work, then sleeps until woken or until its period is over. Bad weather slows it down and never ends it.</summary>
public abstract class WorkLoop(Signal wakes, TimeSpan period, TimeProvider clock, ILogger logger) : BackgroundService
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    protected TimeProvider Clock => clock;

    /// <returns>Whether there may be more to do at once.</returns>
    protected abstract Task<bool> WorkAsync(CancellationToken cancel);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        var pause = TimeSpan.Zero;
        while (!stoppingToken.IsCancellationRequested)
        {
            var woken = wakes.Next();
            try
            {
                while (await WorkAsync(stoppingToken))
                    pause = TimeSpan.Zero;
                pause = TimeSpan.Zero;
                await SleepAsync(woken, period, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (CursorMovedException)
            {
                // Another instance was first; look again.
            }
            catch (Exception e)
            {
                pause = Longer(pause);
                logger.Log(DatabaseWeather.IsPassing(e) ? LogLevel.Warning : LogLevel.Error, e, "{Loop} goes on in {Pause}", GetType().Name, pause);
                await SleepAsync(Task.Delay(Timeout.Infinite, stoppingToken), pause, stoppingToken);
            }
        }
    }

    private async Task SleepAsync(Task woken, TimeSpan time, CancellationToken cancel)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        await Task.WhenAny(woken, Task.Delay(time, clock, over.Token));
        await over.CancelAsync();
    }

    private static TimeSpan Longer(TimeSpan pause)
    {
        var next = pause == TimeSpan.Zero ? TimeSpan.FromMilliseconds(250) : pause * 2;
        return next < LongestPause ? next : LongestPause;
    }
}

using Microsoft.EntityFrameworkCore;
using Tapwork.Core.Accounts;
using Tapwork.Core.Integrations;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Integrations;

/// <summary>Takes calls from a destination's budget, one row shared by all instances, so that together they keep within the partner's limits.</summary>
public sealed class DestinationBudget(Database database, TimeProvider clock)
{
    /// <summary>Takes one call if there is one now; costs nothing where the integration has no limit.</summary>
    /// <param name="integration">Whose budget.</param>
    /// <param name="whom">People may use the reserve.</param>
    /// <param name="by">On whose behalf: people's writes go first.</param>
    /// <param name="cancel">Ends the try.</param>
    /// <returns>How long to wait when there is none; then nothing was taken.</returns>
    public async Task<TimeSpan?> TryTakeAsync(Integration integration, CallFor whom, Actor by, CancellationToken cancel)
    {
        if (integration.RateLimit.IsNone)
            return null;
        while (true)
        {
            try
            {
                return await TakeAsync(integration, whom, by, cancel);
            }
            catch (DbUpdateException e) when (!DatabaseWeather.IsPassing(e) || e is DbUpdateConcurrencyException)
            {
                // Another instance took a call, or made the row, in the same moment. A race for a row takes real time, whatever the clock says.
                await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(1, 10)), cancel);
            }
        }
    }

    /// <summary>Waits for a call at most so long; the wait is over at once when it would be longer.</summary>
    /// <returns>How long it would still be; null when one was taken.</returns>
    public Task<TimeSpan?> TakeAsync(Integration integration, CallFor whom, Actor by, TimeSpan patience, CancellationToken cancel) =>
        TakeAsync(() => TryTakeAsync(integration, whom, by, cancel), patience, cancel);

    /// <summary>Waits for a call for a token: of people's share, or of the queue's where the queue asks for it. People's tokens never use the queue's floor.</summary>
    /// <param name="integration">Whose budget.</param>
    /// <param name="isForQueue">Asked at each try: the queue may join people who wait for a token already.</param>
    /// <returns>As <see cref="TakeAsync(Integration, CallFor, Actor, TimeSpan, CancellationToken)"/> does.</returns>
    public Task<TimeSpan?> TakeForTokenAsync(Integration integration, Func<bool> isForQueue, Actor by, TimeSpan patience, CancellationToken cancel) => TakeAsync(async () =>
    {
        if (await TryTakeAsync(integration, CallFor.Person, by, cancel) is not { } person)
            return null;
        if (!isForQueue())
            return person;
        return await TryTakeAsync(integration, CallFor.Queue, by, cancel) is { } queue
            ? person < queue ? person : queue : null;
    }, patience, cancel);

    private async Task<TimeSpan?> TakeAsync(Func<Task<TimeSpan?>> tryTake, TimeSpan patience, CancellationToken cancel)
    {
        var until = clock.GetUtcNow() + patience;
        while (await tryTake() is { } wait)
        {
            if (clock.GetUtcNow() + wait > until)
                return wait;
            await Task.Delay(wait, clock, cancel);
        }
        return null;
    }

    private Task<TimeSpan?> TakeAsync(Integration integration, CallFor whom, Actor by, CancellationToken cancel) =>
        database.WriteAsync(by, async db =>
        {
            var state = await db.DestinationOfAsync(integration.Id, cancel);
            var wait = state.TakeCall(integration.RateLimit, whom, clock.GetUtcNow());
            if (wait is not null)
                db.ChangeTracker.Clear();
            return wait;
        }, cancel);
}

using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Events;

/// <summary>Tells open screens what has just happened, at most twice a second each. A tail from "now" on every instance: what a screen misses it reads anew.</summary>
public sealed class LiveFeed(Database database, PositionSignal positions, TimeProvider clock, ILogger<LiveFeed> logger)
    : WorkLoop(positions, TimeSpan.FromSeconds(1), clock, logger)
{
    private static readonly TimeSpan Quietest = TimeSpan.FromMilliseconds(500);
    private readonly ConcurrentDictionary<Subscription, bool> _subscriptions = new();
    private readonly ILogger _logger = logger;
    private long? _seen;

    /// <summary>Calls back with what happened since the last call; the screen reads what it may see with its own actor.</summary>
    /// <param name="tell">What to call.</param>
    /// <param name="pause">Between two calls at least; half a second where nothing is said.</param>
    public IDisposable Subscribe(Func<IReadOnlyList<LiveEvent>, Task> tell, TimeSpan? pause = null)
    {
        var subscription = new Subscription(this, tell, pause ?? Quietest);
        _subscriptions[subscription] = true;
        return subscription;
    }

    protected override async Task<bool> WorkAsync(CancellationToken cancel)
    {
        await using var db = database.Open(Actor.System("live"));
        var last = await db.Cursors.Where(c => c.Name == EventCursor.Relay).Select(c => (long?)c.Position).SingleOrDefaultAsync(cancel) ?? 0;
        // Asked after the look-up: who subscribes from now on is told of all that comes after it.
        if (_seen is null || _subscriptions.IsEmpty)
            _seen = last;
        if (_seen == last)
            return false;
        var news = await db.Events.Where(e => e.Position > _seen).OrderBy(e => e.Position).Take(500)
            .Select(e => new LiveEvent(e.Position!.Value, e.Topic, e.Subject, e.Json)).ToListAsync(cancel);
        if (news.Count == 0)
            return false;
        _seen = news[^1].Position;
        foreach (var subscription in _subscriptions.Keys)
            subscription.Add(news);
        return true;
    }

    private sealed class Subscription(LiveFeed feed, Func<IReadOnlyList<LiveEvent>, Task> tell, TimeSpan pause) : IDisposable
    {
        private readonly Lock _lock = new();

        private List<LiveEvent> _waiting = [];
        private bool _telling;

        public void Add(IReadOnlyList<LiveEvent> news)
        {
            lock (_lock)
            {
                _waiting.AddRange(news);
                if (_telling)
                    return;
                _telling = true;
            }
            _ = TellAsync();
        }

        private async Task TellAsync()
        {
            while (true)
            {
                List<LiveEvent> news;
                lock (_lock)
                {
                    if (_waiting.Count == 0)
                    {
                        _telling = false;
                        return;
                    }
                    (news, _waiting) = (_waiting, []);
                }
                try
                {
                    await tell(news);
                }
                catch (Exception e)
                {
                    feed.Forget(this, e);
                    return;
                }
                await Task.Delay(pause, feed.Clock);
            }
        }

        public void Dispose() => feed._subscriptions.TryRemove(this, out _);
    }

    private void Forget(Subscription subscription, Exception e)
    {
        _logger.LogDebug(e, "a screen no longer listens");
        _subscriptions.TryRemove(subscription, out _);
    }
}

/// <param name="Json">The event's own properties.</param>
public sealed record LiveEvent(long Position, string Topic, Guid Subject, string Json);

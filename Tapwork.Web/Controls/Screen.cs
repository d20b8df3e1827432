using System.Globalization;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using MudBlazor;
using Tapwork.Core;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure.Events;
using Tapwork.Infrastructure.Monitoring;
using Tapwork.Infrastructure.Persistence;
using Tapwork.Web.Accounts;
using Tapwork.Web.Shell;

namespace Tapwork.Web.Controls;

/// <summary>What every interactive page has: who sits before it, its words, what happens elsewhere, and a way to act that tells refusals.</summary>
public abstract class Screen : ComponentBase, IDisposable
{
    private readonly CancellationTokenSource _gone = new();
    private readonly (CultureInfo Culture, CultureInfo Language) _speech = (CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture);
    private IDisposable? _feed;

    protected Screen() => Gone = _gone.Token;

    [Inject] protected Visitor Visitor { get; private set; } = null!;
    [Inject] protected IStringLocalizer<Texts> T { get; private set; } = null!;
    [Inject] protected NavigationManager Navigation { get; private set; } = null!;
    [Inject] protected ISnackbar Notices { get; private set; } = null!;
    [Inject] protected TimeProvider Clock { get; private set; } = null!;
    [Inject] private LiveFeed Feed { get; set; } = null!;
    [Inject] private ILoggerFactory Loggers { get; set; } = null!;

    /// <summary>Cancelled when the page is left; stays usable then, for what still runs between two reads.</summary>
    protected CancellationToken Gone { get; }

    protected DateTimeOffset Now => Clock.GetUtcNow();

    /// <summary>Between two reads of a page that counts whole groups: what it shows need not follow each of a thousand deliveries.</summary>
    protected static readonly TimeSpan CountingPause = TimeSpan.FromSeconds(5);

    /// <summary>Reads anew, at most twice a second or as rarely as is said, when something that concerns this page has happened anywhere.</summary>
    protected void Follow(Func<LiveEvent, bool> concerns, Func<Task> refresh, TimeSpan? pause = null) =>
        _feed = Feed.Subscribe(news => news.Any(concerns) ? HearAsync(refresh) : Task.CompletedTask, pause);

    /// <summary>Reads anew every few seconds, or as often as is said, for what is no event, until the page is left.</summary>
    protected void Watch(Func<Task> refresh, TimeSpan? every = null) => _ = WatchAsync(refresh, every ?? TimeSpan.FromSeconds(5));

    private async Task WatchAsync(Func<Task> refresh, TimeSpan every)
    {
        using var timer = new PeriodicTimer(every, Clock);
        try
        {
            while (await timer.WaitForNextTickAsync(Gone))
                await HearAsync(refresh);
        }
        catch (OperationCanceledException)
        {
            // The page was left.
        }
    }

    /// <summary>Reads anew because of what happened elsewhere, from any thread.</summary>
    protected Task HearAsync(Func<Task> read) => InvokeAsync(async () =>
    {
        // Told in the language of whatever happened, an open page would change to that.
        (CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture) = _speech;
        if (Gone.IsCancellationRequested)
            return;
        await ReadAsync(read);
        StateHasChanged();
    });

    /// <summary>Reads; when the database is away what stands on the page stays, and the person is told.</summary>
    protected async Task<bool> ReadAsync(Func<Task> read)
    {
        try
        {
            await read();
            return true;
        }
        catch (Exception e) when (Gone.IsCancellationRequested)
        {
            // Not every driver reports a cancelled query as cancelled, and nobody sees this page any more.
            Loggers.CreateLogger(GetType()).LogDebug(e, "{Page} was left while it read", GetType().Name);
            return false;
        }
        catch (Exception e) when (DatabaseWeather.IsPassing(e))
        {
            Log(e);
            Tell(T["weather.database"], Severity.Warning);
            return false;
        }
    }

    /// <summary>Lets a role class act; a refusal is told at the bottom of the page, or handed to the form it concerns.</summary>
    /// <returns>Whether it was done.</returns>
    protected async Task<bool> ActAsync(Func<Actor, CancellationToken, Task> act, string? done = null, Action<RuleViolation>? refused = null)
    {
        try
        {
            // What a person has ordered is carried out, though they leave the page meanwhile.
            var actor = Visitor.Actor;
            Correlation.Current = actor.CorrelationId;
            await act(actor, CancellationToken.None);
            if (done is not null)
                Tell(done, Severity.Success);
            return true;
        }
        catch (RuleViolation refusal) when (refused is not null)
        {
            refused(refusal);
        }
        catch (RuleViolation refusal)
        {
            Tell(T.Say(refusal), Severity.Error);
        }
        catch (Exception e) when (DatabaseWeather.IsPassing(e))
        {
            Log(e);
            Tell(T["weather.database_act"], Severity.Error);
        }
        return false;
    }

    protected void Tell(string text, Severity severity) => Notices.Add(text, severity);

    public virtual void Dispose()
    {
        _feed?.Dispose();
        _gone.Cancel();
        _gone.Dispose();
        GC.SuppressFinalize(this);
    }

    private void Log(Exception e) => Loggers.CreateLogger(GetType()).LogWarning(e, "{Screen} could not reach the database", GetType().Name);
}

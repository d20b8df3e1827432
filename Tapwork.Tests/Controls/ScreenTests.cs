using System.Globalization;
using Bunit;
using Microsoft.AspNetCore.Components.Rendering;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using MudBlazor;
using MudBlazor.Services;
using Tapwork.Core.Accounts;
using Tapwork.Core.Companies;
using Tapwork.Infrastructure.Events;
using Tapwork.Tests.Persistence;
using Tapwork.Web.Accounts;
using Tapwork.Web.Controls;

namespace Tapwork.Tests.Controls;

/// <summary>What every interactive page has in common.</summary>
public sealed class ScreenTests : BunitContext
{
    // An open page in French changed to English with the first news.
    [Fact]
    public async Task A_page_hears_news_in_its_own_language()
    {
        await using var database = await TestDatabase.SqliteAsync();
        var cancel = Xunit.TestContext.Current.CancellationToken;
        var positions = database.Services.Value.GetRequiredService<PositionSignal>();
        var feed = new LiveFeed(database.Database, positions, TimeProvider.System, NullLogger<LiveFeed>.Instance);
        Services.AddLocalization().AddMudServices().AddSingleton(TimeProvider.System).AddSingleton(feed).AddSingleton<Visitor>();
        CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo("fr");
        var page = Render<Listening>();
        CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo("en");
        await feed.StartAsync(cancel);
        // What is committed before the loop first looks is not news to it: one company after the other, until one is.
        for (var number = 0; page.Markup.Length == 0; number++)
        {
            await database.Database.WriteAsync(Actor.System("test"), db =>
            {
                db.Companies.Add(Company.Register($"Société {number}", Given.Siret(number), Given.Now));
                return Task.CompletedTask;
            }, cancel);
            await new EventRelay(database.Database, positions).GivePositionsAsync(cancel);
            await Task.Delay(TimeSpan.FromMilliseconds(200), cancel);
        }
        page.Markup.ShouldBe("fr fr");
        await feed.StopAsync(cancel);
    }

    // The second read took the token of a source that was disposed of, and the person read "that did not work".
    [Fact]
    public async Task A_page_left_between_two_reads_ends_quietly()
    {
        var page = RenderReading(out _);
        var (first, second) = (new TaskCompletionSource(), false);
        var reading = page.InvokeAsync(() => page.Instance.ReadTwiceAsync(first.Task, token =>
        {
            second = true;
            token.ThrowIfCancellationRequested();
            return Task.CompletedTask;
        }));
        page.Instance.Dispose();
        first.SetResult();
        (await reading.WaitAsync(TimeSpan.FromSeconds(10), Xunit.TestContext.Current.CancellationToken)).ShouldBeFalse();
        second.ShouldBeTrue();
    }

    // SqlClient reports a cancelled query as an error of its own, and scoped services are disposed of with the circuit.
    [Theory]
    [InlineData(typeof(ObjectDisposedException))]
    [InlineData(typeof(InvalidOperationException))]
    [InlineData(typeof(TimeoutException))]
    public async Task Whatever_fails_after_a_page_was_left_is_told_to_nobody(Type failure)
    {
        var page = RenderReading(out var notices);
        page.Instance.Dispose();
        var reading = page.InvokeAsync(() => page.Instance.ReadTwiceAsync(Task.CompletedTask, _ => throw (Exception)Activator.CreateInstance(failure, "page")!));
        (await reading).ShouldBeFalse();
        notices.ShownSnackbars.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_fails_on_an_open_page_is_not_swallowed()
    {
        var page = RenderReading(out _);
        await Should.ThrowAsync<ObjectDisposedException>(() => page.InvokeAsync(() => page.Instance.ReadTwiceAsync(Task.CompletedTask, _ => throw new ObjectDisposedException("x"))));
    }

    private IRenderedComponent<Reading> RenderReading(out ISnackbar notices)
    {
        var feed = new LiveFeed(null!, new PositionSignal(), TimeProvider.System, NullLogger<LiveFeed>.Instance);
        Services.AddLocalization().AddMudServices().AddSingleton(TimeProvider.System).AddSingleton(feed).AddSingleton<Visitor>();
        notices = Services.GetRequiredService<ISnackbar>();
        return Render<Reading>();
    }

    private sealed class Reading : Screen
    {
        public Task<bool> ReadTwiceAsync(Task first, Func<CancellationToken, Task> second) => ReadAsync(async () =>
        {
            await first;
            await second(Gone);
        });
    }

    private sealed class Listening : Screen
    {
        private bool _hasHeard;

        protected override void OnInitialized() => Follow(_ => true, () =>
        {
            _hasHeard = true;
            return Task.CompletedTask;
        });

        protected override void BuildRenderTree(RenderTreeBuilder builder)
        {
            if (_hasHeard)
                builder.AddContent(0, $"{CultureInfo.CurrentCulture.Name} {CultureInfo.CurrentUICulture.Name}");
        }
    }
}

using System.Globalization;
using Bunit;
using Microsoft.AspNetCore.Components.Rendering;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
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

using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Tapwork.Core.Accounts;
using Tapwork.Core.Companies;
using Tapwork.Infrastructure.Events;
using Tapwork.Tests.Persistence;

namespace Tapwork.Tests.Events;

public class LiveFeedTests
{
    // An open page in French changed to English with the first news.
    [Fact]
    public async Task A_screen_is_told_in_the_language_it_listens_in()
    {
        await using var database = await TestDatabase.SqliteAsync();
        var cancel = TestContext.Current.CancellationToken;
        var positions = database.Services.Value.GetRequiredService<PositionSignal>();
        var feed = new LiveFeed(database.Database, positions, TimeProvider.System, NullLogger<LiveFeed>.Instance);
        var told = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo("fr");
        using var subscription = feed.Subscribe(_ =>
        {
            told.TrySetResult($"{CultureInfo.CurrentCulture.Name} {CultureInfo.CurrentUICulture.Name}");
            return Task.CompletedTask;
        });
        CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo("en");
        await feed.StartAsync(cancel);
        // What is committed before the loop first looks is not news to it: one company after the other, until one is.
        for (var number = 0; !told.Task.IsCompleted; number++)
        {
            await database.Database.WriteAsync(Actor.System("test"), db =>
            {
                db.Companies.Add(Company.Register($"Société {number}", Given.Siret(number), Given.Now));
                return Task.CompletedTask;
            }, cancel);
            await new EventRelay(database.Database, positions).GivePositionsAsync(cancel);
            await Task.WhenAny(told.Task, Task.Delay(TimeSpan.FromMilliseconds(200), cancel));
        }
        (await told.Task.WaitAsync(cancel)).ShouldBe("fr fr");
        await feed.StopAsync(cancel);
    }
}

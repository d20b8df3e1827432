using Microsoft.EntityFrameworkCore;
using Tapwork.Tests.Persistence;
using Tapwork.Tests.Shell;

namespace Tapwork.Tests.Reliability;

[Collection(ReliabilityCollection.Name)]
public sealed class KilledStartTests
{
    /// <summary>The scheduler's locks on PostgreSQL are rows; the start used to wait for one that a killed process had left, and then gave up.</summary>
    [Fact]
    public async Task A_lock_that_a_killed_process_left_in_the_scheduler_does_not_keep_the_next_from_starting()
    {
        await using var database = await TestDatabase.PostgreSqlAsync();
        var settings = new Dictionary<string, string?>(database.Settings) { ["Demo:Enabled"] = "false", ["Sandbox:Enabled"] = "false" };
        await (await TapworkApp.StartAsync(settings)).DisposeAsync();
        await using (var db = database.Open())
            await db.Database.ExecuteSqlAsync(
                $"INSERT INTO hangfire.lock (resource, acquired) VALUES ('hangfire:lock:recurring-job:relay-events', now() at time zone 'utc') ON CONFLICT DO NOTHING", TestContext.Current.CancellationToken);
        await using var next = await TapworkApp.StartAsync(settings);
        next.Output.ShouldContain("Tapwork is at");
    }
}

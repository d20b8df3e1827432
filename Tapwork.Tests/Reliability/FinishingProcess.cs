using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Tapwork.Core;
using Tapwork.Core.Accounts;
using Tapwork.Core.Interventions;
using Tapwork.Infrastructure;
using Tapwork.Infrastructure.Interventions;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Tests.Reliability;

/// <summary>
/// The office at work, in a process of its own: reads how many interventions to finish from each line of its input, finishes them through the role
/// class as a person would, several at once, and says when they are. Nothing is sent from here: that is the application's part.
/// </summary>
internal static class FinishingProcess
{
    public const string Verb = "drive";
    public const string Says = "finished ";
    private const int AtOnce = 4;

    public static async Task<int> RunAsync()
    {
        var configuration = new ConfigurationBuilder().AddEnvironmentVariables().Build();
        await using var services = new ServiceCollection().AddSingleton<IConfiguration>(configuration).AddLogging().AddTapwork(configuration).BuildServiceProvider();
        var (database, workflow) = (services.GetRequiredService<Database>(), services.GetRequiredService<InterventionWorkflow>());
        var (office, waiting) = await LookAsync(database);
        var random = new Random(17);
        while (await Console.In.ReadLineAsync() is { } line)
        {
            var part = Enumerable.Range(0, Math.Min(int.Parse(line, System.Globalization.CultureInfo.InvariantCulture), waiting.Count)).Select(_ => waiting.Dequeue()).ToList();
            await Parallel.ForEachAsync(part, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (id, cancel) =>
            {
                await Task.Delay(random.Next(0, 80), cancel);
                await FinishAsync(database, workflow, office, id, cancel);
            });
            Console.WriteLine($"{Says}{part.Count}");
        }
        return 0;
    }

    private static async Task<(Actor Office, Queue<Guid> Waiting)> LookAsync(Database database)
    {
        await using var db = database.Open(Actor.System(Verb));
        var person = await db.People.SingleAsync(p => p.Role == Role.Office);
        var waiting = await db.Interventions.Where(i => i.Status == InterventionStatus.InvoiceSent).OrderBy(i => i.Reference).Select(i => i.Id).ToListAsync();
        return (new Actor(person.Id, person.Name, person.Role, null, null, null, Actor.NewCorrelationId()), new Queue<Guid>(waiting));
    }

    // A person who sees an error looks again, and presses the button once more if it was not done.
    private static async Task FinishAsync(Database database, InterventionWorkflow workflow, Actor office, Guid id, CancellationToken cancel)
    {
        while (true)
        {
            try
            {
                if (await IsWaitingAsync(database, id, cancel))
                    await workflow.CompleteInstallationAsync(office, id, cancel);
                return;
            }
            catch (Exception e) when (e is not RuleViolation && DatabaseWeather.IsPassing(e))
            {
                await Task.Delay(200, cancel);
            }
        }
    }

    private static async Task<bool> IsWaitingAsync(Database database, Guid id, CancellationToken cancel)
    {
        await using var db = database.Open(Actor.System(Verb));
        return await db.Interventions.AnyAsync(i => i.Id == id && i.Status == InterventionStatus.InvoiceSent, cancel);
    }
}

using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Tapwork.Core.Accounts;
using Tapwork.Infrastructure;
using Tapwork.Infrastructure.Auditing;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Tests.Auditing;

/// <summary>Changes people without end, two in a transaction and several transactions at once, while their entries are sealed; to be killed.</summary>
internal static class ChangingProcess
{
    public const string Verb = "change";
    public const string Says = "changed ";
    private const int AtOnce = 4;

    public static async Task<int> RunAsync()
    {
        var configuration = new ConfigurationBuilder().AddEnvironmentVariables().Build();
        await using var services = new ServiceCollection().AddSingleton<IConfiguration>(configuration).AddLogging().AddTapwork(configuration).BuildServiceProvider();
        var (database, sealer) = (services.GetRequiredService<Database>(), services.GetRequiredService<AuditSealer>());
        await using var reading = database.Open(Actor.System(Verb));
        var people = await reading.People.OrderBy(p => p.Id).Select(p => p.Id).ToListAsync();
        var count = 0;
        // None of them ends but by a fault, which is then told.
        await await Task.WhenAny([SealAsync(sealer), .. Enumerable.Range(0, AtOnce).Select(async share =>
        {
            var mine = people.Where((_, number) => number % AtOnce == share).Chunk(2).ToList();
            for (var turn = 0; ; turn++)
            {
                var pair = mine[turn % mine.Count];
                try
                {
                    await database.WriteAsync(Actor.System(Verb), async db =>
                    {
                        foreach (var person in await db.People.Where(p => pair.Contains(p.Id)).ToListAsync())
                            Switch(person);
                    }, CancellationToken.None);
                }
                catch (DbUpdateConcurrencyException)
                {
                    // Another process has changed them meanwhile.
                    continue;
                }
                Console.WriteLine($"{Says}{Interlocked.Add(ref count, pair.Length)}");
            }
        })]);
        return 0;
    }

    private static void Switch(Person person)
    {
        if (person.SuspendedAt is null)
            person.Suspend(Given.Now);
        else
            person.Reactivate();
    }

    private static async Task SealAsync(AuditSealer sealer)
    {
        while (true)
        {
            await sealer.SealAsync(CancellationToken.None);
            await Task.Delay(20);
        }
    }
}

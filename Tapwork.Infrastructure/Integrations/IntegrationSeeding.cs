using Microsoft.EntityFrameworkCore;
using Tapwork.Core.Accounts;
using Tapwork.Core.Integrations;
using Tapwork.Infrastructure.Persistence;

namespace Tapwork.Infrastructure.Integrations;

/// <summary>At start, before anything is sent: makes or changes the integrations the settings file names. What is as asked for is not touched.</summary>
public sealed class IntegrationSeeding(Database database, SettingsProtection protection, IEnumerable<SeedReading> seeds, TimeProvider clock)
{
    public async Task SeedAsync(CancellationToken cancel)
    {
        foreach (var seed in seeds.Select(read => read()).OfType<IntegrationSeed>())
        {
            try
            {
                await ApplyAsync(seed, cancel);
            }
            catch (DbUpdateException e) when (!DatabaseWeather.IsPassing(e))
            {
                // Another instance starting now was first; what it made is looked at once more.
                await ApplyAsync(seed, cancel);
            }
        }
    }

    private Task ApplyAsync(IntegrationSeed seed, CancellationToken cancel) => database.WriteAsync(Actor.System("settings file"), async db =>
    {
        var integration = await db.Integrations.SingleOrDefaultAsync(i => i.Code == seed.Code, cancel);
        if (integration is null)
        {
            integration = db.Integrations.Add(Integration.Register(seed.Code, seed.Name, seed.ConnectorKey, clock.GetUtcNow())).Entity;
            db.Destinations.Add(DestinationState.For(integration.Id));
        }
        if (seed.Differs(integration, protection))
            integration.Configure(seed.Protect(protection));
        integration.Tune(seed.Pace);
    }, cancel);
}
